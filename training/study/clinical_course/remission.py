"""Section 1, first part: how many patients were in remission at day 28."""

import numpy as np
import pandas as pd

from training.cohort.at_risk import REMISSION
from training.cohort.outcomes import Outcomes
from training.statistics.proportions import share
from training.study.claim import Claim, from_share
from training.study.questions import QUESTIONS
from training.study.section import Table

ASSESSED = ("CR", "CRi", "PR", "NR")


def remission_claim(outcomes: Outcomes) -> Claim:
    """Most patients are in remission: CR or CRi among those whose response is recorded.

    A patient without a recorded response is left out and said so.
    """
    response = outcomes.frame["response_day28"].to_numpy(object)
    assessed = np.isin(response, ASSESSED)
    n_remission = int(np.isin(response, REMISSION).sum())
    found = share(n_remission, int(assessed.sum()))
    words = f"{found.n_with} of {found.n} patients in remission"
    if not assessed.all():
        words += f"; {int(np.sum(~assessed))} without a recorded response left out"
    return from_share(QUESTIONS["remission"], found, words)


def response_table(outcomes: Outcomes) -> Table:
    """Patients by response at day 28."""
    response = outcomes.frame["response_day28"].fillna("not recorded")
    counts = response.value_counts().reindex([*ASSESSED, "not recorded"], fill_value=0)
    frame = pd.DataFrame({"response": counts.index, "patients": counts.to_numpy()})
    return Table("response", "Response at day 28", frame)
