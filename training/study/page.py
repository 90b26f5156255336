"""Report on a cohort as one self-contained HTML page: patients, events, the study's questions.

`render` makes the page; without a study it holds the cohort alone, as MLflow keeps it.
`write_report` makes the folder of `cd7watch training report`: the page and its tables as CSV.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from features.atomic_write import replacing
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from models.endpoints import HORIZONS, PRIMARY_HORIZON
from training.charts import course_svg
from training.charts.counts_svg import flow_picture
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.samples import Samples
from training.output_folder import require_own_folder
from training.statistics.reconstitution import MIN_PATIENTS_FOR_BAND, QUANTITIES
from training.study.cohort import StudyCohort
from training.study.cohort_view import (
    OUTCOME_WORDS,
    incidences,
    label_counts,
    reconstitution_figure,
    refusals,
)
from training.study.section import Table
from training.study.study import Study, claims_table, run_study
from training.study.view import drawing, study_view

REPORT_FILES = {"index.html", "tables"}


def render(cohort: Cohort, study: Study | None = None) -> str:
    """The page as text; with the study's questions if a study of the same cohort is given.

    Marrow samples are left out of the curves. Raises InputError when table and outcomes share no
    patient.
    """
    return _template().render(
        study=study_view(study) if study else None,
        **_head(cohort),
        **_flow(cohort),
        **_events(cohort),
        **_reconstitution(cohort.samples),
    )


def _template() -> jinja2.Template:
    text = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(text)


def _head(cohort: Cohort) -> dict[str, Any]:
    """Numbers of patients and samples, notices, and the digests of the tables."""
    samples, is_synthetic = cohort.samples, cohort.provenance == "synthetic"
    return {
        "n_patients": samples.frame["patient_id"].nunique(),
        "n_samples": len(samples.frame),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "research": RESEARCH_USE_ONLY,
        "synthetic": SYNTHETIC if is_synthetic else "",
        "digest": samples.digest[:12],
        "schema_version": samples.schema_version,
        "outcomes_digest": cohort.outcomes.digest[:12],
    }


def _flow(cohort: Cohort) -> dict[str, Any]:
    """Participant flow, and refused samples by outcome."""
    at_risk = cohort.at_risk
    svg = flow_picture(at_risk.flow, label(at_risk, "relapse", PRIMARY_HORIZON))
    return {
        "flow": at_risk.flow,
        "flow_picture": drawing(svg),
        "sample_flow": at_risk.sample_flow,
        "refusals": refusals(cohort.samples, cohort.outcomes),
        "outcomes": OUTCOME_WORDS,
    }


def _events(cohort: Cohort) -> dict[str, Any]:
    """Labels at the landmark, and cumulative incidence from infusion."""
    return {
        "landmark": cohort.landmark,
        "labels": label_counts(cohort.at_risk),
        "days": HORIZONS,
        "incidence": incidences(cohort.outcomes),
    }


def _reconstitution(samples: Samples) -> dict[str, Any]:
    """Curves of every quantity that the table holds, from blood samples."""
    frame = samples.frame
    blood = frame[frame["tissue"] != "BM"] if "tissue" in frame else frame
    rows: list[dict[str, Any]] = blood.to_dict("records")  # type: ignore[assignment]  # keys are text
    figures = [reconstitution_figure(rows, name) for name in QUANTITIES if name in frame]
    return {
        "max_lines": course_svg.MAX_LINES,
        "min_band": MIN_PATIENTS_FOR_BAND,
        "figures": [figure for figure in figures if figure is not None],
    }


def write_report(
    cohort: StudyCohort, folder: Path, progress: Callable[[str, int, int], None] | None = None
) -> Study:
    """Run the study and write folder/index.html and folder/tables/*.csv.

    The folder appears whole or not at all; an earlier report there is replaced. Returns the
    answers. Raises InputError for a folder that holds other files.
    """
    require_own_folder(folder, REPORT_FILES, "report")
    study = run_study(cohort, progress)
    page = render(cohort.cohort, study)
    tables = [claims_table(study.claims), *(t for s in study.sections for t in s.tables)]
    with replacing(folder) as draft:
        (draft / "tables").mkdir(parents=True)
        (draft / "index.html").write_text(page, encoding="utf-8")
        for table in tables:
            _write_table(draft / "tables", table)
    return study


def _write_table(folder: Path, table: Table) -> None:
    table.frame.to_csv(folder / f"{table.name}.csv", index=False, float_format="%.6g")
