"""How often the 90 % interval of S100A8/A9 without ambient RNA holds the value without soup.

Real cells lose their lymphocytes' monocyte transcripts, so that the truth is known, and make
S100A8 at 0, 3 or 20 UMIs per 10,000. Cells are drawn again with replacement, and soup of the pooled
profile, as rich in S100A8/A9 or twice as rich (burst neutrophils), replaces 0-20 % of their UMIs.
"""

import math
from collections.abc import Iterator, Mapping
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks._soup import with_ambient, without_soup
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, type_cells
from features.celltypes.type_profiles import DOUBLET
from features.genes.panels import S100
from features.measures import ambient_correction
from features.measures.pooled_expression import PER_10K, rate
from features.measures.s100 import CORRECTED_LEVELS, s100_features
from features.measures.signed_log import signed_log1p
from features.measures.standard_errors import Z_90

LEVELS = (0.0, 3.0, 20.0)
SETTINGS = (
    *((share, 1.0) for share in (0.0, 0.05, 0.10, 0.15, 0.20)),
    *((share, 2.0) for share in (0.05, 0.10, 0.15, 0.20)),
)
FORMER_RELATIVE_SD = 0.5


def linear(columns: Mapping[str, float], name: str) -> tuple[float, float]:
    """Estimate and standard error on the linear scale, from the ends of the interval."""
    low, high = (
        math.copysign(math.expm1(abs(end)), end)
        for end in (columns[f"{name}_low"], columns[f"{name}_high"])
    )
    return (low + high) / 2, (high - low) / 2 / Z_90


def truths(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """Level of each form in cells without soup, UMIs per 10,000."""
    x = counts.summed_umis(S100)
    return {
        name: PER_10K
        * sum(
            weight * rate(x[typing.type_mask(*types)], counts.depth[typing.type_mask(*types)])
            for types, weight in groups.items()
        )
        for name, groups in CORRECTED_LEVELS.items()
    }


def former_interval(estimate: float, se: float) -> tuple[float, float]:
    """Interval formed after the logarithm, the error divided by one plus the estimate."""
    middle, half = signed_log1p(estimate), Z_90 * se / (1 + max(estimate, 0.0))
    return middle - half, middle + half


def draws(
    counts: CellCounts, repeats: int, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    """One line per draw of cells, setting and form."""
    singles = counts.select(~type_cells(counts).type_mask(DOUBLET))
    typing = type_cells(singles)
    for repeat in range(repeats):
        clean = without_soup(singles, typing, LEVELS[repeat % len(LEVELS)], rng)
        clean = clean.select(type_cells(clean).call == typing.call)  # others keep their soup
        truth_by_form = truths(clean, type_cells(clean))
        cells = clean.select(rng.integers(0, clean.n_cells, clean.n_cells))
        for share, richness in SETTINGS:
            soupy = with_ambient(cells, share, rng, richness=richness)
            yield from _lines(soupy, truth_by_form, {"soup": share, "richness": richness})


def _lines(
    counts: CellCounts, truth_by_form: Mapping[str, float], setting: Mapping[str, float]
) -> Iterator[dict[str, object]]:
    typing = type_cells(counts)
    columns = s100_features(counts, typing)
    with patch.object(ambient_correction, "AMBIENT_RELATIVE_SD", FORMER_RELATIVE_SD):
        former_columns = s100_features(counts, typing)
    for name, truth in truth_by_form.items():
        if math.isnan(columns[f"{name}_low"]):
            continue
        low, high = former_interval(*linear(former_columns, name))
        level = signed_log1p(truth)
        yield {
            **setting,
            "form": name.removeprefix("s100a8a9_"),
            "before": low <= level <= high,
            "now": columns[f"{name}_low"] <= level <= columns[f"{name}_high"],
            "withheld": math.isnan(columns[name]),
            "width": columns[f"{name}_high"] - columns[f"{name}_low"],
        }


def coverage(
    counts_by_name: Mapping[str, CellCounts], repeats: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Share of draws in which the interval holds the truth, before and now, by form and setting."""
    lines = pd.DataFrame(
        [line for counts in counts_by_name.values() for line in draws(counts, repeats, rng)]
    )
    return lines.groupby(["form", "richness", "soup"]).mean()
