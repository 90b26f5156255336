"""Sections that a model card and an evaluation card share, as markdown.

Numbers are those of the evaluation, rounded; nothing is computed.
"""

from collections.abc import Sequence

from features.covariates import CovariateDocument
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from models.disclosed_cohort import MeasureDocument
from training.evaluation.documents.cohort_sections import CohortSections, Quartiles
from training.evaluation.documents.evaluation_document import PerformanceDocument
from training.evaluation.documents.model_sections import (
    CalibrationErrorName,
    ComparedScore,
    MetricName,
    UncomparedScore,
)
from training.model_card.tripod import Item

MEASURES: dict[MetricName, str] = {
    "auc": "AUC",
    "brier": "Brier score",
    "brier_prevalence": "Brier score of the prevalence",
    "brier_skill": "Brier skill over prevalence",
    "observed_over_expected": "Observed over expected",
    "calibration_intercept": "Calibration intercept",
    "calibration_slope": "Calibration slope",
}
CALIBRATION_ERRORS: dict[CalibrationErrorName, str] = {
    "ici": "Calibration error, mean (ICI)",
    "e50": "Calibration error, median (E50)",
    "e90": "Calibration error, 90th percentile (E90)",
}
GROUPINGS: dict[str, str] = {
    "age": "age", "sex": "sex", "site": "site", "infusion_year": "year of infusion",
}  # fmt: skip


def origin_notices(provenance: str) -> str:
    """Notices under every title: research use only, simulated patients."""
    return f"**{RESEARCH_USE_ONLY}**" + (f" **{SYNTHETIC}**" if provenance == "synthetic" else "")


def verdict(e: PerformanceDocument) -> str:
    """State, sentences, and each check with its result."""
    section = e["verdict"]
    lines = [f"- passed: {line}" for line in section["passed"]]
    lines += [f"- failed: {line}" for line in section["failed"]]
    return "\n".join([f"## Verdict: {section['state']}", "", *section["sentences"], "", *lines])


def participants(e: CohortSections) -> str:
    """Participant flow."""
    return table(["Patients", "n"], [[s["reason"], str(s["n"])] for s in e["participant_flow"]])


def characteristics(e: PerformanceDocument) -> str:
    """The core features of patients with and without the event."""
    rows = [
        [row["feature"], _quartiles(row["with_event"]), _quartiles(row["without_event"])]
        for row in e["characteristics"]
    ]
    head = ["Feature", "With the event", "Without"]
    note = "Median (quartiles), known values; under 5 known values, their number only."
    return f"{table(head, rows)}\n\n{note}" if rows else ""


def _quartiles(values: Quartiles) -> str:
    if values["median"] is None:
        return f"{values['known']} known"
    low, median, high = (f"{q:.3g}" for q in (values["low"], values["median"], values["high"]))
    return f"{median} ({low} to {high}), {values['known']}"


def covariates(e: CohortSections) -> str:
    """The inputs that the group declared: what each value means; nothing without any."""
    rows = [
        [text.replace("|", "/") for text in (c["name"], c["label"], c["meaning"])]
        + [c.get("unit", "").replace("|", "/"), _range(c)]
        for c in e["covariates"]
    ]
    head = ["Column", "Label", "Meaning", "Unit", "Range"]
    return f"## Inputs that the group declared\n\n{table(head, rows)}" if rows else ""


def _range(covariate: CovariateDocument) -> str:
    low, high = covariate.get("low"), covariate.get("high")
    return "0 or 1" if low is None or high is None else f"{low:g} to {high:g}"


def performance(e: PerformanceDocument, method: str, column: str) -> str:
    """Every measure with its interval, and why a calibration curve is not drawn."""
    rows = [[label, *value_and_interval(e["metrics"][key])] for key, label in MEASURES.items()]
    rows += [
        [label, *value_and_interval(e["calibration_error"][key])]
        for key, label in CALIBRATION_ERRORS.items()
    ]
    curve = e["calibration_curve"]["reason"] or "the curve is in the run's plots"
    measures = table(["Measure", column, "95 % interval"], rows)
    head = f"## Performance at {e['horizon']} days"
    return f"{head}\n\n{method}\n\n{measures}\n\nIn groups: {curve.rstrip('.')}."


