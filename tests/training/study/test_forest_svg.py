"""All claims in one picture: marks for what can be told."""

from tests.training.drawn import having, parsed
from training.statistics.proportions import share
from training.study.claim import from_share, judged, untold
from training.study.forest_svg import forest
from training.study.questions import QUESTIONS


def test_forest_has_a_row_a_claim() -> None:
    """A mark for what can be told, none for what cannot; verdicts in words."""
    known = judged(from_share(QUESTIONS["remission"], share(40, 42), ""), 0.001, 16)
    unknown = judged(untold(QUESTIONS["amc"], "nothing <measured>"), 1.0, 16)
    root = parsed(forest([known, unknown]))
    assert len([n for n in root.iter() if n.tag == "circle"]) == 1
    words = [n.text for n in having(root, "said")]
    assert words.count("holds here") == 1 and words.count("cannot be told") == 1
