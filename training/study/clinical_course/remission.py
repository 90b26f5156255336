"""Section 1: patients in remission at day 28."""

import numpy as np
import pandas as pd

from training.cohort.at_risk import REMISSION
from training.cohort.outcomes import Outcomes
from training.statistics.significance.proportions import proportion_test
from training.study.claim import Claim, from_proportion
from training.study.questions import QUESTIONS
from training.study.section import Table

RESPONSES = ("CR", "CRi", "PR", "NR")


def remission_claim(outcomes: Outcomes) -> Claim:
    """Most patients are in remission: CR or CRi among those whose response is recorded.

    A patient without a recorded response is left out, and the finding says so.
    """
    response = outcomes.frame["response_day28"].to_numpy(object)
    has_response = np.isin(response, RESPONSES)
    n_remission = int(np.isin(response, REMISSION).sum())
    result = proportion_test(n_remission, int(has_response.sum()))
    words = f"{result.n_with} of {result.n} patients in remission"
    if not has_response.all():
        words += f"; {int(np.sum(~has_response))} without a recorded response left out"
    return from_proportion(QUESTIONS["remission"], result, words)


def response_table(outcomes: Outcomes) -> Table:
    """Patients by response at day 28."""
    response = outcomes.frame["response_day28"].fillna("not recorded")
    counts = response.value_counts().reindex([*RESPONSES, "not recorded"], fill_value=0)
    frame = pd.DataFrame({"response": counts.index, "patients": counts.to_numpy()})
    return Table("response", "Response at day 28", frame)
