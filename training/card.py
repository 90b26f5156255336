"""The model card: one page of markdown that goes wherever the model goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from features.words import RESEARCH_USE_ONLY, SYNTHETIC
from training.registry_names import registered_name
from training.tripod import checklist

MEASURES: dict[str, str] = {
    "auc": "AUC (same fold only)",
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


def model_card(evaluation: Mapping[str, Any]) -> str:
    """Write the card from an endpoint's evaluation (the content of evaluation.json).

    Assumes a model was fitted. Numbers are those of the evaluation, rounded; nothing is computed.
    """
    e = evaluation
    name = e["endpoint"].replace("_", " ")
    parts = [
        f"# {registered_name(e['endpoint'])}",
        f"**{RESEARCH_USE_ONLY}**"
        + (f" **{SYNTHETIC}**" if e["provenance"] == "synthetic" else ""),
        f"Risk of {name} after CD7 CAR-T therapy, scored at day {e['landmark']} for the next "
        f"{_listed(list(e['models']))} days; judged at {e['horizon']} days. "
        f"The question it answers: {e['question']}.",
        _verdict(e),
        _cohort(e),
        _models(e),
        _performance(e),
        _comparators(e),
        _subgroups(e),
        _use(e),
        _limits(e),
        _tripod(e),
        _origin(e),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict(e: Mapping[str, Any]) -> str:
    verdict = e["verdict"]
    lines = [f"- passed: {line}" for line in verdict["passed"]]
    lines += [f"- failed: {line}" for line in verdict["failed"]]
    return "\n".join([f"## Verdict: {verdict['state']}", "", *verdict["sentences"], "", *lines])


def _cohort(e: Mapping[str, Any]) -> str:
    flow = _table(["Patients", "n"], [[s["reason"], str(s["n"])] for s in e["participant_flow"]])
    rows = [
        [h, str(c["known"]), str(c["events"]), str(c["competing_events"]), c["refused"] or "yes"]
        for h, c in e["horizons"].items()
    ]
    head = ["Horizon (days)", "Known labels", "Events", "Competing events", "Model fitted"]
    return f"## Cohort\n\n{flow}\n\n{_table(head, rows)}"


def _models(e: Mapping[str, Any]) -> str:
    rows = [[h, m["candidate"].replace("_", " "), f"{m['prevalence']:.3f}"]
            for h, m in e["models"].items()]  # fmt: skip
    chosen = ", ".join(f"{n.replace('_', ' ')} {s:.0%}" for n, s in e["selection"].items())
    table = _table(["Horizon (days)", "Selected candidate", "Prevalence"], rows)
    return f"## Models\n\n{table}\n\nSelected in the outer folds: {chosen}."


def _performance(e: Mapping[str, Any]) -> str:
    rows = [[label, *_interval(e["metrics"][key])] for key, label in MEASURES.items()]
    folds = e["folds"]
    how = (
        f"Repeated nested cross-validation ({folds['repeats']} x {folds['folds']}, by "
        f"{folds['by']}: {folds['note']}); intervals from redrawing patients."
    )
    permutation = e["permutation"]
    p = f"Permutation p = {permutation['p']:.3g}." if permutation else "No permutation test."
    shape = e["calibration_curve"]["reason"] or "The calibration curve is in the run's plots."
    table = _table(["Measure", "Out of fold", "95 % interval"], rows)
    return f"## Performance at {e['horizon']} days\n\n{how}\n\n{table}\n\n{p} {_sentence(shape)}"


def _comparators(e: Mapping[str, Any]) -> str:
    rows = []
    for name, rival in e["comparators"].items():
        if rival["compared"]:
            rows.append([name, str(rival["patients"]), *_interval(rival["brier_difference"])])
        else:
            rows.append([name, str(rival["patients"]), "not compared", rival["reason"]])
    if not rows:
        return "## Against scores in use\n\nThe table held the inputs of none."
    head = ["Score", "Patients", "Brier difference (below 0: model better)", "95 % interval"]
    return f"## Against scores in use\n\n{_table(head, rows)}"


def _subgroups(e: Mapping[str, Any]) -> str:
    rows = [
        [row["by"].replace("_", " "), row["value"], str(row["n"]), str(row["events"]),
         _number(row["auc"]), _number(row["observed_over_expected"])]
        for row in e["subgroups"]
    ]  # fmt: skip
    given = {row["by"] for row in e["subgroups"]}
    absent = [words for key, words in BY.items() if key not in given]
    note = f"Not given for this cohort: {', '.join(absent)}." if absent else ""
    head = ["By", "Group", "Patients", "Events", "AUC", "Observed over expected"]
    why = "Under 5 events or non-events in a group, counts only; no test of differences."
    table = _table(head, rows) if rows else ""
    return "\n\n".join(part for part in ("## Subgroups", table, f"{why} {note}".strip()) if part)


def _use(e: Mapping[str, Any]) -> str:
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


def _tripod(e: Mapping[str, Any]) -> str:
    items = checklist(e)
    rows = [[str(i.number), i.topic, i.answer.replace("|", "/")] for i in items]
    given = sum(item.given for item in items)
    head = "## TRIPOD+AI\n\nCollins et al., BMJ 2024;385:e078378. "
    head += (
        f"{given} of {len(items)} items answered from the data; the others are named as missing."
    )
    return f"{head}\n\n{_table(['Item', 'Asks for', 'Answer'], rows)}"


def _limits(e: Mapping[str, Any]) -> str:
    size = e["sample_size"]
    gaps = sorted((row for row in e["missingness"] if row["missing"]), key=lambda r: -r["missing"])
    missing = ", ".join(f"{row['feature']} {row['missing']:.0%}" for row in gaps[:5]) or "nothing"
    lines = [
        f"- {size['patients']} patients for {size['parameters']} candidate parameters; expected "
        f"shrinkage {_number(size['expected_shrinkage'])}.",
        f"- Most often missing: {missing}.",
        "- Stability intervals show how far another cohort of this size would have moved a risk; "
        "they are no confidence intervals.",
        "- Outside the training ranges the model flags, far outside it gives no risk.",
        "- Signs are learned from this cohort; monocyte effects are known to change with time.",
    ]
    return "\n".join(["## Limits", "", *lines])


def _origin(e: Mapping[str, Any]) -> str:
    rows = [
        ["provenance", e["provenance"]],
        ["feature schema version", e["schema_version"]],
        ["features, sha256", e["features_sha256"]],
        ["outcomes, sha256", e["outcomes_sha256"]],
        ["protocol, sha256", e["protocol_sha256"]],
        ["fit number on these outcomes", str(e["fit_number"])],
    ]
    return f"## Origin\n\n{_table(['', ''], rows)}"


def _interval(measure: Mapping[str, float | None]) -> list[str]:
    low, high = measure["low"], measure["high"]
    spread = "undefined" if low is None else f"{_number(low)} to {_number(high)}"
    return [_number(measure["value"]), spread]


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
