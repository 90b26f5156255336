"""CD4, CD8, gamma-delta and regulatory T cells: shares of a mixture of lineages, not counted calls.

CD4 RNA is so rare (0.3 UMIs a CD4 T cell at 2,000 UMIs) and naive CD8 T cells lose CD8A and CD8B to
dropout so often that calls by cell are wrong in up to half of them. The mixture
(`features.subsets.component_shares`) uses genes of lineage alone (CD4, CD40LG, CD8A, CD8B, TRDC, V
regions of gamma-delta receptors; FOXP3 for regulatory T cells) and none of differentiation, because
CD4 CAR-T cells may be cytotoxic. Alpha-beta T cells with neither CD4 nor CD8 count as CD4, from
which RNA cannot tell them; so do gamma-delta T cells where the reference lacks TRDC.
"""

import math

import numpy as np

from features.cells.cell_counts import CellCounts
from features.celltypes.ambient_profiles import add_ambient
from features.celltypes.cell_types import Typing
from features.measures.pooled_expression import MIN_CELLS, MISSING, Estimate, estimate_columns
from features.subsets.component_rates import ComponentRates, load_component_rates
from features.subsets.component_shares import Shares, component_shares

CD4_PARTS, CD8_PARTS, GD_PARTS = ("cd4", "treg"), ("cd8_naive", "cd8_memory"), ("vd2", "other_gd")
NEEDED_SETS = frozenset({"cd4", "cd8a", "cd8b"})
MAX_SE = 0.15  # a share of T cells with a greater error tells nothing: half the range in 95 %
MAX_LOG_SE = 0.8  # of the log-ratio: a factor of 5 either way
MIN_CD4_CELLS = 500  # with fewer the error of the regulatory share exceeds half a healthy share

NAMES = (
    "cd4_t_fraction", "cd8_t_fraction", "gamma_delta_t_fraction", "log_cd4_cd8_ratio",
    "regulatory_t_fraction",
)  # fmt: skip


def mixture_shares(
    rates: ComponentRates, counts: CellCounts, typing: Typing, ambient_share: float
) -> Shares:
    """Shares of the components among T cells; the sample's ambient RNA is added to their rates."""
    t_cells, table = typing.lineage_mask("t"), rates.rates()
    set_counts = rates.set_counts(counts)
    if ambient_share > 0:  # not where it is NaN
        pooled = 1e4 * set_counts.sum(axis=0) / counts.depth.sum()
        table = add_ambient(table, pooled, ambient_share)
    depth = counts.depth[t_cells] / 1e4
    return component_shares(rates, set_counts[t_cells], depth, table)


def usable_rates(genes: tuple[str, ...]) -> ComponentRates | None:
    """Rates of lineages over a reference's genes; None where it lacks CD4, CD8A or CD8B.

    Without TRDC there is no gamma-delta component, without FOXP3 no regulatory one.

    >>> usable_rates(("CD4", "CD8A", "CD8B")).components
    ('cd4', 'cd8_naive', 'cd8_memory')
    """
    rates = load_component_rates("t_lineage").within(genes)
    sets = rates.set_names()
    if not NEEDED_SETS.issubset(sets):
        return None
    absent = [*GD_PARTS] if "delta" not in sets else []
    absent += ["treg"] if "foxp3" not in sets else []
    return rates.without(*absent)


def lineage_features(
    counts: CellCounts, typing: Typing, ambient_share: float = 0.0
) -> dict[str, float]:
    """CD4, CD8 and gamma-delta share of T cells, ln CD4:CD8, regulatory share of CD4 T cells.

    Missing under 50 T cells, and each where its standard error says that it tells nothing (above
    0.15, of the log-ratio 0.8); gamma-delta and regulatory T cells also where their genes are not
    in the reference, regulatory ones under 500 CD4 T cells.
    """
    estimates = dict.fromkeys(NAMES, MISSING)
    n, rates = int(typing.lineage_mask("t").sum()), usable_rates(counts.genes)
    if n >= MIN_CELLS and rates is not None and counts.has_depth:
        estimates |= lineage_estimates(mixture_shares(rates, counts, typing, ambient_share), n)
    return estimate_columns(estimates)


def lineage_estimates(shares: Shares, n: int) -> dict[str, Estimate]:
    """Estimates by column from the shares of the lineages among `n` T cells."""
    estimates = {
        "cd4_t_fraction": part_of_all(shares, CD4_PARTS),
        "cd8_t_fraction": part_of_all(shares, CD8_PARTS),
        "log_cd4_cd8_ratio": _log_ratio(shares, n),
    }
    if "vd2" in shares.components:
        estimates["gamma_delta_t_fraction"] = part_of_all(shares, GD_PARTS)
    if "treg" in shares.components and n * shares.sum(*CD4_PARTS) >= MIN_CD4_CELLS:
        estimates["regulatory_t_fraction"] = _regulatory(shares)
    return estimates


def part_of_all(shares: Shares, parts: tuple[str, ...]) -> Estimate:
    """Share of some components together; missing where its standard error exceeds 0.15."""
    se = shares.se(shares.weights(*parts))
    value = min(max(shares.sum(*parts), 0.0), 1.0)
    return Estimate(value, se) if se <= MAX_SE else MISSING


def _log_ratio(shares: Shares, n: int) -> Estimate:
    """ln of CD4 over CD8, half a cell added to both so that it is finite when either is absent."""
    cd4, cd8 = (shares.sum(*parts) + 0.5 / n for parts in (CD4_PARTS, CD8_PARTS))
    gradient = shares.weights(*CD4_PARTS) / cd4 - shares.weights(*CD8_PARTS) / cd8
    se = shares.se(gradient)
    return Estimate(math.log(cd4 / cd8), se) if se <= MAX_LOG_SE else MISSING


def _regulatory(shares: Shares) -> Estimate:
    cd4, regulatory = shares.sum(*CD4_PARTS), shares.sum("treg")
    fraction = regulatory / cd4
    se = shares.se((shares.weights("treg") - fraction * shares.weights(*CD4_PARTS)) / cd4)
    return Estimate(float(np.clip(fraction, 0, 1)), se) if se <= MAX_SE else MISSING
