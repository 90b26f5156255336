"""Evaluation card: the report of a stored model's external validation, as markdown."""

from training.evaluation.documents.evaluation_document import ExternalEvaluation
from training.model_card import card_sections as sections
from training.model_card import robustness_sections as robustness
from training.model_card.tripod_evaluation import evaluation_checklist


def evaluation_card(evaluation: ExternalEvaluation, model: str) -> str:
    """Write the report from the content of an evaluation's evaluation.json.

    `model` names what was evaluated, for people. Numbers are those of the evaluation, rounded.
    """
    e = evaluation
    parts = [
        f"# Evaluation of {model}",
        sections.origin_notices(e["provenance"]),
        f"Risk of {e['endpoint_words']['singular']} within {e['horizon']} days of day "
        f"{e['landmark']} after CD7 CAR-T therapy, by a stored model, on another cohort. "
        f"The question it answers: {e['question']}.",
        _earlier_evaluation(e),
        sections.verdict(e),
        f"## Cohort\n\n{sections.participants(e)}",
        sections.characteristics(e),
        sections.covariates(e),
        sections.performance(e, METHOD, "This cohort"),
        robustness.smooth_calibration(e),
        robustness.net_benefit(e),
        _stability(e),
        sections.comparators(e),
        robustness.sites(e),
        robustness.refused_samples(e),
        sections.subgroups(e),
        sections.use(e),
        sections.tripod(evaluation_checklist(e)),
        _origin(e),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


METHOD = (
    "The model's risks as they are, nothing refitted; skill is measured against this cohort's own "
    "prevalence, which the model did not know; intervals from redrawing patients."
)


def _earlier_evaluation(e: ExternalEvaluation) -> str:
    if not e["seen_before"]:
        return ""
    return (
        "**Not the first evaluation on this cohort**: its outcomes have judged a model of this "
        "endpoint before, so they can no longer validate one."
    )


def _stability(e: ExternalEvaluation) -> str:
    instability = e["instability"]
    difference, width = instability["mean_absolute_difference"], instability["median_width"]
    return (
        f"Stability: on these patients {instability['refits']} refits move a risk by "
        f"{sections.number(difference)} on average; the median width of a stability interval is "
        f"{sections.number(width)}."
    )


def _origin(e: ExternalEvaluation) -> str:
    rows = [
        ["evaluated before on these outcomes", "yes" if e["seen_before"] else "no"],
        ["shares patients with the training cohort", "yes" if e["shared_patients"] else "no"],
    ]
    return sections.origin(e, rows)
