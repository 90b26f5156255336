"""Model card: one page of markdown, stored with the model."""

from collections.abc import Sequence

from training.evaluation.documents.evaluation_document import ModelEvaluation
from training.evaluation.documents.model_sections import PermutationSection
from training.model_card import card_sections as sections
from training.model_card.tripod import checklist


def model_card(evaluation: ModelEvaluation, name: str) -> str:
    """Write the card from an endpoint's evaluation (the content of evaluation.json).

    `name` is the model's in the registry. Numbers are those of the evaluation, rounded; nothing is
    computed.
    """
    e = evaluation
    endpoint = e["endpoint"].replace("_", " ")
    parts = [
        f"# {name}",
        sections.origin_notices(e["provenance"]),
        f"Risk of {endpoint} after CD7 CAR-T therapy, scored at day {e['landmark']} for the next "
        f"{_enumeration(list(e['models']))} days; judged at {e['horizon']} days. "
        f"The question it answers: {e['question']}.",
        sections.verdict(e),
        _cohort(e),
        sections.characteristics(e),
        sections.covariates(e),
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


def _cohort(e: ModelEvaluation) -> str:
    rows = [
        [h, str(c["known"]), str(c["events"]), str(c["competing_events"]), c["refused"] or "yes"]
        for h, c in e["horizons"].items()
    ]
    head = ["Horizon (days)", "Known labels", "Events", "Competing events", "Model fitted"]
    return f"## Cohort\n\n{sections.participants(e)}\n\n{sections.table(head, rows)}"


def _models(e: ModelEvaluation) -> str:
    rows = [[h, m["candidate"].replace("_", " "), f"{m['prevalence']:.3f}"]
            for h, m in e["models"].items()]  # fmt: skip
    shares = ", ".join(f"{n.replace('_', ' ')} {s:.0%}" for n, s in e["selection"].items())
    table = sections.table(["Horizon (days)", "Selected candidate", "Prevalence"], rows)
    return f"## Models\n\n{table}\n\nSelected in the outer folds: {shares}."


def _performance(e: ModelEvaluation) -> str:
    folds, permutation = e["folds"], e["permutation"]
    test = _permutation(permutation) if permutation else "no permutation test"
    method = (
        f"Repeated nested cross-validation ({folds['repeats']} x {folds['folds']}, by "
        f"{folds['by']}: {folds['note']}); the AUC compares patients of the same fold only; "
        f"intervals from redrawing patients; {test}."
    )
    return sections.performance(e, method, "Out of fold")


def _permutation(section: PermutationSection) -> str:
    p = section["p"]
    return "permutation p undefined" if p is None else f"permutation p = {p:.3g}"


def _limits(e: ModelEvaluation) -> str:
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


def _origin(e: ModelEvaluation) -> str:
    rows = [
        ["protocol, sha256", e["protocol_sha256"]],
        ["fit number on these outcomes", str(e["fit_number"])],
    ]
    return sections.origin(e, rows)


def _enumeration(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
