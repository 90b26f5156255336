"""Gate: whether an evaluation allows a model to be called champion or validated, and why not."""

import math
from dataclasses import dataclass

from models.disclosed_cohort import MeasureDocument
from models.manifest import EndpointWords, GateVerdict
from training.evaluation.documents.cohort_sections import Counts
from training.evaluation.documents.evaluation_document import (
    ExternalEvaluation,
    FitEvaluation,
    ModelEvaluation,
)
from training.evaluation.documents.model_sections import LookSection, ScoreTestSection

MODEL_EVENTS = 5  # events and non-events below which nothing is fitted
AT_RISK_AT_END = 10  # followed event-free through a horizon, below which it is refused
SLOPE = (0.5, 2.0)
VALIDATION_EVENTS = 100  # Vergouwe et al., J Clin Epidemiol 2005;58:475
VALIDATION_OE = (0.8, 1.25)


@dataclass(frozen=True)
class Verdict:
    """State ("no_model", "candidate", "champion", "validated") and the sentences behind it.

    `sentences[0]` is the one to print; the lists hold each single check.
    """

    state: str
    sentences: tuple[str, ...]
    passed_checks: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()

    def as_dict(self) -> GateVerdict:
        """Plain lists and strings."""
        return {
            "state": self.state,
            "sentences": list(self.sentences),
            "passed": list(self.passed_checks),
            "failed": list(self.failed_checks),
        }


def judge(evaluation: FitEvaluation) -> Verdict:
    """Judge an endpoint's evaluation at its primary horizon.

    Under 5 events or non-events: no model. Champion needs the score test's p at most the level of
    this look, and nothing that is clearly bad: Brier skill whose interval lies at or below 0, a
    slope whose interval lies outside 0.5 to 2, a declared comparator whose paired Brier score is
    better by its whole interval. An undefined quantity fails and is named; so is the smallest p
    that these events could have given, where it lies above the level.

    >>> judge({"endpoint": "fatal_infection", "horizon": 180,
    ...     "endpoint_words": {"singular": "fatal infection", "plural": "fatal infections"},
    ...     "counts": {"known": 53, "events": 3, "non_events": 50, "at_risk_at_end": 30,
    ...         "prevalence": {"value": None}}}).sentences[0]
    'not assessable: 3 fatal infections among 53 patients; at least 5 are needed'
    """
    counts = evaluation["counts"]
    if counts["at_risk_at_end"] < AT_RISK_AT_END:
        return Verdict("no_model", (_horizon_refused(evaluation["horizon"], counts),))
    if min(counts["events"], counts["non_events"]) < MODEL_EVENTS:
        few = _not_assessable(evaluation["endpoint_words"], counts)
        return Verdict("no_model", (few, _prevalence_only(counts)))
    assert "metrics" in evaluation  # a model was fitted
    return _conclude(_checks(evaluation), "champion", "no champion", "candidate")


def judge_validation(evaluation: ExternalEvaluation) -> Verdict:
    """Judge a stored model's evaluation on another cohort.

    `validated` needs a cohort of no training patient that was not used before, 100 events,
    observed over expected with its interval inside 0.8 to 1.25, a slope whose interval holds 1,
    and a Brier skill whose lower bound is above 0.
    """
    metrics, events = evaluation["metrics"], evaluation["counts"]["events"]
    oe, slope = metrics["observed_over_expected"], metrics["calibration_slope"]
    skill = metrics["brier_skill"]
    (oe_low, oe_high), (slope_low, slope_high) = _bounds(oe), _bounds(slope)
    calibrated = VALIDATION_OE[0] <= oe_low and oe_high <= VALIDATION_OE[1]
    checks = [
        (not evaluation["seen_before"], "cohort not seen before",
         "this cohort was evaluated before"),
        (not evaluation["shared_patients"], "no patient of the training cohort",
         "the cohort shares patients with the training cohort"),
        (events >= VALIDATION_EVENTS, f"{events} events",
         f"{events} events, at least {VALIDATION_EVENTS} are needed"),
        (calibrated, f"observed over expected {_interval(oe)}",
         f"observed over expected {_interval(oe)} is not inside 0.8 to 1.25"),
        (slope_low <= 1 <= slope_high, f"slope {_interval(slope)}",
         f"slope {_interval(slope)} does not hold 1"),
        (_bounds(skill)[0] > 0, f"Brier skill {_interval(skill)}",
         f"Brier skill {_interval(skill)} does not stay above 0"),
    ]  # fmt: skip
    return _conclude(checks, "validated", "not validated", evaluation["state"])


Check = tuple[bool, str, str]