def comparators(e: PerformanceDocument) -> str:
    """Brier scores of the model and of clinical scores."""
    rows = [_comparator(name, entry) for name, entry in e["comparators"].items()]
    if not rows:
        return "## Against scores in use\n\nThe table held the inputs of none."
    head = ["Score", "Patients", "Brier difference (below 0: model better)", "95 % interval"]
    return f"## Against scores in use\n\n{table(head, rows)}"


def _comparator(name: str, entry: ComparedScore | UncomparedScore) -> list[str]:
    if entry["compared"]:
        return [name, str(entry["patients"]), *value_and_interval(entry["brier_difference"])]
    return [name, str(entry["patients"]), "not compared", entry["reason"]]


def subgroups(e: PerformanceDocument) -> str:
    """Counts and performance by group; groupings that the cohort lacks are named."""
    rows = [
        [row["by"].replace("_", " "), row["value"], str(row["n"]), str(row["events"]),
         number(row["auc"]), number(row["observed_over_expected"])]
        for row in e["subgroups"]
    ]  # fmt: skip
    head = ["By", "Group", "Patients", "Events", "AUC", "Observed over expected"]
    rule = "Under 5 events or non-events in a group, counts only; no test of differences."
    note = f"{rule} {_absent_groupings(e)}".strip()
    parts = ("## Subgroups", table(head, rows) if rows else "", note)
    return "\n\n".join(part for part in parts if part)


def _absent_groupings(e: PerformanceDocument) -> str:
    columns = {row["by"] for row in e["subgroups"]}
    names = [name for column, name in GROUPINGS.items() if column not in columns]
    return f"Not given for this cohort: {', '.join(names)}." if names else ""


def use(e: CohortSections) -> str:
    """Intended use, and what the model must not be used for."""
    lines = [
        "## Intended use",
        "",
        "Research on cohorts after CD7 CAR-T therapy: to see which measured blood features go with "
        f"{e['endpoint_words']['singular']}, and how far a risk built on them can be trusted.",
        "",
        "It must not be used",
        "",
        "- to decide on a patient's treatment, transplant, antibiotics or discharge;",
        f"- at another time than day {e['landmark']}, or on patients not in remission then;",
        "- on sorted or enriched samples, or on cell types named in another way than in training;",
        "- after other therapies than CD7 CAR-T, or under care that differs in transplant policy;",
        "- to compare hospitals, or as a reason why something happened: effects are associations.",
    ]
    return "\n".join(lines)


def tripod(items: Sequence[Item]) -> str:
    """The checklist, and how many of its items the data could answer."""
    rows = [[str(i.number), i.topic, i.answer.replace("|", "/")] for i in items]
    full = sum(item.has_answer and not item.in_part for item in items)
    part = sum(item.has_answer and item.in_part for item in items)
    head = (
        "## TRIPOD+AI\n\nCollins et al., BMJ 2024;385:e078378. "
        f"Of {len(items)} items {full} are answered from the data, {part} in part, "
        f"{len(items) - full - part} not; what is missing is named."
    )
    return f"{head}\n\n{table(['Item', 'Asks for', 'Answer'], rows)}"


def origin(e: CohortSections, extra_rows: Sequence[Sequence[str]]) -> str:
    """Origin of the tables, by checksum; `extra_rows` are those that only one card has."""
    rows = [
        ["provenance", e["provenance"]],
        ["feature schema version", e["schema_version"]],
        ["features, sha256", e["features_sha256"]],
        ["outcomes, sha256", e["outcomes_sha256"]],
        *extra_rows,
    ]
    return f"## Origin\n\n{table(['', ''], rows)}"


def value_and_interval(measure: MeasureDocument) -> list[str]:
    """Two cells: the value, and its interval or "undefined"."""
    low, high = measure["low"], measure["high"]
    interval = "undefined" if low is None else f"{number(low)} to {number(high)}"
    return [number(measure["value"]), interval]


def number(value: float | None) -> str:
    """Three decimals.

    >>> number(0.12345), number(None)
    ('0.123', 'undefined')
    """
    return "undefined" if value is None else f"{value:.3f}"


def sentence(text: str) -> str:
    """A clause as a sentence.

    >>> sentence("none was made")
    'None was made.'
    """
    return text[:1].upper() + text[1:].rstrip(".") + "."


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
