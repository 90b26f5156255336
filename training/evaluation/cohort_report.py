"""What the evaluation says of the cohort itself, before any model: flow, missingness, refusals."""

import numpy as np
import pandas as pd

from features.arrays import Floats
from models.endpoints import ENDPOINTS, OTHER_DEATH
from training.cohort.at_risk import Step, reason_without_samples
from training.cohort.cohort import Cohort
from training.cohort.labels import Labelled
from training.cohort.outcomes import endpoint_code, first_event
from training.statistics.incidence import cumulative_incidence
from training.statistics.proportions import clopper_pearson
from training.statistics.sample_size import expected_shrinkage, required_sample_size


def counts(labelled: Labelled) -> dict[str, object]:
    """Patients, events and prevalence of one endpoint at one horizon.

    `prevalence` is events among known labels with its exact interval; `incidence` the
    Aalen-Johansen estimate, which also uses the patients censored inside the window.
    """
    n = labelled.n_events + labelled.n_nonevents
    low, high = clopper_pearson(labelled.n_events, n) if n else (0.0, 1.0)
    time, code = labelled.at_risk.time, labelled.at_risk.code
    cause = endpoint_code(labelled.endpoint)
    incidence, error = cumulative_incidence(time, code, cause).at(labelled.horizon)
    competing = (code != cause) & (code > 0) & (time <= labelled.horizon)
    return {
        "at_risk": labelled.at_risk.n,
        "known": n,
        "events": labelled.n_events,
        "non_events": labelled.n_nonevents,
        "competing_events": int(competing.sum()),
        "censored_in_window": int(np.isnan(labelled.y).sum()),
        "at_risk_at_end": labelled.at_risk_at_end,
        "prevalence": {
            "value": labelled.n_events / n if n else None,
            "low": low,
            "high": high,
        },
        "incidence": {"value": incidence, "standard_error": error},
    }


def flow(steps: tuple[Step, ...]) -> list[dict[str, object]]:
    """Participant or sample flow as plain rows."""
    return [{"reason": step.reason, "n": step.n} for step in steps]


def missingness(X: pd.DataFrame, y: Floats) -> list[dict[str, object]]:
    """Share of patients without each predictor: all, with and without the event."""
    gaps = X.isna().to_numpy()
    rows: list[dict[str, object]] = []
    for j, name in enumerate(X.columns):
        row: dict[str, object] = {"feature": str(name), "missing": float(gaps[:, j].mean())}
        for key, value in (("missing_with_event", 1.0), ("missing_without_event", 0.0)):
            group = gaps[y == value, j]
            row[key] = float(group.mean()) if len(group) else None
        rows.append(row)
    return rows


def refused_by_outcome(cohort: Cohort, horizon: int) -> list[dict[str, object]]:
    """Patients otherwise at risk, by what happened to them and by what became of their sample.

    Refusal follows cytopenia: if those without a usable sample did worse, the model's cohort is
    healthier than the clinic's. Only quality refusals inside the window count as refused.
    """
    outcomes, refusals = cohort.outcomes, cohort.samples.refused
    out_of_scope = reason_without_samples(outcomes, cohort.landmark, cohort.transplant)
    day, code = first_event(outcomes)
    in_window = (refusals["day"] > cohort.landmark - 14) & (refusals["day"] <= cohort.landmark)
    refused = set(refusals["patient_id"][in_window].astype(str))
    used = set(cohort.at_risk.patient_id)
    names = {end.event_code: name for name, end in ENDPOINTS.items()}
    names[OTHER_DEATH] = "other_death"
    tables: dict[str, dict[str, int]] = {}
    for i, patient in enumerate(outcomes.patients):
        if out_of_scope[i]:
            continue
        ended = day[i] - cohort.landmark <= horizon
        fate = names.get(int(code[i]), "censored_in_window") if ended else "event_free"
        state = "used" if patient in used else "refused" if patient in refused else "no_sample"
        row = tables.setdefault(fate, {"used": 0, "refused": 0, "no_sample": 0})
        row[state] += 1
    return [{"outcome": fate, **row} for fate, row in sorted(tables.items())]


def sample_size(
    X: pd.DataFrame, offered: tuple[str, ...], prevalence: float, c: float
) -> dict[str, object]:
    """Riley's minimum for everything that was a candidate, missing indicators included."""
    columns = [name for name in X.columns if name in offered]
    indicators = int(X[columns].isna().any().sum())
    parameters = len(columns) + indicators
    share = min(max(prevalence, 0.01), 0.99)
    size = required_sample_size(parameters, share, c)
    return {
        "parameters": parameters,
        "missing_indicators": indicators,
        "anticipated_auc": c,
        "prevalence": share,
        "required": size.as_dict(),
        "patients": len(X),
        "expected_shrinkage": expected_shrinkage(len(X), parameters, share, c),
    }


def incidence_by_third(risk: Floats, labelled: Labelled) -> list[dict[str, object]]:
    """Cumulative incidence in thirds of the out-of-fold risk, lowest first."""
    cause = endpoint_code(labelled.endpoint)
    time, code = labelled.at_risk.time, labelled.at_risk.code
    groups: list[dict[str, object]] = []
    for name, members in zip(
        ("low", "middle", "high"), np.array_split(np.argsort(risk, kind="stable"), 3), strict=True
    ):
        curve = cumulative_incidence(time[members], code[members], cause)
        value, error = curve.at(labelled.horizon)
        groups.append(
            {
                "third": name,
                "n": len(members),
                "day": [0.0, *curve.time.tolist()],
                "incidence": [0.0, *curve.probability.tolist()],
                "at_horizon": {"value": value, "standard_error": error},
            }
        )
    return groups
