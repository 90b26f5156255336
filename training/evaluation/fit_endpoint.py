"""From feature table and outcomes to a fitted, evaluated and judged model of one endpoint."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from features.table.feature_table import FeatureTable, code_version
from models.endpoints import WINDOW_DAYS
from models.frozen import FrozenModel, freeze
from models.risk_model import RiskModel
from training.cohort.labels import TRANSPLANT_RULES, AtRisk, Labelled, at_risk, label
from training.cohort.outcomes import Outcomes, endpoint_code
from training.cohort.protocol import Protocol, check_protocol
from training.cohort.samples import Samples, provenance, require_columns, samples_from
from training.evaluation import cohort_report
from training.evaluation.cross_validation import Progress
from training.evaluation.disclosure import shown_cohort
from training.evaluation.fit_counter import fit_number
from training.evaluation.gate import AT_RISK_AT_END, MODEL_EVENTS, Verdict, judge
from training.evaluation.horizon_models import fit_horizons, risks_moved
from training.evaluation.internal_validation import assess, design_for, out_of_fold_frame, subgroups
from training.evaluation.learning_curve import learning_curve
from training.evaluation.transplant import risk_by_rule
from training.json_values import plain
from training.statistics.logistic import sigmoid


@dataclass(frozen=True)
class FittedEndpoint:
    """One endpoint's model (None when there are too few events), evaluation and verdict.

    `out_of_fold` has one row per patient and repeat at the primary horizon; empty without model.
    """

    endpoint: str
    model: FrozenModel | None
    evaluation: dict[str, object]
    verdict: Verdict
    out_of_fold: pd.DataFrame


def fit_endpoint(
    table: FeatureTable | Samples | pd.DataFrame,
    outcomes: Outcomes,
    protocol: Protocol,
    endpoint: str,
    progress: Progress | None = None,
    ledger: Path | str | None = None,
    n_jobs: int = 1,
) -> FittedEndpoint:
    """Fit, evaluate and judge one endpoint under a protocol.

    `ledger` is the path of the JSON file that counts distinct fits on the same outcomes (see
    `training.evaluation.fit_counter`); without it this fit counts as the first. `progress(step,
    done, total)` is called as work goes on. The result does not depend on `n_jobs`. Raises
    InputError for a wrong endpoint, a protocol that breaks its rules, features that are not in the
    table, no patient at risk at the landmark, and cell types named in two ways.
    """
    endpoint_code(endpoint)
    check_protocol(protocol)
    samples = samples_from(table)
    require_columns(samples, protocol.features)
    number = fit_number(ledger, outcomes.digest, endpoint, protocol.sha256, samples.digest)
    cohort = _cohort(outcomes, samples, protocol)
    by_horizon = {h: label(cohort, endpoint, h) for h in protocol.horizons}
    primary = by_horizon[protocol.primary_horizon]
    evaluation = _about(cohort, by_horizon, outcomes, samples, protocol, endpoint, number)
    if refusal(primary):
        verdict = judge(evaluation)
        evaluation |= {"verdict": verdict.as_dict()}
        return FittedEndpoint(endpoint, None, plain(evaluation), verdict, pd.DataFrame())
    design = design_for(primary, samples, protocol.features, protocol.core_panel)
    clinical = samples.frame.iloc[cohort.row].reset_index(drop=True)
    maker = functools.partial(make_risk_model, protocol, endpoint, 0)
    assessed = assess(design, maker, protocol, clinical, n_jobs, progress)
    evaluation |= assessed.result
    evaluation["learning_curve"] = learning_curve(
        design, maker, protocol.folds, protocol.seed, n_jobs, progress
    )
    risk = sigmoid(assessed.oof.logit).mean(axis=0)
    evaluation["incidence_by_third"] = cohort_report.incidence_by_third(risk, primary)
    about = outcomes.frame.loc[list(cohort.patient_id)]
    evaluation["subgroups"] = subgroups(assessed.oof, cohort, primary.y, about)
    designs = {
        h: design_for(labelled, samples, protocol.features, protocol.core_panel)
        for h, labelled in by_horizon.items()
        if refusal(labelled) is None
    }
    models = fit_horizons(
        designs, functools.partial(maker, protocol.seed), protocol.refits, n_jobs, progress
    )
    evaluation["instability"] = risks_moved(
        models[protocol.primary_horizon], design, protocol.thresholds
    )
    _describe_models(evaluation, models)
    verdict = judge(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    report = plain(evaluation)
    extra = _manifest(report, verdict, samples, outcomes, protocol)
    shown = shown_cohort(evaluation, assessed.oof, primary, max(protocol.horizons))
    extra |= {"cohort": plain(shown)}
    model = freeze(models, endpoint, protocol.landmark, protocol.features, design.X, extra)
    oof = out_of_fold_frame(assessed.oof, cohort, primary.y)
    return FittedEndpoint(endpoint, model, report, verdict, oof)


def make_risk_model(protocol: Protocol, endpoint: str, refits: int, seed: int) -> RiskModel:
    """A fresh classifier as the protocol describes it."""
    return RiskModel(
        candidates=protocol.candidates,
        biomarker=protocol.biomarker.get(endpoint),
        core_panel=protocol.core_panel,
        n_refits=refits,
        inner_folds=protocol.inner_folds,
        random_state=seed,
    )


def refusal(labelled: Labelled) -> str | None:
    """Why no model is fitted at this horizon, or None."""
    if labelled.at_risk_at_end < AT_RISK_AT_END:
        return (
            f"{labelled.at_risk_at_end} patients at risk at its end; at least {AT_RISK_AT_END} "
            "are needed"
        )
    if min(labelled.n_events, labelled.n_nonevents) < MODEL_EVENTS:
        return (
            f"{labelled.n_events} events and {labelled.n_nonevents} non-events; at least "
            f"{MODEL_EVENTS} of each are needed"
        )
    return None


def _cohort(outcomes: Outcomes, samples: Samples, protocol: Protocol) -> AtRisk:
    cohort = at_risk(outcomes, samples, protocol.landmark, protocol.transplant)
    if not cohort.n:
        why = "; ".join(f"{step.reason}: {step.n}" for step in cohort.flow)
        raise InputError(
            f"A fit needs patients at risk with a sample at the landmark; there are none ({why})."
        )
    if "typing_source" in samples.frame:
        sources = set(samples.frame["typing_source"].iloc[cohort.row])
        if len(sources) > 1:
            raise InputError(
                "A model needs cell types named in one way; this table mixes "
                f"{' and '.join(sorted(map(str, sources)))}: compute all samples alike."
            )
    return cohort


def _about(
    cohort: AtRisk,
    by_horizon: Mapping[int, Labelled],
    outcomes: Outcomes,
    samples: Samples,
    protocol: Protocol,
    endpoint: str,
    number: int,
) -> dict[str, object]:
    """Everything known before a model is fitted."""
    primary = by_horizon[protocol.primary_horizon]
    design = design_for(primary, samples, protocol.features, protocol.core_panel)
    counts = cohort_report.counts(primary)
    share = primary.n_events / max(1, primary.n_events + primary.n_nonevents)
    return {
        "research_use_only": RESEARCH_USE_ONLY,
        "provenance": provenance(samples, outcomes),
        "endpoint": endpoint,
        "landmark": protocol.landmark,
        "horizon": protocol.primary_horizon,
        "transplant": protocol.transplant,
        "question": TRANSPLANT_RULES[protocol.transplant],
        "protocol": protocol.as_dict(),
        "protocol_sha256": protocol.sha256,
        "outcomes_sha256": outcomes.digest,
        "features_sha256": samples.digest,
        "schema_version": samples.schema_version,
        "fit_number": number,
        "alpha": protocol.alpha / number,
        "participant_flow": cohort_report.flow(cohort.flow),
        "sample_flow": cohort_report.flow(cohort.sample_flow),
        "counts": counts,
        "horizons": {
            str(h): cohort_report.counts(labelled) | {"refused": refusal(labelled)}
            for h, labelled in by_horizon.items()
        },
        "transplant_rules": _transplant_rules(outcomes, samples, protocol, endpoint),
        "missingness": cohort_report.missingness(design.X, design.y),
        "refused_by_outcome": cohort_report.refused_by_outcome(
            outcomes, samples, cohort, protocol.primary_horizon
        ),
        "sample_size": cohort_report.sample_size(
            design.X, _offered(protocol, endpoint, len(design.X)), share, protocol.anticipated_auc
        ),
    }


def _transplant_rules(
    outcomes: Outcomes, samples: Samples, protocol: Protocol, endpoint: str
) -> list[dict[str, object]]:
    horizon, panel = protocol.primary_horizon, protocol.core_panel
    return risk_by_rule(outcomes, samples, protocol.landmark, endpoint, horizon, panel)


def _offered(protocol: Protocol, endpoint: str, n: int) -> tuple[str, ...]:
    """Features that some candidate may use on a cohort of this size."""
    if "lightgbm" in protocol.candidates and n >= RiskModel().min_lightgbm:
        return protocol.features
    biomarker = protocol.biomarker.get(endpoint)
    return tuple({*protocol.core_panel, *([biomarker] if biomarker else [])})


def _describe_models(evaluation: dict[str, object], models: Mapping[int, RiskModel]) -> None:
    evaluation["models"] = {
        str(h): {
            "candidate": m.candidate_,
            "selection": m.selection_,
            "calibration": list(m.calibration_),
            "prevalence": m.prevalence_,
            "refit_candidates": {c: m.refit_candidates_.count(c) for c in m.refit_candidates_},
        }
        for h, m in models.items()
    }


def _manifest(
    evaluation: dict[str, object],
    verdict: Verdict,
    samples: Samples,
    outcomes: Outcomes,
    protocol: Protocol,
) -> dict[str, object]:
    return {
        "provenance": provenance(samples, outcomes),
        "state": verdict.state,
        "gate": verdict.as_dict(),
        "primary_horizon": protocol.primary_horizon,
        "landmark_window": WINDOW_DAYS,
        "question": evaluation["question"],
        "training": {
            "at_risk": evaluation["counts"]["at_risk"],  # type: ignore[index]  # built as a dict above
            "features_sha256": samples.digest,
            "outcomes_sha256": outcomes.digest,
            "protocol_sha256": protocol.sha256,
            "code_version": code_version(),
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
