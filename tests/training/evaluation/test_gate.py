"""The gate's states and sentences."""

from typing import Any

import pytest

from training.evaluation.gate import judge, judge_validation


def interval(value: float | None, low: float | None = None, high: float | None = None):
    """A measure in the form of an evaluation document."""
    return {"value": value, "low": low, "high": high}


def evaluation(**changes: Any) -> dict[str, Any]:
    """An evaluation that passes, with changes."""
    good: dict[str, Any] = {
        "endpoint": "relapse", "horizon": 180, "alpha": 0.05, "fit_number": 1,
        "counts": {"known": 100, "events": 30, "non_events": 70, "at_risk_at_end": 50,
                   "prevalence": interval(0.3, 0.2, 0.4)},
        "metrics": {"brier_skill": interval(0.1, 0.02, 0.2),
                    "calibration_slope": interval(0.9, 0.5, 1.4),
                    "observed_over_expected": interval(1.0, 0.9, 1.1)},
        "permutation": {"p": 0.005}, "comparators": {},
    }  # fmt: skip
    return good | changes


def with_counts(events: int, others: int, at_end: int = 50) -> dict[str, Any]:
    """Counts of a cohort; the exact interval is made up."""
    counts = {"known": events + others, "events": events, "non_events": others,
              "at_risk_at_end": at_end,
              "prevalence": interval(events / (events + others), 0, 1)}  # fmt: skip
    return evaluation(counts=counts)


def with_metrics(**measures: Any) -> dict[str, Any]:
    """A passing evaluation with other measures."""
    good = evaluation()
    return good | {"metrics": good["metrics"] | measures}


def test_everything_in_order_is_champion() -> None:
    """All checks pass and are listed."""
    verdict = judge(evaluation())
    assert verdict.state == "champion"
    assert verdict.failed_checks == ()
    assert verdict.sentences == (
        "champion: permutation p 0.005, at most 0.05; Brier skill 0.1 (0.02 to 0.2); slope 0.9",
    )


@pytest.mark.parametrize(
    ("events", "others", "state", "sentence"),
    [
        (4, 49, "no_model", "not assessable: 4 relapses among 53 patients; at least 10 are needed"),
        (1, 49, "no_model", "not assessable: 1 relapse among 50 patients; at least 10 are needed"),
        (5, 48, "candidate", "not assessable: 5 relapses among 53 patients"),
        (9, 44, "candidate", "not assessable: 9 relapses among 53 patients"),
        (44, 9, "candidate", "not assessable: 9 without relapse among 53 patients"),
        (10, 43, "champion", "champion: "),
    ],
)
def test_few_events(events: int, others: int, state: str, sentence: str) -> None:
    """Under 5 no model, under 10 not assessable, for events and non-events alike."""
    verdict = judge(with_counts(events, others))
    assert verdict.state == state
    assert verdict.sentences[0].startswith(sentence)


def test_without_a_model_the_prevalence_is_printed() -> None:
    """The second sentence gives the exact interval."""
    sentences = judge(with_counts(4, 49)).sentences
    assert "the prevalence is 7.5 % (95 % exact interval 0.0 to 100.0 %)" in sentences[1]


def test_too_few_at_the_horizon() -> None:
    """Nine followed to the end: the horizon is refused."""
    verdict = judge(with_counts(30, 30, at_end=9))
    assert verdict.state == "no_model"
    assert "9 patients were followed event-free for 180 days" in verdict.sentences[0]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (evaluation(permutation={"p": 0.06}), "permutation p 0.06 is above 0.05"),
        (evaluation(permutation={"p": None}), "permutation p is undefined"),
        (evaluation(permutation={"p": 0.02}, alpha=0.05 / 3, fit_number=3),
         "permutation p 0.02 is above 0.0167 (0.05 over 3, the number of fits"),
        (with_metrics(brier_skill=interval(0.0, -0.1, 0.1)), "Brier skill 0 (-0.1 to 0.1) is not"),
        (with_metrics(brier_skill=interval(None)), "Brier skill undefined is not above 0"),
        (with_metrics(calibration_slope=interval(0.49)), "slope 0.49 is not within"),
        (with_metrics(calibration_slope=interval(2.1)), "slope 2.1 is not within"),
        (with_metrics(calibration_slope=interval(None)), "slope undefined is not within"),
        (evaluation(comparators={"m_easix": {"compared": True,
                                 "brier_difference": interval(0.01, -0.01, 0.03)}}),
         "worse than m easix (Brier difference 0.01 (-0.01 to 0.03))"),
    ],
)  # fmt: skip
def test_each_failed_check_is_reported(changed: dict[str, Any], reason: str) -> None:
    """One failing or undefined quantity is enough, and the sentence says which."""
    verdict = judge(changed)
    assert verdict.state == "candidate"
    assert verdict.sentences[0].startswith("no champion: ")
    assert reason in verdict.sentences[0]
    assert len(verdict.failed_checks) == 1


def test_comparators_without_inputs_do_not_count() -> None:
    """A score nobody could compute neither passes nor fails the model."""
    verdict = judge(evaluation(comparators={"mrd": {"compared": False, "reason": "few"}}))
    assert verdict.state == "champion"
    assert "mrd" not in verdict.sentences[0]


def validation(**changes: Any) -> dict[str, Any]:
    """A validation that passes, with changes."""
    good = with_metrics(calibration_slope=interval(0.95, 0.8, 1.1))
    good["counts"] = good["counts"] | {"events": 120}
    return good | {"seen_before": False, "shared_patients": False, "state": "champion"} | changes


def test_validated() -> None:
    """Another cohort, unseen, enough events, right on average, right slope, skill."""
    assert judge_validation(validation()).state == "validated"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seen_before": True}, "evaluated before"),
        ({"shared_patients": True}, "shares patients"),
        ({"counts": {"events": 99}}, "99 events, at least 100"),
        ({"metrics": validation()["metrics"] | {"observed_over_expected": interval(1, 0.7, 1.1)}},
         "observed over expected 1 (0.7 to 1.1) is not inside"),
        ({"metrics": validation()["metrics"] | {"calibration_slope": interval(0.7, 0.5, 0.9)}},
         "slope 0.7 (0.5 to 0.9) does not hold 1"),
        ({"metrics": validation()["metrics"] | {"brier_skill": interval(0.1, -0.01, 0.2)}},
         "does not stay above 0"),
        ({"metrics": validation()["metrics"] | {"brier_skill": interval(0.1)}},
         "interval undefined"),
    ],
)  # fmt: skip
def test_not_validated(changes: dict[str, Any], reason: str) -> None:
    """The model keeps its state and the sentence names what is missing."""
    verdict = judge_validation(validation(**changes))
    assert verdict.state == "champion"
    assert verdict.sentences[0].startswith("not validated: ")
    assert reason in verdict.sentences[0]
