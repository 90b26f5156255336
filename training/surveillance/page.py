"""Surveillance page: one self-contained HTML page of relapse and fatal infection."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.cohort import Cohort
from training.cohort.labels_text import interval
from training.surveillance import pictures
from training.surveillance.result_tables import label_of
from training.surveillance.scores import CARRIED_FORWARD, SUPER_MODEL, reference_score
from training.surveillance.stacked_landmarks import FEWEST_EVENTS
from training.surveillance.surveillance import Results, SurveillanceResult

NO_VALUE, ALL_LANDMARKS = "-", "all, counted at each"
RATE_TEXTS = {
    "patient": "false alarms held at 10 % of patients",
    "visit": "false alarms held at 5 per 100 visits",
}


def render(cohort: Cohort, results: Results) -> str:
    """The page as text."""
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    )
    estimable = [one for one in results.values() if isinstance(one, SurveillanceResult)]
    return template.render(
        horizon=estimable[0].stack.horizon,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        research=RESEARCH_USE_ONLY,
        synthetic=SYNTHETIC if cohort.provenance == "synthetic" else "",
        endpoints=[_endpoint_view(endpoint, result) for endpoint, result in results.items()],
        fewest=FEWEST_EVENTS,
        digest=cohort.samples.digest[:12],
        schema_version=cohort.samples.schema_version,
        outcomes_digest=cohort.outcomes.digest[:12],
        transplant=TRANSPLANT_RULES[cohort.transplant],
    )


def _endpoint_view(endpoint: str, result: SurveillanceResult | InputError) -> dict[str, Any]:
    title = endpoint.replace("_", " ").capitalize()
    if isinstance(result, InputError):
        return {"title": title, "refused": str(result)}
    names = (SUPER_MODEL, reference_score(endpoint), CARRIED_FORWARD)
    by_patient = next(iter(result.warnings.values()))
    warned_gain = interval(result.warned_gain.as_dict())
    return {
        "title": title,
        "refused": "",
        "sentence": result.verdict.sentence,
        "counts": _counts_sentence(result),
        "figures": _figures(result, names),
        "columns": [label_of(name) for name in names],
        "landmarks": _landmark_rows(result.by_landmark, names),
        "watched": int(by_patient.has_event.sum()),
        "without": int((~by_patient.has_event).sum()),
        "warnings": _warning_tables(result.lead_time),
        "note": f"Cross-validated: {result.scored.plan.note}. Share warned, super-model minus "
        f"{label_of(names[1])} alone, at 10 % of patients: {warned_gain}.",
    }


def _counts_sentence(result: SurveillanceResult) -> str:
    stack = result.stack
    return (
        f"{len(stack.patients)} patients at risk at one of the landmarks "
        f"{', '.join(map(str, stack.landmarks))}, {int(stack.with_event.sum())} of them with the "
        f"event within {stack.horizon} days of one; {len(stack.visit_day)} visits."
    )


def _figures(result: SurveillanceResult, names: tuple[str, ...]) -> list[dict[str, Any]]:
    figures = (
        ("Risk over time", pictures.courses(result),
         "Red: patients with the event, up to the last visit before it; grey: others. Dots are "
         "alarms at 10 % of patients. At most 60 patients are drawn."),
        ("AUC by landmark", pictures.auc_by_landmark(result, names),
         "Who, at risk on that day, will have the event in the window; a random score has 0.5."),
        ("Lead time", pictures.lead_curve(result.warnings, names),
         "Share of the events warned at least so many days before, at 10 % of patients without "
         "the event alarmed."),
    )  # fmt: skip
    return [
        {"title": title, "svg": Markup(svg), "caption": caption}  # noqa: S704  (our own SVG; its texts are escaped where it is drawn)
        for title, svg, caption in figures
    ]


def _landmark_rows(table: pd.DataFrame, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = []
    for landmark in table["landmark"].unique():
        at = table[table["landmark"] == landmark].set_index("score")
        super_model = at.loc[names[0]]
        rows.append(
            {
                "landmark": ALL_LANDMARKS if landmark == "all" else landmark,
                "events": int(super_model["events"]),
                "controls": int(super_model["controls"]),
                "cells": [_cell(at.loc[name], "auc") for name in names],
                "skill": _cell(super_model, "brier_skill"),
            }
        )
    return rows


def _cell(row: Mapping[str, Any] | pd.Series, name: str, digits: int = 2) -> str:
    """A measure's three columns as text; a dash where it cannot be estimated."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return NO_VALUE
    low, high = (None if pd.isna(bound) else bound for bound in (low, high))
    return interval({"value": value, "low": low, "high": high}, digits)


def _warning_tables(lead_time: pd.DataFrame) -> list[dict[str, Any]]:
    """One table for each false-alarm rate."""
    return [
        {
            "rate": text,
            "rows": [
                _warning_row(row)
                for row in lead_time[lead_time["rate_held_per"] == per].to_dict("records")
            ],
        }
        for per, text in RATE_TEXTS.items()
    ]


def _warning_row(row: Mapping[Any, Any]) -> dict[str, str]:
    shortly = next(value for key, value in row.items() if str(key).startswith("alarmed_within"))
    return {
        "label": label_of(str(row["score"])),
        "false_alarms": f"{row['false_alarms']:.0%}",
        "visits": f"{row['false_alarms_per_100_visits']:.1f}",
        "share": _cell(row, "share_warned"),
        "lead": _cell(row, "median_lead_days", 0),
        "shortly": f"{shortly:.0%}",
    }
