"""Each flag has its sentence and its place; the interval is named for what it is."""

from serving.assessment.sentences import FLAG_ORDER, FLAGS, STABILITY


def test_stability_interval_is_not_called_a_confidence_interval():
    """The interval's one sentence denies what readers would take it for."""
    assert "not a confidence interval" in STABILITY


def test_every_flag_has_a_place():
    """Each flag's sentence has its place in the order, most serious first."""
    assert sorted(FLAGS) == sorted(FLAG_ORDER)
