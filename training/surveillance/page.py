"""The surveillance folder: one self-contained HTML page and its tables as CSV."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from features.atomic_write import replacing
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from training.cohort.labels import TRANSPLANT_RULES
from training.cohort.labels_text import interval
from training.cohort.outcomes import ENDPOINTS, Outcomes
from training.cohort.samples import Samples, provenance
from training.evaluation.cross_validation import Progress
from training.surveillance import pictures
from training.surveillance.scores import CARRIED, SUPER_MODEL, yardstick
from training.surveillance.stacked_landmarks import FEWEST_EVENTS, HORIZON
from training.surveillance.surveillance import Survey, label_of, survey

Surveys = Mapping[str, Survey | InputError]
PAGE = "surveillance.html"
TABLES = ("auc_by_landmark.csv", "lead_time.csv", "gain.csv", "visits.csv")
NOTHING, ALL = "-", "all, counted at each"
HELD = {
    "patient": "false alarms held at 10 % of patients",
    "visit": "false alarms held at 5 per 100 visits",
}


def survey_endpoints(
    samples: Samples,
    outcomes: Outcomes,
    horizon: int = HORIZON,
    transplant: str = "ignored",
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Survey | InputError]:
    """Both endpoints; one that cannot be watched is kept as its refusal.

    Raises InputError, the first refusal, when neither can.
    """
    found: dict[str, Survey | InputError] = {}
    for endpoint in ENDPOINTS:
        try:
            found[endpoint] = survey(
                samples, outcomes, endpoint, horizon, transplant, n_jobs=n_jobs,
                progress=_named(progress, endpoint),
            )  # fmt: skip
        except InputError as refusal:
            found[endpoint] = refusal
    refusals = [one for one in found.values() if isinstance(one, InputError)]
    if len(refusals) == len(found):
        raise refusals[0]
    return found


def _named(progress: Progress | None, endpoint: str) -> Progress | None:
    """The same report with the endpoint before the step's name."""
    if progress is None:
        return None
    return lambda step, done, total: progress(f"{endpoint}: {step}", done, total)


def write_surveillance(
    samples: Samples,
    outcomes: Outcomes,
    surveys: Surveys,
    folder: Path | str,
    transplant: str = "ignored",
) -> None:
    """Write surveillance.html and its tables into `folder`, whole or not at all.

    An earlier surveillance there is replaced; a folder with other files is refused (InputError).
    """
    folder = Path(folder)
    if folder.exists() and not (
        folder.is_dir() and {child.name for child in folder.iterdir()} <= {PAGE, *TABLES}
    ):
        raise InputError(
            "Surveillance needs a new folder or an earlier surveillance's, but "
            f"{folder} is something else; name another."
        )
    with replacing(folder) as draft:
        draft.mkdir()
        page = render(samples, outcomes, surveys, transplant)
        (draft / PAGE).write_text(page, encoding="utf-8")
        origin = provenance(samples, outcomes)
        for name, table in tables(surveys).items():
            table.assign(provenance=origin).to_csv(draft / name, index=False)


def tables(surveys: Surveys) -> dict[str, pd.DataFrame]:
    """The tables by file name, endpoints below each other."""
    done = {key: one for key, one in surveys.items() if isinstance(one, Survey)}
    parts = {
        TABLES[0]: {key: one.by_landmark for key, one in done.items()},
        TABLES[1]: {key: one.lead_time for key, one in done.items()},
        TABLES[2]: {key: _gain_row(one) for key, one in done.items()},
        TABLES[3]: {key: one.visits for key, one in done.items()},
    }
    return {name: _together(own) for name, own in parts.items()}


def _gain_row(one: Survey) -> pd.DataFrame:
    row: dict[str, object] = {"over": yardstick(one.stacked.endpoint), "state": one.judged.state,
                              "p": one.p, "sentence": one.judged.sentence}  # fmt: skip
    for name, found in (("auc", one.gain), ("share_warned", one.warned_gain)):
        row |= {f"{name}_{part}": value for part, value in found.as_dict().items()}
    return pd.DataFrame([row])


