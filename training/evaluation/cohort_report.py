"""Cohort report before any model: participant flow, counts, characteristics, missing values."""

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats
from features.covariates import document
from features.notices import RESEARCH_USE_ONLY
from models.endpoints import EVENT_CODES
from training.cohort.at_risk import (
    TRANSPLANT_RULES,
    AtRisk,
    Step,
    reason_without_samples,
    refused_in_window,
)
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, is_followed_through
from training.cohort.outcomes import Outcomes, first_event
from training.cohort.samples import declared_inputs
from training.evaluation.documents.cohort_sections import (
    CohortSections,
    Counts,
    FeatureByOutcome,
    FeatureMissingness,
    FlowStep,
    Quartiles,
    SampleUseByOutcome,
)
from training.evaluation.evaluation_data import EvaluationData
from training.statistics.significance.proportions import clopper_pearson
from training.statistics.survival.incidence import cumulative_incidence

# Quartiles of fewer patients would be the patients themselves.
MIN_QUARTILE_VALUES = 5


def cohort_sections(data: EvaluationData) -> CohortSections:
    """Sections that fits and external validations share: question, tables, cohort."""
    cohort, at_risk, labels = data.cohort, data.at_risk, data.labels
    return {
        "research_use_only": RESEARCH_USE_ONLY,
        "provenance": cohort.provenance,
        "endpoint": labels.endpoint,
        "endpoint_words": {"singular": labels.definition.words, "plural": labels.definition.plural},
        "landmark": at_risk.landmark,
        "horizon": labels.horizon,
        "transplant": at_risk.transplant,
        "question": TRANSPLANT_RULES[at_risk.transplant],
        "outcomes_sha256": cohort.outcomes.digest,
        "features_sha256": cohort.samples.digest,
        "infections_sha256": cohort.infections_digest,
        "schema_version": cohort.samples.schema_version,
        "covariates": [document(c) for c in declared_inputs(cohort.samples, data.features)],
        "participant_flow": flow(at_risk.flow),
        "sample_flow": flow(at_risk.sample_flow),
        "counts": counts(labels),
        "earlier_onsets": cohort.earlier_onsets(labels.definition),
        "missingness": missingness(data.design.X, data.design.y),
        "refused_by_outcome": refused_by_outcome(cohort, at_risk, labels.horizon),
    }


def counts(labels: EndpointLabels) -> Counts:
    """Patients, events and prevalence of one endpoint at one horizon.

    `prevalence` is events among known labels with its exact interval; `incidence` the
    Aalen-Johansen estimate, which also uses the patients censored inside the window.
    """
    n = labels.n_events + labels.n_nonevents
    low, high = clopper_pearson(labels.n_events, n) if n else (0.0, 1.0)
    time, code = labels.at_risk.time, labels.at_risk.code
    cause = labels.definition.event_codes
    incidence, error = cumulative_incidence(time, code, cause).at(labels.horizon)
    competing = ~np.isin(code, cause) & (code > 0) & (time <= labels.horizon)
    return {
        "at_risk": labels.at_risk.n,
        "known": n,
        "events": labels.n_events,
        "non_events": labels.n_nonevents,
        "competing_events": int(competing.sum()),
        "censored_in_window": int(np.isnan(labels.y).sum()),
        "at_risk_at_end": labels.at_risk_at_end,
        "prevalence": {"value": labels.n_events / n if n else None, "low": low, "high": high},
        "incidence": {"value": incidence, "standard_error": error},
    }


def flow(steps: tuple[Step, ...]) -> list[FlowStep]:
    """Participant or sample flow as plain rows."""
    return [{"reason": step.reason, "n": step.n} for step in steps]


def characteristics(
    frame: pd.DataFrame, names: tuple[str, ...], y: Floats
) -> list[FeatureByOutcome]:
    """Median, quartiles and known values of each named column, with and without the event.

    `frame` has one row a patient in the order of `y` (1, 0, NaN: left out). Numbers are None for
    groups of under 5 known values; no test is made: the tests that count are out of fold.

    >>> frame = pd.DataFrame({"amc": [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]})
    >>> characteristics(frame, ("amc",), np.array([1, 1, 1, 1, 1, 0.0]))[0]["with_event"]
    {'known': 5, 'median': 3.0, 'low': 2.0, 'high': 4.0}
    """
    return [
        {
            "feature": name,
            "with_event": _quartiles(frame.loc[y == 1, name].to_numpy(float)),
            "without_event": _quartiles(frame.loc[y == 0, name].to_numpy(float)),
        }
        for name in names
        if name in frame
    ]


def _quartiles(values: Floats) -> Quartiles:
    finite = values[np.isfinite(values)]
    if len(finite) < MIN_QUARTILE_VALUES:
        return {"known": len(finite), "median": None, "low": None, "high": None}
    low, median, high = (float(q) for q in np.quantile(finite, [0.25, 0.5, 0.75]))
    return {"known": len(finite), "median": median, "low": low, "high": high}


def missingness(X: pd.DataFrame, y: Floats) -> list[FeatureMissingness]:
    """Share of patients without each predictor: all, with and without the event."""
    gaps = X.isna().to_numpy()
    return [
        {
            "feature": str(name),
            "missing": float(gaps[:, j].mean()),
            "missing_with_event": _share(gaps[y == 1, j]),
            "missing_without_event": _share(gaps[y == 0, j]),
        }
        for j, name in enumerate(X.columns)
    ]


def _share(flags: Bools) -> float | None:
    return float(flags.mean()) if len(flags) else None


def refused_by_outcome(cohort: Cohort, at_risk: AtRisk, horizon: int) -> list[SampleUseByOutcome]:
    """Patients otherwise at risk, by what happened to them and by what became of their sample.

    Refusal follows cytopenia: if those without a usable sample did worse, the model's cohort is
    healthier than the clinic's. Only quality refusals inside the window count as refused.
    Patients whom the endpoint of `at_risk` excludes for an earlier onset are not counted.
    """
    outcomes = cohort.outcomes
    out_of_scope = reason_without_samples(outcomes, cohort.landmark, cohort.transplant)
    outcome = _outcome_names(outcomes, cohort.landmark, horizon)
    with_sample = set(at_risk.patient_id)
    excluded = set(cohort.at_risk.patient_id) - with_sample
    with_refusal = refused_in_window(cohort.samples, cohort.landmark)
    rows: dict[str, SampleUseByOutcome] = {}
    for i, patient in enumerate(outcomes.patients):
        if out_of_scope[i] or patient in excluded:
            continue
        name = outcome[i]
        row = rows.setdefault(name, {"outcome": name, "used": 0, "refused": 0, "no_sample": 0})
        if patient in with_sample:
            row["used"] += 1
        elif patient in with_refusal:
            row["refused"] += 1
        else:
            row["no_sample"] += 1
    return [rows[name] for name in sorted(rows)]


def _outcome_names(outcomes: Outcomes, landmark: int, horizon: int) -> list[str]:
    """Each patient's first event within the horizon, or how the follow-up ended."""
    day, code = first_event(outcomes)
    names = {code: name for name, code in EVENT_CODES.items()}
    is_free = is_followed_through(day - landmark, code, horizon)
    return [
        "event_free" if free else names.get(int(c), "censored_in_window")
        for free, c in zip(is_free, code, strict=True)
    ]
