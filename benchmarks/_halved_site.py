"""A simulated site with half the base rate: every event happens with half its chance."""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.arrays import Bools
from training.cohort.cohort import Cohort
from training.cohort.outcomes import Outcomes

ONSET_GRADE = 3


def halved_site(cohort: Cohort, seed: int) -> Cohort:
    """The cohort with each relapse, death and severe infection removed with probability 1/2.

    Who keeps the event does not depend on the features, so the effects stay and the incidence
    halves. A patient whose event is removed is followed as long as one of those without any.
    """
    rng = np.random.default_rng(seed)
    frame = cohort.outcomes.frame.copy()
    has_event = frame[["relapse_day", "death_day"]].notna().any(axis=1).to_numpy()
    spared = has_event & (rng.random(len(frame)) < 0.5)
    free = frame.loc[~has_event, "followup_day"].to_numpy()
    frame.loc[spared, ["relapse_day", "death_day"]] = np.nan
    frame.loc[spared, "death_cause"] = None
    followed = np.maximum(frame.loc[spared, "followup_day"], rng.choice(free, spared.sum()))
    frame.loc[spared, "followup_day"] = followed
    frame["last_disease_assessment_day"] = frame["last_disease_assessment_day"].where(
        ~spared, frame["followup_day"]
    )
    digest = f"{cohort.outcomes.digest} halved {seed}"
    outcomes: Outcomes = replace(cohort.outcomes, frame=frame, digest=digest)
    return replace(
        cohort, outcomes=outcomes, infections=_thinned(cohort.infections, frame.index[spared], rng)
    )


def _thinned(
    infections: pd.DataFrame | None, spared: pd.Index, rng: np.random.Generator
) -> pd.DataFrame | None:
    """Half of the severe infections; none that killed a patient who now lives."""
    if infections is None:
        return None
    fatal = infections["grade"].to_numpy() == 5
    of_spared: Bools = infections["patient_id"].isin(spared).to_numpy()
    severe = infections["grade"].to_numpy() >= ONSET_GRADE
    dropped = np.where(fatal, of_spared, severe & (rng.random(len(infections)) < 0.5))
    return infections[~dropped].reset_index(drop=True)
