"""The model card: one page of markdown that goes wherever the model goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.model_card import card_sections as sections
from training.model_card.registry_names import registered_name
from training.model_card.tripod import checklist


def model_card(evaluation: Mapping[str, Any]) -> str:
    """Write the card from an endpoint's evaluation (the content of evaluation.json).

    Assumes a model was fitted. Numbers are those of the evaluation, rounded; nothing is computed.
    """
    e = evaluation
    name = e["endpoint"].replace("_", " ")
    parts = [
        f"# {registered_name(e['endpoint'])}",
        sections.origin_words(e["provenance"]),
        f"Risk of {name} after CD7 CAR-T therapy, scored at day {e['landmark']} for the next "
        f"{_listed(list(e['models']))} days; judged at {e['horizon']} days. "
        f"The question it answers: {e['question']}.",
        sections.verdict(e),
        _cohort(e),
        sections.characteristics(e),
        _models(e),
        _performance(e),
        sections.comparators(e),
        sections.subgroups(e),
        sections.use(e),
        _limits(e),
        sections.tripod(checklist(e)),
        _origin(e),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cohort(e: Mapping[str, Any]) -> str:
    rows = [
        [h, str(c["known"]), str(c["events"]), str(c["competing_events"]), c["refused"] or "yes"]
        for h, c in e["horizons"].items()
    ]
    head = ["Horizon (days)", "Known labels", "Events", "Competing events", "Model fitted"]
    return f"## Cohort\n\n{sections.participants(e)}\n\n{sections.table(head, rows)}"


def _models(e: Mapping[str, Any]) -> str:
    rows = [[h, m["candidate"].replace("_", " "), f"{m['prevalence']:.3f}"]
            for h, m in e["models"].items()]  # fmt: skip
    chosen = ", ".join(f"{n.replace('_', ' ')} {s:.0%}" for n, s in e["selection"].items())
    table = sections.table(["Horizon (days)", "Selected candidate", "Prevalence"], rows)
    return f"## Models\n\n{table}\n\nSelected in the outer folds: {chosen}."


def _performance(e: Mapping[str, Any]) -> str:
    folds, permutation = e["folds"], e["permutation"]
    p = f"permutation p = {permutation['p']:.3g}" if permutation else "no permutation test"
    how = (
        f"Repeated nested cross-validation ({folds['repeats']} x {folds['folds']}, by "
        f"{folds['by']}: {folds['note']}); the AUC compares patients of the same fold only; "
        f"intervals from redrawing patients; {p}."
    )
    return sections.performance(e, how, "Out of fold")


def _limits(e: Mapping[str, Any]) -> str:
    size = e["sample_size"]
    gaps = sorted((row for row in e["missingness"] if row["missing"]), key=lambda r: -r["missing"])
    missing = ", ".join(f"{row['feature']} {row['missing']:.0%}" for row in gaps[:5]) or "nothing"
    lines = [
        f"- {size['patients']} patients for {size['parameters']} candidate parameters; expected "
        f"shrinkage {sections.number(size['expected_shrinkage'])}.",
        f"- Most often missing: {missing}.",
        "- Stability intervals show how far another cohort of this size would have moved a risk; "
        "they are no confidence intervals.",
        "- Outside the training ranges the model flags, far outside it gives no risk.",
        "- Signs are learned from this cohort; monocyte effects are known to change with time.",
    ]
    return "\n".join(["## Limits", "", *lines])


def _origin(e: Mapping[str, Any]) -> str:
    rows = [
        ["protocol, sha256", e["protocol_sha256"]],
        ["fit number on these outcomes", str(e["fit_number"])],
    ]
    return sections.origin(e, rows)


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
