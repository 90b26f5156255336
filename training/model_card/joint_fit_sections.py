"""Sections of a model card on the joint fit: what was learned, the test, rivals, all endpoints.

Numbers are those of the evaluation, rounded; nothing is computed.
"""

from collections.abc import Sequence

from models.manifest import ONSET_EVENT
from training.evaluation.documents.evaluation_document import ModelEvaluation
from training.evaluation.documents.model_sections import ChallengerSection, RivalScore
from training.evaluation.documents.robustness_sections import EndpointsTogether, StatedRisk
from training.model_card.card_sections import number, table
from training.model_card.tripod import KINDS

PRIOR_ROWS = ("core panel", "other features")
RIVALS = {"ridge": "ridge", "lightgbm": "LightGBM", "prevalence": "prevalence alone"}


def learned(e: ModelEvaluation) -> str:
    """The joint model in plain words: events, visits, prior, what was not done."""
    model, words = e["model"], e["endpoint_words"]["singular"]
    events = [one["words"] for one in e["joint"]["events"]]
    parts = [
        f"## What was learned\n\nThe hazards of {enumeration(events)} were learned together, by "
        f"{KINDS[model['kind']]}: these events exclude each other, so the risks of a patient never "
        "add up to more than 100 %, and a risk never falls as the horizon grows. "
        f"It learned from {visits(model['landmarks'], model['visits'])}, one model for all visits; "
        "a patient's event counts once, however many visits precede it.",
        _onset(words, model["events"]),
        _prior(e) if model["kind"] == "ridge" else "",
        "The mean risk was set to the observed incidence. No feature was selected, nothing was "
        "tuned, and no risk was recalibrated afterwards.",
        f"Joint fit {model['joint_fit']}: models of this fit belong together.",
    ]
    return "\n\n".join(part for part in parts if part)


def _onset(words: str, events: Sequence[str]) -> str:
    if ONSET_EVENT not in events:
        return ""
    return (
        f"{words.capitalize()} does not exclude the other events. It is one more event of the same "
        "model, the onset that is survived; its risk adds those of the onset and of the events "
        "that it contains, so that it is never below theirs."
    )


def _prior(e: ModelEvaluation) -> str:
    """What the ridge assumes before the data, and the SDs that the data then gave."""
    model = e["model"]
    rows = [
        [name, *(f"{sd:.2f}" for sd in row)]
        for name, row in zip(PRIOR_ROWS, model["prior_sd"], strict=False)
    ]
    head = ["Prior SD of an effect", *(event_words(e, event) for event in model["events"])]
    return (
        f"{len(e['protocol']['features'])} features, each within its 1 to 99 % of the training "
        "patients. An effect (log-odds per SD) is taken to be near 0, whichever its sign, with an "
        f"SD that the data decide:\n\n{table(head, rows)}\n\n"
        "A missing input stands at the value expected from the measured ones."
    )


def visits(landmarks: Sequence[int], counts: Sequence[int]) -> str:
    """Visits by landmark.

    >>> visits([28, 60], [100, 80])
    '180 visits at days 28 (100 patients) and 60 (80)'
    >>> visits([28], [100])
    '100 visits at day 28'
    """
    if len(landmarks) == 1:
        return f"{counts[0]} visits at day {landmarks[0]}"
    first, *later = [f"{day} ({n})" for day, n in zip(landmarks, counts, strict=True)]
    first = f"{first.removesuffix(')')} patients)"
    return f"{sum(counts)} visits at days {enumeration([first, *later])}"


def event_words(e: ModelEvaluation, event: str) -> str:
    """An event of the model in words."""
    if event == ONSET_EVENT:
        return "onset, survived"
    names = {one["name"]: one["words"] for one in e["joint"]["events"]}
    return names.get(event, event.replace("_", " "))


def signal(e: ModelEvaluation) -> str:
    """The look, and the score test with each of its sets of features."""
    look, test = e["look"], e["score_test"]
    kind = "all arrangements" if test["exact"] else f"{test['permutations']:,} permutations"
    rows = [[name, f"{p:.3g}"] for name, p in test["sets"].items()]
    rows.append(["combined", f"{test['p']:.3g}"])
    return (
        f"## Is there a signal?\n\n{look['sentence']}\n\n"
        f"Score test of the patients at day {e['landmark']}, summed over the horizons, outcomes "
        f"permuted within sites ({kind}); no model is fitted for it:\n\n"
        f"{table(['Declared set of features', 'p'], rows)}\n\n"
        f"The smallest p that these patients could have given: {test['smallest_p']:.2g}."
    )


def challenger(e: ModelEvaluation) -> str:
    """Whether LightGBM took the ridge's place, and the rivals out of fold on the same folds."""
    section = e["challenger"]
    rows = [
        [_rival(row, section), number(row["brier"]), number(row["auc"]), number(row["brier_skill"])]
        for row in section["rivals"]
    ]
    head = ["Model", "Brier score", "AUC", "Brier skill"]
    note = f"Out of fold, the first {section['repeats']} repeats of the folds."
    return f"## Challenger\n\n{section['sentence']}\n\n{table(head, rows)}\n\n{note}"


def _rival(row: RivalScore, section: ChallengerSection) -> str:
    if row["name"] == "biomarker" and section["biomarker"]:
        return f"{section['biomarker']} alone"
    return RIVALS.get(row["name"], row["name"])


def together(joint: EndpointsTogether) -> str:
    """Observed incidence and mean risk of all events and endpoints, and their sum."""
    names = {one["name"] for one in joint["events"]}
    others = [one for one in joint["endpoints"] if one["name"] not in names]
    rows = [_stated(one) for one in (*joint["events"], joint["any_event"], *others)]
    largest = ["largest sum of one patient", *(percent(value) for value in joint["largest_sum"])]
    head = ["Observed / mean risk", *(f"{day} days" for day in joint["horizons"])]
    note = (
        f"The first {len(joint['events'])} exclude each other. Incidence by Aalen and Johansen; "
        "risks out of fold."
    )
    return f"## All endpoints together\n\n{table(head, [*rows, largest])}\n\n{note}"


def _stated(one: StatedRisk) -> list[str]:
    pairs = zip(one["observed"], one["mean_risk"], strict=True)
    return [one["words"], *(f"{percent(o)} / {percent(r)}" for o, r in pairs)]


def percent(share: float) -> str:
    """A share as a percentage.

    >>> percent(0.1234)
    '12.3 %'
    """
    return f"{100 * share:.1f} %"


def enumeration(items: Sequence[str]) -> str:
    """Items in a sentence.

    >>> enumeration(["90", "180", "365"])
    '90, 180 and 365'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
