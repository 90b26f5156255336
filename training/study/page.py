"""One self-contained HTML page on a cohort: its patients, their events, the study's questions.

`render` makes the page; without a study it holds the cohort alone, as MLflow keeps it.
`write_report` makes the folder of `python -m training report`: the page and its tables as CSV.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from features import schema
from features.atomic_write import replacing
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from models.endpoints import ENDPOINTS, HORIZONS
from training.charts import course_svg
from training.charts.flow_svg import flow_picture
from training.cohort.event_names import EVENT_NAMES
from training.cohort.labels import AtRisk, at_risk, label
from training.cohort.outcomes import Outcomes, first_event
from training.cohort.samples import Samples
from training.cohort.samples import provenance as origin
from training.statistics.incidence import cumulative_incidence
from training.statistics.loglog import interval
from training.statistics.reconstitution import (
    FOLLOWED,
    MIN_PATIENTS_FOR_BAND,
    Band,
    bands,
    courses,
    recovery,
)
from training.study.cohort import StudyCohort
from training.study.study import Study, claims_table, run_study
from training.study.view import drawing, study_view

# Quantities that fall and come back; of CD7-negative T cells, say, "recovered" means nothing.
FALLING = {"monocyte_fraction", "amc", "wbc", "anc", "alc", "plt", "hb"}
OURS = {"index.html", "tables"}
NOTHING = "-"
OUTCOME_WORDS = ("no event seen", *EVENT_NAMES.values(), "no outcome given")


def _refusals(samples: Samples, outcomes: Outcomes) -> list[tuple[str, list[int]]]:
    """Each refusal reason with the number of refused samples by their patient's first event."""
    _, codes = first_event(outcomes)
    known = dict(zip(outcomes.patients, codes.tolist(), strict=True))
    counts: dict[str, list[int]] = {}
    for patient, reason in samples.refused[["patient_id", "reason"]].astype(str).to_numpy():
        column = known.get(patient, len(OUTCOME_WORDS) - 1)
        counts.setdefault(reason, [0] * len(OUTCOME_WORDS))[column] += 1
    return sorted(counts.items())


def _labels(cohort: AtRisk) -> list[dict[str, Any]]:
    found = [label(cohort, endpoint, horizon) for endpoint in ENDPOINTS for horizon in HORIZONS]
    return [
        {
            "endpoint": one.endpoint.replace("_", " "),
            "horizon": one.horizon,
            "events": one.n_events,
            "nonevents": one.n_nonevents,
            "unknown": cohort.n - one.n_events - one.n_nonevents,
        }
        for one in found
    ]


def _share(probability: float, error: float) -> str:
    """A share with its 95 % interval.

    >>> _share(0.2, 0.04)
    '20% (13 to 28)'
    """
    if not 0 < probability < 1:
        return f"{probability:.0%}"
    low, high = interval(np.array([probability]), np.array([error]))
    return f"{probability:.0%} ({100 * low[0]:.0f} to {100 * high[0]:.0f})"


def _incidence(outcomes: Outcomes) -> list[tuple[str, list[str]]]:
    """Cumulative incidence of each first event; a dash where nobody is followed that long."""
    days, codes = first_event(outcomes)
    rows = []
    for code, name in EVENT_NAMES.items():
        curve = cumulative_incidence(days, codes, code)
        shares = [_share(*curve.at(day)) if day <= days.max() else NOTHING for day in HORIZONS]
        rows.append((name, shares))
    return rows


def _number(value: float) -> str:
    return f"{value:.3g}"


def _band_words(band: Band) -> dict[str, str]:
    quartiles = f"{_number(band.low)} to {_number(band.high)}" if np.isfinite(band.low) else NOTHING
    return {
        "days": f"{band.first} to {band.last}",
        "n": str(band.n_patients),
        "median": _number(band.median),
        "quartiles": quartiles,
    }


def _figure(rows: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """Picture, caption and numbers of one quantity; None when the table has no value of it."""
    found = courses(rows, name)
    if not found:
        return None
    feature, cohort = schema.ALL_FEATURES[name], bands(found)
    back = recovery(found)
    words = f"{len(found)} patients."
    if name in FALLING and back["patients"]:
        words += (
            f" {back['at_or_above_healthy_limit']} of the {back['patients']} sampled after infusion"
            " were at or above the lower healthy limit at their lowest value or later."
        )
    svg = course_svg.draw(found, cohort, feature.label, feature.healthy)
    return {
        "label": feature.label,
        "unit": feature.unit,
        "svg": drawing(svg),
        "caption": words,
        "bands": [_band_words(band) for band in cohort],
    }


def render(
    samples: Samples,
    outcomes: Outcomes,
    landmark: int = 28,
    study: Study | None = None,
    transplant: str = "ignored",
) -> str:
    """The page as text; with the study's questions where they were asked (same landmark and rule).

    Marrow samples are left out of the curves. Raises InputError when table and outcomes share no
    patient.
    """
    cohort = at_risk(outcomes, samples, landmark, transplant)
    frame = samples.frame
    blood = frame[frame["tissue"] != "BM"] if "tissue" in frame else frame
    rows: list[dict[str, Any]] = blood.to_dict("records")  # type: ignore[assignment]  # keys are text
    names = [name for name in FOLLOWED if name in frame]
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        _text("page.html")
    )
    return template.render(
        n_patients=frame["patient_id"].nunique(),
        n_samples=len(frame),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        research=RESEARCH_USE_ONLY,
        synthetic=SYNTHETIC if origin(samples, outcomes) == "synthetic" else "",
        study=study_view(study) if study else None,
        flow=cohort.flow,
        flow_picture=drawing(flow_picture(cohort.flow, label(cohort, "relapse", HORIZONS[1]))),
        sample_flow=cohort.sample_flow,
        refusals=_refusals(samples, outcomes),
        outcomes=OUTCOME_WORDS,
        landmark=landmark,
        labels=_labels(cohort),
        days=HORIZONS,
        incidence=_incidence(outcomes),
        drawn=course_svg.MAX_LINES,
        min_band=MIN_PATIENTS_FOR_BAND,
        figures=[figure for name in names if (figure := _figure(rows, name))],
        digest=samples.digest[:12],
        schema_version=samples.schema_version,
        outcomes_digest=outcomes.digest[:12],
    )


def write_report(
    cohort: StudyCohort, folder: Path, progress: Callable[[str, int, int], None] | None = None
) -> Study:
    """Ask the study's questions and write folder/index.html and folder/tables/*.csv.

    The folder appears whole or not at all; an earlier report there is replaced. Returns the
    answers. Raises InputError for a folder that holds other files.
    """
    _refuse_foreign(folder)
    study = run_study(cohort, progress)
    decided = cohort.protocol
    page = render(cohort.samples, cohort.outcomes, decided.landmark, study, decided.transplant)
    tables = [claims_table(study.claims), *(t for s in study.sections for t in s.tables)]
    with replacing(folder) as draft:
        (draft / "tables").mkdir(parents=True)
        (draft / "index.html").write_text(page, encoding="utf-8")
        for table in tables:
            path = draft / "tables" / f"{table.name}.csv"
            table.frame.to_csv(path, index=False, float_format="%.6g")
    return study


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"A report is a folder, but {folder} is a file; name another.")
    if folder.is_dir() and not {child.name for child in folder.iterdir()} <= OURS:
        raise InputError(
            f"A report needs a new folder or an earlier report's, but {folder} holds other files; "
            "name another."
        )


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
