"""Sections that a model card and a report of its evaluation share, as markdown.

Numbers are those of the evaluation, rounded; nothing is computed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from training.model_card.tripod import Item

MEASURES: dict[str, str] = {
    "auc": "AUC",
    "brier": "Brier score",
    "brier_prevalence": "Brier score of the prevalence",
    "brier_skill": "Brier skill over prevalence",
    "observed_over_expected": "Observed over expected",
    "calibration_intercept": "Calibration intercept",
    "calibration_slope": "Calibration slope",
}
BY: dict[str, str] = {
    "age": "age", "sex": "sex", "site": "site", "infusion_year": "year of infusion",
}  # fmt: skip


def origin_words(provenance: str) -> str:
    """What stands under every title."""
    return f"**{RESEARCH_USE_ONLY}**" + (f" **{SYNTHETIC}**" if provenance == "synthetic" else "")


def verdict(e: Mapping[str, Any]) -> str:
    """State, sentences, and each check with how it went."""
    found = e["verdict"]
    lines = [f"- passed: {line}" for line in found["passed"]]
    lines += [f"- failed: {line}" for line in found["failed"]]
    return "\n".join([f"## Verdict: {found['state']}", "", *found["sentences"], "", *lines])


def participants(e: Mapping[str, Any]) -> str:
    """Participant flow."""
    return table(["Patients", "n"], [[s["reason"], str(s["n"])] for s in e["participant_flow"]])


def characteristics(e: Mapping[str, Any]) -> str:
    """The core features of patients with and without the event."""
    rows = [
        [row["feature"], *(_spread(row[key]) for key in ("with_event", "without_event"))]
        for row in e["characteristics"]
    ]
    head = ["Feature", "With the event", "Without"]
    note = "Median (quartiles), known values; under 5 known values, their number only."
    return f"{table(head, rows)}\n\n{note}" if rows else ""


def _spread(found: Mapping[str, Any]) -> str:
    if found["median"] is None:
        return f"{found['known']} known"
    low, middle, high = (f"{found[key]:.3g}" for key in ("low", "median", "high"))
    return f"{middle} ({low} to {high}), {found['known']}"


def performance(e: Mapping[str, Any], how: str, column: str) -> str:
    """Every measure with its interval, and why a calibration curve is not drawn."""
    rows = [[label, *value_and_interval(e["metrics"][key])] for key, label in MEASURES.items()]
    shape = e["calibration_curve"]["reason"] or "The calibration curve is in the run's plots."
    measures = table(["Measure", column, "95 % interval"], rows)
    return f"## Performance at {e['horizon']} days\n\n{how}\n\n{measures}\n\n{sentence(shape)}"


def comparators(e: Mapping[str, Any]) -> str:
    """The model beside scores in use."""
    rows = []
    for name, rival in e["comparators"].items():
        if rival["compared"]:
            difference = value_and_interval(rival["brier_difference"])
            rows.append([name, str(rival["patients"]), *difference])
        else:
            rows.append([name, str(rival["patients"]), "not compared", rival["reason"]])
    if not rows:
        return "## Against scores in use\n\nThe table held the inputs of none."
    head = ["Score", "Patients", "Brier difference (below 0: model better)", "95 % interval"]
    return f"## Against scores in use\n\n{table(head, rows)}"


def subgroups(e: Mapping[str, Any]) -> str:
    """Counts and performance by group; groupings that were not given are named."""
    rows = [
        [row["by"].replace("_", " "), row["value"], str(row["n"]), str(row["events"]),
         number(row["auc"]), number(row["observed_over_expected"])]
        for row in e["subgroups"]
    ]  # fmt: skip
    given = {row["by"] for row in e["subgroups"]}
    absent = [words for key, words in BY.items() if key not in given]
    note = f"Not given for this cohort: {', '.join(absent)}." if absent else ""
    head = ["By", "Group", "Patients", "Events", "AUC", "Observed over expected"]
    why = "Under 5 events or non-events in a group, counts only; no test of differences."
    found = table(head, rows) if rows else ""
    return "\n\n".join(part for part in ("## Subgroups", found, f"{why} {note}".strip()) if part)


def use(e: Mapping[str, Any]) -> str:
    """What the model is for, and what it must not be used for."""
    lines = [
        "## Intended use",
        "",
        "Research on cohorts after CD7 CAR-T therapy: to see which measured blood features go with "
        f"{e['endpoint'].replace('_', ' ')}, and how far a risk built on them can be trusted.",
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
    """The checklist, and how much of it the data could answer."""
    rows = [[str(i.number), i.topic, i.answer.replace("|", "/")] for i in items]
    whole = sum(item.given and not item.in_part for item in items)
    part = sum(item.given and item.in_part for item in items)
    head = (
        "## TRIPOD+AI\n\nCollins et al., BMJ 2024;385:e078378. "
        f"Of {len(items)} items {whole} are answered from the data, {part} in part, "
        f"{len(items) - whole - part} not; what is missing is named."
    )
    return f"{head}\n\n{table(['Item', 'Asks for', 'Answer'], rows)}"


def origin(e: Mapping[str, Any], more: Sequence[Sequence[str]]) -> str:
    """Where the tables came from, by checksum; `more` are the rows that only one card has."""
    rows = [
        ["provenance", e["provenance"]],
        ["feature schema version", e["schema_version"]],
        ["features, sha256", e["features_sha256"]],
        ["outcomes, sha256", e["outcomes_sha256"]],
        *more,
    ]
    return f"## Origin\n\n{table(['', ''], rows)}"


def value_and_interval(measure: Mapping[str, float | None]) -> list[str]:
    """Two cells: the value, and its interval or "undefined"."""
    low, high = measure["low"], measure["high"]
    spread = "undefined" if low is None else f"{number(low)} to {number(high)}"
    return [number(measure["value"]), spread]


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
