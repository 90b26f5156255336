"""The study benchmark: counts of true and false claims, and that it runs."""

from benchmarks.study import BY_ENDPOINT, PLANTED, exact, family_wise, one_cohort, verdict_table
from training.study.questions import QUESTIONS


def _result(n: int, claimed: str = "", word: str = "holds here") -> dict:
    verdicts = dict.fromkeys(QUESTIONS, "not shown here") | ({claimed: word} if claimed else {})
    return {"n": n, "verdicts": verdicts, "p": dict.fromkeys(QUESTIONS, 0.5)}


def test_a_false_claim_counts_either_way_and_once() -> None:
    """Two of four cohorts claim something null; claims true in every cohort do not count."""
    results = [
        _result(60, "amc", "opposite here"), _result(60, "s100a8a9_monocyte"),
        _result(60, "remission"), _result(60),
    ]  # fmt: skip
    row = family_wise(results).iloc[0]
    assert row["any false claim (95 % exact)"] == exact(2, 4)
    assert row["any uncorrected p <= 0.05"] == exact(0, 4)


def test_claims_that_hold_are_counted() -> None:
    """A claim that holds in one of two cohorts is found in half of them."""
    table = verdict_table([_result(300, "amc"), _result(300)]).set_index("claim")
    assert table.loc["amc", "holds here"] == exact(1, 2)
    assert (table["not shown"] + table["opposite here"]).sum() == 2 * len(QUESTIONS) - 1


def test_the_lists_name_questions() -> None:
    """The null and the planted claims are questions of the family."""
    assert set(BY_ENDPOINT) <= set(QUESTIONS) and set(PLANTED) <= set(BY_ENDPOINT)


def test_one_cohort_answers_every_question() -> None:
    """A small cohort gives a verdict and a p for every question."""
    result = one_cohort("null", 40, 1)
    assert list(result["verdicts"]) == list(QUESTIONS) == list(result["p"])
