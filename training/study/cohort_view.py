"""Template context of the cohort: refusals, labels, cumulative incidence, reconstitution."""

from typing import Any

import numpy as np

from features import schema
from models.endpoints import EXCLUSIVE_ENDPOINTS, HORIZONS
from training.charts import course_svg
from training.cohort.at_risk import AtRisk
from training.cohort.labels import label
from training.cohort.labels_text import EVENT_NAMES
from training.cohort.outcomes import Outcomes, first_event
from training.cohort.samples import Samples
from training.statistics.reconstitution import WindowBand, bands, courses, recovery
from training.statistics.survival.incidence import cumulative_incidence, loglog_interval
from training.study.view import drawing

# Quantities that fall and recover; for CD7-negative T cells, say, recovery has no meaning.
RECOVERING = {"monocyte_fraction", "amc", "wbc", "anc", "alc", "plt", "hb"}
NO_VALUE = "-"
OUTCOME_WORDS = ("no event seen", *EVENT_NAMES.values(), "no outcome given")


def refusals(samples: Samples, outcomes: Outcomes) -> list[tuple[str, list[int]]]:
    """Each refusal reason with the number of refused samples by their patient's first event."""
    _, codes = first_event(outcomes)
    code_of = dict(zip(outcomes.patients, codes.tolist(), strict=True))
    counts: dict[str, list[int]] = {}
    for patient, reason in samples.refused[["patient_id", "reason"]].astype(str).to_numpy():
        column = code_of.get(patient, len(OUTCOME_WORDS) - 1)
        counts.setdefault(reason, [0] * len(OUTCOME_WORDS))[column] += 1
    return sorted(counts.items())


def label_counts(at_risk: AtRisk) -> list[dict[str, Any]]:
    """Events, non-events and unknown labels of each endpoint at each horizon."""
    labels = [label(at_risk, e, horizon) for e in EXCLUSIVE_ENDPOINTS for horizon in HORIZONS]
    return [
        {
            "endpoint": target.endpoint.replace("_", " "),
            "horizon": target.horizon,
            "events": target.n_events,
            "nonevents": target.n_nonevents,
            "unknown": at_risk.n - target.n_events - target.n_nonevents,
        }
        for target in labels
    ]


def incidences(outcomes: Outcomes) -> list[tuple[str, list[str]]]:
    """Cumulative incidence of each first event; a dash where no patient is followed that long."""
    days, codes = first_event(outcomes)
    rows = []
    for code, name in EVENT_NAMES.items():
        curve = cumulative_incidence(days, codes, code)
        cells = [_share(*curve.at(day)) if day <= days.max() else NO_VALUE for day in HORIZONS]
        rows.append((name, cells))
    return rows


def _share(probability: float, error: float) -> str:
    """A share with its 95 % interval.

    >>> _share(0.2, 0.04)
    '20% (13 to 28)'
    """
    if not 0 < probability < 1:
        return f"{probability:.0%}"
    low, high = loglog_interval(np.array([probability]), np.array([error]))
    return f"{probability:.0%} ({100 * low[0]:.0f} to {100 * high[0]:.0f})"


def reconstitution_figure(rows: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """Picture, caption and numbers of one quantity; None when the table has no value of it."""
    patients = courses(rows, name)
    if not patients:
        return None
    feature, windows = schema.ALL_FEATURES[name], bands(patients)
    counts = recovery(patients)
    caption = f"{len(patients)} patients."
    if name in RECOVERING and counts["patients"]:
        caption += (
            f" {counts['at_or_above_healthy_limit']} of the {counts['patients']} sampled after "
            "infusion were at or above the lower healthy limit at their lowest value or later."
        )
    return {
        "label": feature.label,
        "unit": feature.unit,
        "svg": drawing(course_svg.draw(patients, windows, feature.label, feature.healthy)),
        "caption": caption,
        "bands": [_band_cells(band) for band in windows],
    }


def _band_cells(band: WindowBand) -> dict[str, str]:
    has_quartiles = np.isfinite(band.low)
    return {
        "days": f"{band.first} to {band.last}",
        "n": str(band.n_patients),
        "median": f"{band.median:.3g}",
        "quartiles": f"{band.low:.3g} to {band.high:.3g}" if has_quartiles else NO_VALUE,
    }
