"""CD7-negative share of whole samples, at full and half depth, for `benchmarks.cd7`."""

import math
from collections.abc import Mapping

import anndata
import numpy as np
import pandas as pd

from benchmarks._cd7_rates import former_interval
from benchmarks.cells import (
    are_good,
    carpall,
    carpall_samples,
    eccite,
    from_matrix,
    h5ad_matrix,
    pbmc3k,
    thinned,
)
from features.arrays import Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells
from features.genes.panels import CD7
from features.measures.cd7.mixture import mle_share
from features.measures.cd7.rna_share import (
    MAX_INTERVAL_WIDTH,
    MIN_MEDIAN_DEPTH,
    cd7_features,
    load_calibration,
    sample_standard,
)
from features.measures.cd7.share_interval import posterior_interval
from features.settings import data_dir

HALF_DEPTH_DRAWS = 20


def samples() -> dict[str, CellCounts]:
    """Good cells of samples in which CD7 was no target; 200 cells and 400 genes a cell or more."""
    by_name = {"pbmc3k": pbmc3k()[0], "eccite": eccite()[0]}
    for name in carpall_samples()["sample_id"]:
        counts, _ = carpall(name)
        if counts.n_cells >= 200 and np.median(counts.n_genes) >= 400:
            by_name[name] = counts
    return by_name


def on_samples(by_name: Mapping[str, CellCounts]) -> pd.DataFrame:
    """T cells of whole samples, beside NK cells: share and interval in percent, by method.

    NK cells count as after infusion. The calibration comes from ECCITE, the healthy NK rate from
    ECCITE and pbmc3k; nothing was chosen on the others.
    """
    rows = {}
    for name, counts in by_name.items():
        typing = type_cells(counts)
        t, nk = typing.lineage_mask("t"), typing.lineage_mask("nk")
        k, depth = counts.gene_umis(CD7).astype(np.int64), counts.depth / 1e4
        standard = sample_standard(counts, typing, before_infusion=False)
        low, high = former_interval(k[t], depth[t], load_calibration())
        deep = np.median(depth[t]) >= MIN_MEDIAN_DEPTH / 1e4
        former = f"{_text(mle_share(k[t], depth[t], load_calibration())[0], low, high)}"
        rows[name] = {
            "depth of T": 1e4 * np.median(depth[t]),
            "T rate": k[t].sum() / depth[t].sum(),
            "NK rate": k[nk].sum() / depth[nk].sum() if nk.sum() >= 40 else math.nan,
            "former": former if deep and high - low <= MAX_INTERVAL_WIDTH else "unresolved",
            "without NK": _columns_text(cd7_features(counts, typing, None)[0]),
            "with NK": _columns_text(cd7_features(counts, typing, None, standard=standard)[0]),
            "factor": math.nan if standard is None else standard.factor,
        }
    return pd.DataFrame(rows).T


def _columns_text(columns: Mapping[str, float]) -> str:
    if columns["cd7neg_unresolved"]:
        return "unresolved"
    return _text(*(columns[f"cd7neg_t_fraction{end}"] for end in ("", "_low", "_high")))


def _text(share: float, low: float, high: float) -> str:
    return f"{100 * share:.0f} ({100 * low:.0f}-{100 * high:.0f})"


def at_half_depth(by_name: Mapping[str, CellCounts], rng: np.random.Generator) -> pd.DataFrame:
    """Share at full and half depth in percent, both with the NK cells where they count.

    Half of the depth is under the least depth for some, which is therefore left out of account.
    """
    rows = {}
    for name, counts in by_name.items():
        full = _cd7_columns(counts)
        t_depth = counts.depth[type_cells(counts).lineage_mask("t")]
        if full["cd7neg_unresolved"] or np.median(t_depth) < MIN_MEDIAN_DEPTH:
            continue
        moves = []
        for _ in range(HALF_DEPTH_DRAWS):
            half = _cd7_columns(thinned(counts, 0.5, rng), typed_as=counts)
            moves.append(half["cd7neg_t_fraction"] - full["cd7neg_t_fraction"])
        se = full["cd7neg_t_fraction_se"]
        rows[name] = {
            "full": 100 * full["cd7neg_t_fraction"],
            "se": 100 * se,
            "half - full": 100 * float(np.nanmean(moves)),
            "|half - full|": 100 * float(np.nanmean(np.abs(moves))),
            "within the se %": 100 * float(np.mean(np.abs(moves) <= se)),
            "half unresolved %": 100 * float(np.mean(np.isnan(moves))),
        }
    return pd.DataFrame(rows).T


def _cd7_columns(counts: CellCounts, typed_as: CellCounts | None = None) -> dict[str, float]:
    typing = type_cells(counts if typed_as is None else typed_as)
    standard = sample_standard(counts, typing, before_infusion=False)
    return cd7_features(counts, typing, None, load_calibration(), standard=standard)[0]


def second_donor(k: Ints, depth: Floats, proteins: Floats) -> pd.DataFrame:
    """The lymphoma (CTCL): share by RNA beside its share and rates by protein, three cut-offs.

    `proteins` is CD7's share of all antibody counts. It has no NK cells,
    and its matrix holds 1,450 genes, by whose UMIs all rates are higher.
    """
    former = former_interval(k, depth, load_calibration())
    low, high = posterior_interval(k, depth, load_calibration())[0]
    rows = {}
    for cut in (0.004, 0.006, 0.008):
        negative = proteins < cut
        rates = [k[m].sum() / depth[m].sum() for m in (negative, ~negative)]
        share = float(negative.mean())
        rows[f"under {cut}"] = {
            "negative by protein %": 100 * share,
            "rate of negatives": rates[0],
            "rate of positives": rates[1],
            "by RNA": _text(mle_share(k, depth, load_calibration())[0], low, high),
            "covers": low <= share <= high,
            "former": _text(mle_share(k, depth, load_calibration())[0], *former),
            "former covers": former[0] <= share <= former[1],
        }
    return pd.DataFrame(rows).T


def lymphoma() -> tuple[Ints, Floats, Floats]:
    """T cells of CTCL: CD7 UMIs, depth in 10,000 UMIs, CD7's share of all antibody counts."""
    data = anndata.read_h5ad(data_dir() / "ctcl" / "ctcl_173.h5ad")
    matrix, names = h5ad_matrix("ctcl/ctcl_173.h5ad")
    counts = from_matrix(matrix, names, names)
    proteins = data.obsm["protein_counts"]
    cells = are_good(counts) & type_cells(counts).lineage_mask("t")
    share = (proteins["CD7"] / proteins.sum(axis=1)).to_numpy()
    return counts.gene_umis(CD7)[cells].astype(np.int64), counts.depth[cells] / 1e4, share[cells]


def print_samples(rng: np.random.Generator) -> None:
    """All tables of this module."""
    by_name = samples()
    print("\nSamples in which CD7 was no target", on_samples(by_name).to_string(), sep="\n")
    print("\nHalf the depth", at_half_depth(by_name, rng).round(1).to_string(), sep="\n")
    print("\nA second donor", second_donor(*lymphoma()).to_string(), sep="\n")
