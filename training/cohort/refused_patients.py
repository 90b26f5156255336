"""Refused patients: at risk at a landmark but for a sample that was refused for its quality."""

import numpy as np

from features.arrays import Bools
from training.cohort.at_risk import (
    AtRisk,
    event_or_transplant,
    landmark_rows,
    reason_without_samples,
    refused_in_window,
)
from training.cohort.outcomes import Outcomes
from training.cohort.samples import Samples

NO_ROW = -1  # of the feature table


def refused_patients(
    outcomes: Outcomes, samples: Samples, landmark: int, transplant: str = "ignored"
) -> AtRisk:
    """Patients alive, in remission and relapse-free at the landmark, whose sample was refused.

    They have no usable sample of the two weeks up to the landmark, so `row` is -1 and `site` "".
    Refusal follows low counts of cells, so these patients may do worse than those with a sample.
    """
    day, code = event_or_transplant(outcomes, transplant)
    is_refused = _is_refused(outcomes, samples, landmark, transplant)
    n = int(is_refused.sum())
    return AtRisk(
        landmark=landmark,
        transplant=transplant,
        patient_id=np.array(outcomes.patients, dtype=object)[is_refused],
        row=np.full(n, NO_ROW, dtype=np.int64),
        time=(day - landmark)[is_refused],
        code=code[is_refused],
        site=np.full(n, "", dtype=object),
        flow=(),
        sample_flow=(),
    )


def _is_refused(outcomes: Outcomes, samples: Samples, landmark: int, transplant: str) -> Bools:
    reasons = reason_without_samples(outcomes, landmark, transplant)
    usable, refused = landmark_rows(samples, landmark), refused_in_window(samples, landmark)
    return np.array(
        [
            not reason and patient in refused and patient not in usable
            for reason, patient in zip(reasons, outcomes.patients, strict=True)
        ],
        dtype=bool,
    )
