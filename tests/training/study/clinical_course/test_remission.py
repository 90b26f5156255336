"""Remission: CR and CRi count; patients without a record are left out, as the finding says."""

from tests.training.patients_by_hand import alive, outcomes_of
from training.study.clinical_course.remission import remission_claim, response_table


def test_counts_and_finding() -> None:
    """Three of four recorded patients are in remission, one was not recorded."""
    outcomes = outcomes_of(
        *(alive(p, 400, r) for p, r in zip("abcde", ("CR", "CRi", "CR", "PR", ""), strict=True))
    )
    claim = remission_claim(outcomes)
    assert (claim.n, claim.effect) == (4, 0.75)
    assert claim.finding == ("3 of 4 patients in remission; 1 without a recorded response left out")
    assert response_table(outcomes).frame["patients"].tolist() == [2, 1, 1, 0, 1]


def test_no_response_recorded() -> None:
    """Without a recorded response it is not estimable."""
    assert remission_claim(outcomes_of(alive("a", 400, ""))).reason
