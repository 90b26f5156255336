"""Cohort card: one page of markdown on all endpoints of a fit, side by side."""

from collections.abc import Sequence

from training.cohort.labels_text import interval
from training.evaluation.documents.evaluation_document import FitEvaluation, ModelEvaluation
from training.model_card import card_sections as sections
from training.model_card.joint_fit_sections import together, visits

Cells = Sequence[str]


def cohort_card(evaluations: Sequence[FitEvaluation], name: str) -> str:
    """Write the card from the evaluations of one cohort's endpoints, in their order.

    `name` is the cohort's, for people. An endpoint without a model has its counts and the reason.
    Endpoints of one joint fit are stated together; those with landmarks of their own after them.
    """
    first = evaluations[0]
    fitted = [e for e in evaluations if "metrics" in e]
    parts = [
        f"# Endpoints of the cohort {name}",
        sections.origin_notices(first["provenance"]),
        f"The question: {first['question']}.",
        f"## Verdicts\n\n{_verdicts(evaluations)}",
        f"## Side by side\n\n{_side_by_side(evaluations)}",
        *_joint_fits(fitted),
        f"Protocol, sha256: {first['protocol_sha256']}. Each model has a card of its own.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdicts(evaluations: Sequence[FitEvaluation]) -> str:
    lines = [
        f"- **{_words(e)}: {e['verdict']['state'].replace('_', ' ')}**. "
        + "; ".join(sections.sentence(text) for text in e["verdict"]["sentences"])
        for e in evaluations
    ]
    return "\n".join(lines)


def _side_by_side(evaluations: Sequence[FitEvaluation]) -> str:
    """A row a quantity, a column an endpoint."""
    columns = [[*_cohort_cells(e), *_model_cells(e)] for e in evaluations]
    rows = [list(row) for row in zip(ROWS, *columns, strict=True)]
    return sections.table(["", *(_words(e) for e in evaluations)], rows)


ROWS = (
    "Scored at day", "Judged at (days)", "Patients at risk", "Events", "Observed incidence",
    "Look, level", "Score test, p", "Smallest p possible", "AUC", "Brier skill",
    "Observed over expected", "Calibration slope", "Calibration error (ICI)", "Model", "State",
)  # fmt: skip


def _cohort_cells(e: FitEvaluation) -> Cells:
    counts = e["counts"]
    return (
        str(e["landmark"]), str(e["horizon"]), str(counts["at_risk"]), str(counts["events"]),
        f"{100 * counts['incidence']['value']:.1f} %",
    )  # fmt: skip


def _model_cells(e: FitEvaluation) -> Cells:
    state = e["verdict"]["state"].replace("_", " ")
    if "metrics" not in e:
        return (*["no model"] * (len(ROWS) - 6), state)
    metrics, test, look = e["metrics"], e["score_test"], e["look"]
    measures = (
        metrics["auc"], metrics["brier_skill"], metrics["observed_over_expected"],
        metrics["calibration_slope"], e["calibration_error"]["ici"],
    )  # fmt: skip
    return (
        f"{look['number']}, {look['alpha']:.3g}", f"{test['p']:.3g}", f"{test['smallest_p']:.2g}",
        *(interval(measure) for measure in measures), e["model"]["kind"], state,
    )  # fmt: skip


def _joint_fits(fitted: Sequence[ModelEvaluation]) -> list[str]:
    """What each joint fit learned from and its endpoints stated together, once each."""
    by_fit = {e["model"]["joint_fit"]: e for e in reversed(fitted)}
    return [
        f"{together(e['joint'])}\n\nJoint fit {identifier}, from "
        f"{visits(e['model']['landmarks'], e['model']['visits'])}."
        for identifier, e in reversed(by_fit.items())
    ]


def _words(e: FitEvaluation) -> str:
    return e["endpoint_words"]["singular"]
