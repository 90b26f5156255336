"""Many questions, one error rate: Holm's correction over a family declared beforehand.

The family is every question the report can ask (`training.study.questions`). A question that this
cohort cannot answer stays in the family with p = 1, so that what is missing never makes the
others' level more generous.
"""

from collections.abc import Sequence

from training.statistics.holm import holm_adjusted
from training.study.claim import Claim, judged


def judge_family(claims: Sequence[Claim]) -> list[Claim]:
    """Every claim of the declared family with its corrected p and verdict."""
    adjusted = holm_adjusted([claim.p for claim in claims])
    return [judged(claim, float(p), len(claims)) for claim, p in zip(claims, adjusted, strict=True)]
