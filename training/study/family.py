"""Family-wise error rate: Holm's correction over all questions declared beforehand.

The family is every question of the report (`training.study.questions`). A question that this
cohort cannot answer stays in the family with p = 1, so that missing data never make the level of
the other questions less strict.
"""

from collections.abc import Sequence

from training.statistics.significance.holm import holm_adjusted
from training.study.claim import Claim, with_verdict


def judge_family(claims: Sequence[Claim]) -> list[Claim]:
    """Every claim of the declared family with its corrected p and verdict."""
    p_holm = holm_adjusted([claim.p for claim in claims])
    return [with_verdict(c, float(p), len(claims)) for c, p in zip(claims, p_holm, strict=True)]
