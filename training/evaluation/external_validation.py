"""A stored model on another cohort: the same measures, nothing refitted."""

from collections.abc import Collection

import numpy as np

from features.arrays import Floats
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from models.frozen import FrozenModel
from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.cohort.samples import require_columns
from training.evaluation import cohort_report
from training.evaluation.characteristics import by_outcome
from training.evaluation.comparators import compare_rivals, rival_scores
from training.evaluation.cross_validation import Design, OutOfFold
from training.evaluation.folds import FoldPlan, fold_plan
from training.evaluation.gate import Verdict, judge_validation
from training.evaluation.internal_validation import curves, design_for, subgroups
from training.evaluation.out_of_fold_measures import out_of_fold_measures
from training.evaluation.prediction_instability import instability
from training.json_values import plain
from training.statistics.logistic import logit, sigmoid

FOLDS = 5


def evaluate_model(
    model: FrozenModel,
    cohort: Cohort,
    protocol: Protocol,
    *,
    training_patients: Collection[str] = (),
    seen_before: bool = False,
) -> tuple[dict[str, object], Verdict]:
    """Evaluate a stored model at its primary horizon on a cohort, and judge whether it validates.

    The cohort is read at the model's landmark and under the protocol's transplant rule.
    Skill is measured against this cohort's own prevalence, which the model did not know: the
    harder yardstick. `training_patients` are those the model learned from, if still known; the
    cohort counts as shared also when its outcomes are the training outcomes. `seen_before` says
    that the model was evaluated on these outcomes already. Raises InputError when the model lacks
    the protocol's horizon, or the table the model's features.
    """
    cohort = cohort.at(model.landmark, protocol.transplant)
    samples, outcomes = cohort.samples, cohort.outcomes
    require_columns(samples, model.features)
    horizon = protocol.primary_horizon
    if horizon not in model.horizons:
        raise InputError(
            f"The model answers for {', '.join(map(str, model.horizons))} days; the protocol asks "
            f"for {horizon}: choose one of the model's horizons."
        )
    at_risk = cohort.at_risk
    labelled = label(at_risk, model.endpoint, horizon)
    design = design_for(labelled, samples, model.features, protocol.core_panel)
    counts = cohort_report.counts(labelled)
    if not min(labelled.n_events, labelled.n_nonevents):
        raise InputError(
            f"An evaluation needs patients with and without the event; this cohort has "
            f"{labelled.n_events} events among {counts['known']} patients with a known label."
        )
    risk = model.risks(design.X.to_numpy())[:, model.horizons.index(horizon)]
    fixed = _as_scored(design, risk)
    measures = out_of_fold_measures(fixed, design.y, protocol.bootstraps, protocol.seed)
    clinical = samples.frame.iloc[at_risk.row].reset_index(drop=True)
    trained_on = model.manifest.get("training", {})
    training_digest = trained_on.get("outcomes_sha256") if isinstance(trained_on, dict) else None
    evaluation: dict[str, object] = {
        "research_use_only": RESEARCH_USE_ONLY,
        "provenance": cohort.provenance,
        "endpoint": model.endpoint,
        "landmark": model.landmark,
        "horizon": horizon,
        "transplant": protocol.transplant,
        "question": TRANSPLANT_RULES[protocol.transplant],
        "outcomes_sha256": outcomes.digest,
        "features_sha256": samples.digest,
        "schema_version": samples.schema_version,
        "state": str(model.manifest.get("state", "candidate")),
        "seen_before": seen_before,
        "shared_patients": training_digest == outcomes.digest
        or bool(set(training_patients) & set(at_risk.patient_id)),
        "participant_flow": cohort_report.flow(at_risk.flow),
        "sample_flow": cohort_report.flow(at_risk.sample_flow),
        "counts": counts,
        "characteristics": by_outcome(clinical, protocol.core_panel, design.y),
        "metrics": {name: m.as_dict() for name, m in measures.items()},
        **curves(fixed, design.y, protocol.thresholds),
        "comparators": compare_rivals(
            rival_scores(clinical), design, fixed, protocol.bootstraps, protocol.seed
        ),
        "subgroups": subgroups(
            fixed, at_risk, design.y, outcomes.frame.loc[list(at_risk.patient_id)]
        ),
        "incidence_by_third": cohort_report.incidence_by_third(risk, labelled),
        "instability": _moved(model, design, horizon, protocol.thresholds),
        "missingness": cohort_report.missingness(design.X, design.y),
        "refused_by_outcome": cohort_report.refused_by_outcome(cohort, horizon),
    }
    verdict = judge_validation(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    return plain(evaluation), verdict


def _moved(
    model: FrozenModel, design: Design, horizon: int, thresholds: tuple[float, ...]
) -> dict[str, object]:
    """How far the stored refits move these patients' risks at one horizon."""
    part, X = model.parts[model.horizons.index(horizon)], design.X.to_numpy()
    refits = sigmoid(part.refits.logits(X))
    return instability(sigmoid(part.stack.logits(X)[:, 0]), refits, thresholds)


def _as_scored(design: Design, risk: Floats) -> OutOfFold:
    """Fixed risks in the shape of out-of-fold ones: one repeat, one stratum, nothing learned."""
    shape = (1, len(risk))
    weight = np.where(design.known, design.weights(), 0.0)
    prevalence = float(np.average(design.y[design.known], weights=weight[design.known]))
    # Folds serve the comparators alone, which are recalibrated; the model is compared as a whole.
    drawn = fold_plan(design.y, design.site, 1, FOLDS, 0)
    whole = np.zeros(shape, dtype=np.int64)
    plan = FoldPlan(drawn.fold, whole, "none", "a stored model, nothing refitted")
    return OutOfFold(
        logit(risk)[None], np.full(shape, prevalence), weight[None], plan, (("stored",),)
    )
