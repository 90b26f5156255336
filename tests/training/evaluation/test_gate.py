"""The gate's states and sentences."""

from typing import Any

import pytest

from training.evaluation.gate import judge, judge_validation
from training.evaluation.look_records import look_section
from training.evaluation.looks import Look, next_look


def interval(value: float | None, low: float | None = None, high: float | None = None):
    """A measure in the form of an evaluation document."""
    return {"value": value, "low": low, "high": high}


RELAPSE = {"singular": "relapse", "plural": "relapses"}


def score_test(p: float, smallest_p: float = 0.0005) -> dict[str, Any]:
    """A score test of 1,999 permutations."""
    return {"p": p, "sets": {"all features": p}, "smallest_p": smallest_p, "permutations": 1999,
            "exact": False}  # fmt: skip


def look(*levels_before: float, declared: int | None = 1) -> dict[str, Any]:
    """The look after as many earlier ones at the same patients, by the rules themselves."""
    looks: list[Look] = []
    for number in range(len(levels_before) + 1):
        looks.append(
            next_look(looks, "relapse", f"fit {number}", patients=frozenset({"x"}),
                      declared=declared)
        )  # fmt: skip
    assert [one.alpha for one in looks[:-1]] == pytest.approx(list(levels_before))
    return dict(look_section(looks[-1]))


def evaluation(**changes: Any) -> dict[str, Any]:
    """An evaluation that passes, with changes."""
    good: dict[str, Any] = {
        "endpoint": "relapse", "horizon": 180, "endpoint_words": RELAPSE,
        "counts": {"known": 100, "events": 30, "non_events": 70, "at_risk_at_end": 50,
                   "prevalence": interval(0.3, 0.2, 0.4)},
        "metrics": {"brier_skill": interval(0.1, 0.02, 0.2),
                    "calibration_slope": interval(0.9, 0.5, 1.4),
                    "observed_over_expected": interval(1.0, 0.9, 1.1)},
        "score_test": score_test(0.005), "look": look(), "comparators": {},
        "protocol": {"comparators": ["m_easix", "mrd"]},
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
        "champion: the features tell who has the event (p 0.005; look 1 needs at most 0.05); "
        "Brier skill 0.1 (0.02 to 0.2); slope 0.9 (0.5 to 1.4)",
    )


@pytest.mark.parametrize(
    ("events", "others", "state", "sentence"),
    [
        (4, 49, "no_model", "not assessable: 4 relapses among 53 patients; at least 5 are needed"),
        (1, 49, "no_model", "not assessable: 1 relapse among 50 patients; at least 5 are needed"),
        (49, 4, "no_model", "not assessable: 4 without relapse among 53 patients"),
        (5, 48, "champion", "champion: "),
        (48, 5, "champion", "champion: "),
    ],
)
def test_few_events(events: int, others: int, state: str, sentence: str) -> None:
    """Under 5 events or non-events no model; from 5 on the exact test decides."""
    verdict = judge(with_counts(events, others))
    assert verdict.state == state
    assert verdict.sentences[0].startswith(sentence)


def test_the_words_are_the_endpoints() -> None:
    """An endpoint that a protocol declares is named by its own words."""
    words = {"singular": "graft failure", "plural": "graft failures"}
    verdict = judge(with_counts(3, 50) | {"endpoint": "graft", "endpoint_words": words})
    assert verdict.sentences[0].startswith("not assessable: 3 graft failures among 53 patients")


def test_without_a_model_the_prevalence_is_printed() -> None:
    """The second sentence gives the exact interval."""
    sentences = judge(with_counts(4, 49)).sentences
    assert "the prevalence is 7.5 % (95 % exact interval 0.0 to 100.0 %)" in sentences[1]


def test_too_few_at_the_horizon() -> None:
    """Nine followed to the end: the horizon is refused."""
    verdict = judge(with_counts(30, 30, at_end=9))
    assert verdict.state == "no_model"
    assert "9 patients were followed event-free for 180 days" in verdict.sentences[0]


def with_difference(difference: dict[str, Any], name: str = "m_easix") -> dict[str, Any]:
    """A passing evaluation with one comparator."""
    return evaluation(comparators={name: {"compared": True, "brier_difference": difference}})


@pytest.mark.parametrize(
    "changed",
    [
        with_metrics(brier_skill=interval(-0.05, -0.2, 0.01)),
        with_metrics(calibration_slope=interval(0.4, 0.2, 0.5)),
        with_metrics(calibration_slope=interval(2.4, 2.0, 3.1)),
        with_difference(interval(0.01, -0.01, 0.03)),
        with_difference(interval(0.01, 0.0, 0.03)),
        with_difference(interval(0.02, 0.01, 0.03), "easix"),
        evaluation(score_test=score_test(0.05)),
    ],
)
def test_what_is_not_clearly_bad_passes(changed: dict[str, Any]) -> None:
    """A bad estimate alone, or an undeclared score that is better, is no reason to refuse."""
    assert judge(changed).state == "champion"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (evaluation(score_test=score_test(0.06)),
         "what the features tell may be chance (p 0.06; look 1 needs at most 0.05)"),
        (evaluation(score_test=score_test(0.1, 0.083)),
         "look 1 needs at most 0.05; with these events in these sites p cannot be below 0.083)"),
        (evaluation(score_test=score_test(float("nan"))), "the score test is undefined"),
        (evaluation(score_test=score_test(0.02), look=look(0.025, declared=None)),
         "(p 0.02; look 2 needs at most 0.00833)"),
        (evaluation(look=look(0.05)),
         "look 2 at a cohort that shares 1 patient with earlier ones: they spent the whole alpha"),
        (with_metrics(brier_skill=interval(-0.1, -0.2, 0.0)),
         "clearly no better than the prevalence (Brier skill -0.1 (-0.2 to 0))"),
        (with_metrics(brier_skill=interval(None)), "Brier skill is undefined"),
        (with_metrics(brier_skill=interval(0.1)), "Brier skill 0.1 has no interval"),
        (with_metrics(calibration_slope=interval(0.3, 0.1, 0.49)),
         "risks clearly too far apart (slope 0.3 (0.1 to 0.49), outside 0.5 to 2)"),
        (with_metrics(calibration_slope=interval(3, 2.1, 5)), "risks clearly too close together"),
        (with_metrics(calibration_slope=interval(None)), "slope is undefined"),
        (with_metrics(calibration_slope=interval(0.9)), "slope 0.9 has no interval"),
        (with_difference(interval(0.02, 0.001, 0.03)),
         "clearly worse than m easix (Brier difference 0.02 (0.001 to 0.03))"),
        (with_difference(interval(None)), "the comparison with m easix is undefined"),
    ],
)  # fmt: skip
def test_each_failed_check_is_reported(changed: dict[str, Any], reason: str) -> None:
    """One clearly bad or undefined quantity is enough, and the one sentence says which."""
    verdict = judge(changed)
    assert verdict.state == "candidate"
    assert verdict.sentences[0].startswith("no champion: ")
    assert reason in verdict.sentences[0]
    assert len(verdict.failed_checks) == 1


def test_a_reachable_p_is_not_mentioned() -> None:
    """Where the level could have been reached, the smallest p says nothing and is left out."""
    (sentence,) = judge(evaluation(score_test=score_test(0.3, 0.01))).sentences
    assert "cannot be below" not in sentence


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
