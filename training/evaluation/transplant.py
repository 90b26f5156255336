"""The cohort's risk under each reading of transplantation, beside the one that is modelled."""

import numpy as np

from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.evaluation.internal_validation import design_for


def risk_by_rule(
    cohort: Cohort, endpoint: str, horizon: int, panel: tuple[str, ...]
) -> list[dict[str, object]]:
    """Weighted share of events in the window under each rule, named by the question it answers.

    About a third of patients are transplanted in the window, so the choice changes the answer.
    Under "censoring" the weights come from a Cox model of transplantation on `panel`; otherwise
    from Kaplan-Meier. `risk` is None where nobody has a known label.
    """
    rows: list[dict[str, object]] = []
    for rule, question in TRANSPLANT_RULES.items():
        at_risk = cohort.at(transplant=rule).at_risk
        labelled = label(at_risk, endpoint, horizon)
        row: dict[str, object] = {
            "rule": rule,
            "question": question,
            "at_risk": at_risk.n,
            "events": labelled.n_events,
            "risk": None,
        }
        if labelled.is_known.any():
            design = design_for(labelled, cohort.samples, panel, panel)
            weight = np.where(design.known, design.weights(), 0.0)
            row["risk"] = float(np.sum(weight * np.nan_to_num(design.y)) / weight.sum())
        rows.append(row)
    return rows
