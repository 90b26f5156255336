"""Many questions, one error rate: Holm's correction over a family declared beforehand.

The family is every question the report can ask (`training.study.questions`). A question that this
cohort cannot answer stays in the family with p = 1, so that what is missing never makes the
others' level more generous.
"""

from collections.abc import Sequence

import numpy as np

from training.outcomes import Floats
from training.study.claim import Claim, judged


def holm_adjusted(p_values: Sequence[float]) -> Floats:
    """Holm's step-down adjusted p values, shape (n,); NaN counts as 1.

    The i-th smallest p times (n - i + 1), never below its predecessors, at most 1. Rejecting at
    0.05 keeps the chance of any false rejection under 0.05 whatever the dependence.
    Reference: Holm, Scand J Stat 1979;6:65.

    >>> holm_adjusted([0.01, 0.04, 0.03, float("nan")]).round(2).tolist()
    [0.04, 0.09, 0.09, 1.0]
    """
    p = np.nan_to_num(np.array(p_values, float), nan=1.0)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def judge_family(claims: Sequence[Claim]) -> list[Claim]:
    """Every claim of the declared family with its corrected p and verdict."""
    adjusted = holm_adjusted([claim.p for claim in claims])
    return [judged(claim, float(p), len(claims)) for claim, p in zip(claims, adjusted, strict=True)]
