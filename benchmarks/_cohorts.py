"""Simulated cohorts in memory, and the gate's verdict on them with as few fits as possible."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from features.schema import SCHEMA_VERSION
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, label
from training.cohort.outcomes import check_outcomes
from training.cohort.protocol import Protocol
from training.cohort.samples import REFUSED_COLUMNS, Samples
from training.evaluation import cohort_report
from training.evaluation.comparators import comparator_scores
from training.evaluation.cross_validation import training_weights
from training.evaluation.design import Design, design_for
from training.evaluation.feasibility import refusal
from training.evaluation.gate import GATE_EVENTS, judge
from training.evaluation.horizon_models import make_risk_model
from training.evaluation.internal_validation import cross_validate_repeatedly
from training.evaluation.performance import score_sections
from training.evaluation.permutation import permutation_test
from training.simulation.feature_rows import cohort_features, table_rows
from training.simulation.patients import SimulationPlan, context_lines, draw_cohort, outcome_lines

CELLS = 500


def synthetic_cohort(preset: str, n: int, seed: int) -> Cohort:
    """The tables that `training simulate --features-only` writes, without the files."""
    plan = SimulationPlan(seed, n, preset, "phase2", CELLS)
    patients = draw_cohort(plan)
    columns = cohort_features(seed, patients.state, CELLS)
    rows, refusals = table_rows(context_lines(patients), columns, patients)
    left_out = pd.DataFrame(
        [(r.sample_id, r.patient_id, r.day, r.reason) for r in refusals],
        columns=list(REFUSED_COLUMNS),
    )
    samples = Samples(pd.DataFrame(rows), left_out, "synthetic", f"seed {seed}", SCHEMA_VERSION)
    return Cohort(samples, check_outcomes(pd.DataFrame(list(outcome_lines(patients))).map(_cell)))


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and np.isnan(value) else str(value)


def labels_and_design(
    cohort: Cohort, endpoint: str, protocol: Protocol
) -> tuple[EndpointLabels, Design]:
    """Labels and design of one endpoint at the primary horizon."""
    at_risk = cohort.at(protocol.landmark, protocol.transplant).at_risk
    labels = label(at_risk, endpoint, protocol.primary_horizon)
    return labels, design_for(labels, cohort.samples, protocol.features, protocol.core_panel)


def model_maker(protocol: Protocol, endpoint: str) -> Callable[[int], Any]:
    """Function that makes a new model from a seed, as `training.evaluation.fit_endpoint` does."""
    return partial(make_risk_model, protocol, endpoint, 0)


def fit_all(design: Design, model: Any) -> Any:
    """The model on every patient with a known label, weighted as in `fit_endpoint`."""
    rows = np.flatnonzero(design.has_label)
    weight = training_weights(design.weights()[rows])
    return model.fit(design.X.iloc[rows], design.y[rows], weight, groups=rows.tolist())


def quick_verdict(
    cohort: Cohort,
    endpoint: str,
    protocol: Protocol,
    always_measure: bool = False,
) -> dict[str, Any]:
    """The verdict that `training.evaluation.fit_endpoint` gives a first fit, with fewer fits.

    The permutation test comes first: once it has failed, the state is "candidate" whatever else
    holds, and the ten repeats of cross-validation are skipped (unless `always_measure`).
    Returns state, sentence, counts, permutation p and, where measured, metrics.
    """
    labels, design = labels_and_design(cohort, endpoint, protocol)
    evaluation: dict[str, Any] = {
        "endpoint": endpoint,
        "horizon": protocol.primary_horizon,
        "counts": cohort_report.counts(labels),
        "alpha": protocol.alpha,
        "fit_number": 1,
    }
    fewest = min(labels.n_events, labels.n_nonevents)
    assessable = refusal(labels) is None and fewest >= GATE_EVENTS
    make = model_maker(protocol, endpoint)
    if assessable:
        test = permutation_test(
            design, make, protocol.folds, permutations=protocol.permutations, seed=protocol.seed
        ).as_dict()
        evaluation["permutation"] = test
        if not always_measure and (test["p"] is None or test["p"] > protocol.alpha):
            sentence = f"no champion: permutation p {test['p']:.2g}"
            return _summary(evaluation, "candidate", sentence)
    if assessable or (always_measure and refusal(labels) is None):
        clinical = cohort.samples.frame.iloc[labels.at_risk.row].reset_index(drop=True)
        oof = cross_validate_repeatedly(design, make, protocol)
        evaluation |= score_sections(oof, design, comparator_scores(clinical), protocol)
    verdict = judge(evaluation)
    return _summary(evaluation, verdict.state, verdict.sentences[0])


def _summary(evaluation: Mapping[str, Any], state: str, sentence: str) -> dict[str, Any]:
    counts = evaluation["counts"]
    return {
        "state": state,
        "sentence": sentence,
        "assessable": "permutation" in evaluation,
        "p": evaluation.get("permutation", {}).get("p"),
        "known": counts["known"],
        "events": counts["events"],
        "metrics": evaluation.get("metrics"),
    }