def render(
    samples: Samples, outcomes: Outcomes, surveys: Surveys, transplant: str = "ignored"
) -> str:
    """The page as text."""
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    )
    horizon = next(one.stacked.horizon for one in surveys.values() if isinstance(one, Survey))
    synthetic = provenance(samples, outcomes) == "synthetic"
    return template.render(
        horizon=horizon,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        research=RESEARCH_USE_ONLY,
        synthetic=SYNTHETIC if synthetic else "",
        endpoints=[_shown(endpoint, one) for endpoint, one in surveys.items()],
        fewest=FEWEST_EVENTS,
        digest=samples.digest[:12],
        schema_version=samples.schema_version,
        outcomes_digest=outcomes.digest[:12],
        transplant=TRANSPLANT_RULES[transplant],
    )


def _shown(endpoint: str, one: Survey | InputError) -> dict[str, Any]:
    title = endpoint.replace("_", " ").capitalize()
    if isinstance(one, InputError):
        return {"title": title, "refused": str(one)}
    s = one.stacked
    names = (SUPER_MODEL, yardstick(endpoint), CARRIED)
    by_patient = next(iter(one.warnings.values()))
    return {
        "title": title,
        "refused": "",
        "sentence": one.judged.sentence,
        "counts": f"{len(s.patients)} patients at risk at one of the landmarks "
        f"{', '.join(map(str, s.landmarks))}, {int(s.with_event.sum())} of them with the event "
        f"within {s.horizon} days of one; {len(s.visit_day)} visits.",
        "figures": _figures(one, names),
        "columns": [label_of(name) for name in names],
        "landmarks": _landmark_rows(one.by_landmark, names),
        "watched": int(by_patient.has_event.sum()),
        "without": int((~by_patient.has_event).sum()),
        "warnings": [
            {"rate": words, "rows": [_warning_row(row) for row in _held(one.lead_time, per)]}
            for per, words in HELD.items()
        ],
        "note": f"Cross-validated: {one.scored.plan.note}. Share warned, super-model minus "
        f"{label_of(names[1])} alone, at 10 % of patients: {interval(one.warned_gain.as_dict())}.",
    }


def _figures(one: Survey, names: tuple[str, ...]) -> list[dict[str, Any]]:
    made = (
        ("Risk over time", pictures.courses(one),
         "Red: patients with the event, up to the last visit before it; grey: others. Dots are "
         "alarms at 10 % of patients. At most 60 patients are drawn."),
        ("AUC by landmark", pictures.auc_by_landmark(one, names),
         "Who, at risk on that day, will have the event in the window; 0.5 is a coin."),
        ("Warned how early", pictures.lead_curve(one.warnings, names),
         "Share of the events warned at least so many days before, at 10 % of patients without "
         "the event alarmed."),
    )  # fmt: skip
    return [
        {"title": title, "svg": Markup(svg), "caption": caption}  # noqa: S704  (our own SVG; its words are escaped where it is drawn)
        for title, svg, caption in made
    ]


def _landmark_rows(table: pd.DataFrame, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = []
    for landmark in table["landmark"].unique():
        at = table[table["landmark"] == landmark].set_index("score")
        first = at.loc[names[0]]
        rows.append(
            {"landmark": ALL if landmark == "all" else landmark, "events": int(first["events"]),
             "controls": int(first["controls"]),
             "cells": [_cell(at.loc[name], "auc") for name in names],
             "skill": _cell(first, "brier_skill")}
        )  # fmt: skip
    return rows


def _cell(row: Mapping[str, Any] | pd.Series, name: str, digits: int = 2) -> str:
    """A measure's three columns in words; a dash where it cannot be told."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return NOTHING
    low, high = (None if pd.isna(bound) else bound for bound in (low, high))
    return interval({"value": value, "low": low, "high": high}, digits)


def _held(table: pd.DataFrame, per: str) -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = table[table["rate_held_per"] == per].to_dict("records")
    return rows


def _warning_row(row: Mapping[Any, Any]) -> dict[str, str]:
    shortly = next(value for key, value in row.items() if str(key).startswith("alarmed_within"))
    return {
        "label": label_of(str(row["score"])),
        "seen": f"{row['false_alarms']:.0%}",
        "visits": f"{row['false_alarms_per_100_visits']:.1f}",
        "share": _cell(row, "share_warned"),
        "lead": _cell(row, "median_lead_days", 0),
        "shortly": f"{shortly:.0%}",
    }


def _together(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One table, by rows: `concat` warns where an endpoint has nothing but missing values."""
    rows = [
        {**row, "endpoint": key} for key, one in tables.items() for row in one.to_dict("records")
    ]
    return pd.DataFrame(rows)
