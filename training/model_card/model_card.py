"""Model card: one page of markdown, stored with the model."""

from typing import cast

from training.evaluation.documents.evaluation_document import ModelEvaluation
from training.model_card import card_sections as sections
from training.model_card import joint_fit_sections as joint_fit
from training.model_card import robustness_sections as robustness
from training.model_card.joint_fit_sections import enumeration
from training.model_card.tripod import checklist


def model_card(evaluation: ModelEvaluation, name: str) -> str:
    """Write the card from an endpoint's evaluation (the content of evaluation.json).

    `name` is the model's in the registry. Numbers are those of the evaluation, rounded; nothing is
    computed.
    """
    e = evaluation
    horizons = enumeration([str(horizon) for horizon in e["model"]["horizons"]])
    parts = [
        f"# {name}",
        sections.origin_notices(e["provenance"]),
        f"Risk of {e['endpoint_words']['singular']} after CD7 CAR-T therapy, scored at day "
        f"{e['landmark']} for the next {horizons} days; judged at {e['horizon']} days. "
        f"The question it answers: {e['question']}.",
        sections.verdict(e),
        joint_fit.signal(e),
        _cohort(e),
        sections.characteristics(e),
        sections.covariates(e),
        joint_fit.learned(e),
        _performance(e),
        robustness.smooth_calibration(e),
        robustness.net_benefit(e),
        joint_fit.together(e["joint"]),
        joint_fit.challenger(e),
        sections.comparators(e),
        robustness.sites(e),
        robustness.sensitivity(e),
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
    parts = [
        f"## Cohort\n\n{sections.participants(e)}",
        _earlier_onsets(e),
        sections.table(head, rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _earlier_onsets(e: ModelEvaluation) -> str:
    """How many patients had an onset before the landmark, where there are any."""
    n = cast(dict[str, object], e).get("earlier_onsets")
    if not n:
        return ""
    return (
        f"Patients at risk with such an infection by day {e['landmark']}: {n}. It excludes nobody; "
        "only one after the landmark counts as the event."
    )


def _performance(e: ModelEvaluation) -> str:
    folds = e["folds"]
    method = (
        f"Cross-validation ({folds['repeats']} x {folds['folds']} folds, by {folds['by']}: "
        f"{folds['note']}); everything that learns sees the training part only; the AUC compares "
        "patients of the same fold only; intervals from redrawing patients."
    )
    return sections.performance(e, method, "Out of fold")


def _limits(e: ModelEvaluation) -> str:
    size = e["sample_size"]
    gaps = sorted((row for row in e["missingness"] if row["missing"]), key=lambda r: -r["missing"])
    missing = ", ".join(f"{row['feature']} {row['missing']:.0%}" for row in gaps[:5]) or "nothing"
    lines = [
        f"- {size['patients']} patients for {size['parameters']} features; expected "
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
        ["joint fit", e["model"]["joint_fit"]],
        ["look at these patients", str(e["look"]["number"])],
    ]
    return sections.origin(e, rows)
