"""Simulated cohorts in memory, and the gate's verdict on them at the least cost."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from features.schema import SCHEMA_VERSION
from training.cohort.labels import Labelled, at_risk, label
from training.cohort.outcomes import Outcomes, check_outcomes
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
from training.simulation.patients import Plan, context_lines, draw_cohort, outcome_lines

CELLS = 500


def synthetic_cohort(preset: str, n: int, seed: int) -> tuple[Samples, Outcomes]:
    """The tables that `training simulate --features-only` writes, without the files."""
    plan = Plan(seed, n, preset, "phase2", CELLS)
    cohort = draw_cohort(plan)
    columns = cohort_features(seed, cohort.state, CELLS)
    rows, refused = table_rows(context_lines(cohort), columns, cohort)
    left_out = pd.DataFrame(
        [(r.sample_id, r.patient_id, r.day, r.reason) for r in refused],
        columns=list(REFUSED_COLUMNS),
    )
    samples = Samples(pd.DataFrame(rows), left_out, "synthetic", f"seed {seed}", SCHEMA_VERSION)
    return samples, check_outcomes(pd.DataFrame(list(outcome_lines(cohort))).map(_cell))


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and np.isnan(value) else str(value)


def labelled_design(
    samples: Samples, outcomes: Outcomes, endpoint: str, protocol: Protocol
) -> tuple[Labelled, Design]:
    """Labels and learning material of one endpoint at the primary horizon."""
    cohort = at_risk(outcomes, samples, protocol.landmark, protocol.transplant)
    labelled = label(cohort, endpoint, protocol.primary_horizon)
    return labelled, design_for(labelled, samples, protocol.features, protocol.core_panel)


def maker(protocol: Protocol, endpoint: str) -> Callable[[int], Any]:
    """What makes a fresh model from a seed, as `training.evaluation.fit_endpoint` does."""
    return partial(make_risk_model, protocol, endpoint, 0)


def fit_all(design: Design, model: Any) -> Any:
    """The model on every patient with a known label, weighted as in `fit_endpoint`."""
    known = design.has_label
    weight = training_weights(design.weights()[known])
    return model.fit(
        design.X[known], design.y[known], weight, groups=np.flatnonzero(known).tolist()
    )


def judged(
    samples: Samples,
    outcomes: Outcomes,
    endpoint: str,
    protocol: Protocol,
    always_measure: bool = False,
) -> dict[str, Any]:
    """What `training.evaluation.fit_endpoint.fit_endpoint` would conclude of a first fit, by the
    cheapest way.

    The permutation test comes first: once it has failed, the state is "candidate" whatever the
    rest would say, and the ten repeats of cross-validation are spared (unless `always_measure`).
    Returns state, sentence, counts, permutation p and, where measured, metrics.
    """
    labelled, design = labelled_design(samples, outcomes, endpoint, protocol)
    evaluation: dict[str, Any] = {
        "endpoint": endpoint,
        "horizon": protocol.primary_horizon,
        "counts": cohort_report.counts(labelled),
        "alpha": protocol.alpha,
        "fit_number": 1,
    }
    fewest = min(labelled.n_events, labelled.n_nonevents)
    assessable = refusal(labelled) is None and fewest >= GATE_EVENTS
    make = maker(protocol, endpoint)
    if assessable:
        test = permutation_test(
            design, make, protocol.folds, permutations=protocol.permutations, seed=protocol.seed
        ).as_dict()
        evaluation["permutation"] = test
        if not always_measure and (test["p"] is None or test["p"] > protocol.alpha):
            sentence = f"no champion: permutation p {test['p']:.2g}"
            return _answer(evaluation, "candidate", sentence)
    if assessable or (always_measure and refusal(labelled) is None):
        clinical = samples.frame.iloc[labelled.cohort.row].reset_index(drop=True)
        oof = cross_validate_repeatedly(design, make, protocol)
        evaluation |= score_sections(oof, design, comparator_scores(clinical), protocol)
    verdict = judge(evaluation)
    return _answer(evaluation, verdict.state, verdict.sentences[0])


def _answer(evaluation: Mapping[str, Any], state: str, sentence: str) -> dict[str, Any]:
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