def _conclude(checks: list[Check], good: str, bad: str, otherwise: str) -> Verdict:
    successes = tuple(yes for holds, yes, _ in checks if holds)
    failures = tuple(no for holds, _, no in checks if not holds)
    if failures:
        return Verdict(otherwise, (f"{bad}: {'; '.join(failures)}",), successes, failures)
    return Verdict(good, (f"{good}: {'; '.join(successes)}",), successes, failures)


def _checks(evaluation: ModelEvaluation) -> list[Check]:
    metrics = evaluation["metrics"]
    checks = [
        _signal(evaluation["score_test"], evaluation["look"]),
        _skill(metrics["brier_skill"]),
        _slope(metrics["calibration_slope"]),
    ]
    declared = evaluation["protocol"]["comparators"]
    for name, comparator in evaluation["comparators"].items():
        if comparator["compared"] and name in declared:
            checks.append(_against(name, comparator["brier_difference"]))
    return checks


def _signal(test: ScoreTestSection, look: LookSection) -> Check:
    p, level, number = test["p"], f"{look['alpha']:.3g}", look["number"]
    if look["alpha"] <= 0:
        sentence = look["sentence"].rstrip(".")
        return (False, "", f"{sentence[:1].lower()}{sentence[1:]}")  # it follows a colon
    if not math.isfinite(p):
        return (False, "", "the score test is undefined")
    few = ""
    if test["smallest_p"] > look["alpha"]:
        few = f"; with these events in these sites p cannot be below {_number(test['smallest_p'])}"
    return (
        p <= look["alpha"],
        f"the features tell who has the event (p {_number(p)}; look {number} needs at most "
        f"{level})",
        f"what the features tell may be chance (p {_number(p)}; look {number} needs at most "
        f"{level}{few})",
    )


def _skill(skill: MeasureDocument) -> Check:
    _, high = _bounds(skill)
    text = f"Brier skill {_interval(skill)}"
    return (
        high > 0,
        text,
        _undefined("Brier skill", skill) or f"clearly no better than the prevalence ({text})",
    )


def _slope(slope: MeasureDocument) -> Check:
    low, high = _bounds(slope)
    text = f"slope {_interval(slope)}"
    fault = "too far apart" if high < SLOPE[0] else "too close together"
    return (
        high >= SLOPE[0] and low <= SLOPE[1],
        text,
        _undefined("slope", slope) or f"risks clearly {fault} ({text}, outside 0.5 to 2)",
    )


def _against(name: str, difference: MeasureDocument) -> Check:
    low, _ = _bounds(difference)
    words = name.replace("_", " ")
    text = f"{words} (Brier difference {_interval(difference)})"
    return (
        low <= 0,
        f"not clearly worse than {text}",
        _undefined(f"the comparison with {words}", difference) or f"clearly worse than {text}",
    )


def _undefined(name: str, measure: MeasureDocument) -> str:
    """The sentence on a measure without value or interval; empty for one with both."""
    if measure["value"] is None:
        return f"{name} is undefined"
    if measure["low"] is None or measure["high"] is None:
        return f"{name} {_number(measure['value'])} has no interval"
    return ""


def _not_assessable(words: EndpointWords, counts: Counts) -> str:
    events, others = counts["events"], counts["non_events"]
    if events <= others:
        few = f"{events} {words['plural'] if events != 1 else words['singular']}"
    else:
        few = f"{others} without {words['singular']}"
    n = counts["known"]
    return f"not assessable: {few} among {n} patients; at least {MODEL_EVENTS} are needed"


def _prevalence_only(counts: Counts) -> str:
    share = counts["prevalence"]
    if share["value"] is None:
        return f"no model: under {MODEL_EVENTS} events, and no prevalence without patients"
    value, low, high = (100 * x for x in (share["value"], share["low"], share["high"]))
    return (
        f"no model: at least {MODEL_EVENTS} with and without the event are needed; the "
        f"prevalence is {value:.1f} % (95 % exact interval {low:.1f} to {high:.1f} %)"
    )


def _horizon_refused(horizon: int, counts: Counts) -> str:
    return (
        f"no model: {counts['at_risk_at_end']} patients were followed event-free for "
        f"{horizon} days; at least {AT_RISK_AT_END} are needed"
    )


def _bounds(measure: MeasureDocument) -> tuple[float, float]:
    """Both ends of the interval; NaN, with which no comparison holds, where it is undefined."""
    value, low, high = measure["value"], measure["low"], measure["high"]
    if value is None or low is None or high is None:
        return float("nan"), float("nan")
    return low, high


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3g}"


def _interval(interval: MeasureDocument) -> str:
    if interval["value"] is None:
        return "undefined"
    if interval["low"] is None or interval["high"] is None:
        return f"{_number(interval['value'])} (interval undefined)"
    return (
        f"{_number(interval['value'])} ({_number(interval['low'])} to {_number(interval['high'])})"
    )
