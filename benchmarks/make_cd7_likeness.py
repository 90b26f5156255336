"""Likeness of CD7-positive T cells without CD7 RNA to CD7-negative ones, by measured protein.

    python -m benchmarks.make_cd7_likeness

Prints the constant of `training.study.activity.unmixing`: the slope of (dropouts - those with RNA)
on (negatives - those with RNA) over genes, in T cells of ECCITE-seq PBMC. The negatives and those
with RNA are halved at random and the halves crossed, so that products hold no squared noise; the
error comes from subsamples of 63 % of the cells.
"""

import numpy as np

from benchmarks.make_cd7_calibration import NEGATIVE_BELOW
from features.arrays import Bools, Floats, Ints, Texts
from features.cells.scan import scan_counts
from features.celltypes.cell_types import type_cells
from features.genes.annotation import assign_roles
from features.readers.open_counts import open_counts
from features.settings import data_dir, prepare_libraries

LEAST_RATE = 0.6e-4  # UMIs per UMI of the depth genes: genes below are noise in 35 cells
SPLITS, SUBSAMPLES, SHARE = 200, 200, 0.632


def read_cells() -> tuple[Floats, Floats, Bools, Bools]:
    """T cells: counts (n, genes), depth (n,), no CD7 protein (n,), no CD7 RNA (n,)."""
    import anndata

    path = data_dir() / "eccite" / "eccite_pbmc_500.h5ad"
    data, source = anndata.read_h5ad(path), open_counts(path)
    scan = scan_counts(source, assign_roles(source.reference))
    cells = type_cells(scan.cells).lineage_mask("t")
    proteins = data.obsm["protein_counts"].iloc[scan.barcode_index]
    absent = (proteins["CD7"] / proteins.sum(axis=1)).to_numpy() < NEGATIVE_BELOW
    counts = np.asarray(data.to_df().to_numpy()[scan.barcode_index][cells], float)
    total = scan.cells.depth[cells].astype(float)
    names = np.array(source.gene_names, str)
    expressed = counts.sum(axis=0) / total.sum() > LEAST_RATE
    columns = expressed & (names != "CD7") & ~_housekeeping(names)
    return counts[:, columns], total, absent[cells], (scan.cells.gene_umis("CD7") == 0)[cells]


def _housekeeping(names: Texts) -> Bools:
    """Mitochondrial and ribosomal genes: many UMIs, little to do with the kind."""
    return np.array([name.startswith(("MT-", "RPL", "RPS")) for name in names])


def products(cells: tuple[Floats, Floats, Bools, Bools], rng: np.random.Generator) -> Floats:
    """Crossed products of one random halving: numerator and denominator of the slope."""
    counts, total, absent, silent = cells
    negative, with_rna = (rng.permutation(np.flatnonzero(m)) for m in (absent, ~absent & ~silent))

    def rate(rows: Ints) -> Floats:
        return np.asarray(counts[rows].sum(axis=0) / total[rows].sum())

    dropouts, weight = (
        rate(np.flatnonzero(~absent & silent)),
        1 / (rate(np.arange(total.size)) + 4e-5),
    )
    a, b, c, d = (rate(rows) for half in (negative, with_rna) for rows in (half[::2], half[1::2]))
    top = (dropouts - c) * (a - d) + (dropouts - d) * (b - c)
    return np.array([(weight * top).sum() / 2, (weight * (a - c) * (b - d)).sum()])


def slope(
    cells: tuple[Floats, Floats, Bools, Bools], splits: int, rng: np.random.Generator
) -> float:
    """Ratio of the mean products over random halvings."""
    top, bottom = np.mean([products(cells, rng) for _ in range(splits)], axis=0)
    return float(top / bottom)


def main() -> None:
    """Print the constant, its error and the cells it is based on."""
    rng, cells = np.random.default_rng(0), read_cells()
    _, total, absent, silent = cells
    size = int(SHARE * total.size)
    slopes = []
    for _ in range(SUBSAMPLES):
        rows = rng.choice(total.size, size, replace=False)
        slopes.append(slope((cells[0][rows], total[rows], absent[rows], silent[rows]), 10, rng))
    error = float(np.std(slopes) * np.sqrt(SHARE / (1 - SHARE)))
    print(
        f"{absent.sum()} T cells without CD7 protein, {(~absent & silent).sum()} with it and no "
        f"CD7 RNA, {(~absent & ~silent).sum()} with both; {cells[0].shape[1]:,} genes"
    )
    print(f"likeness {slope(cells, SPLITS, rng):.2f}, standard error {error:.2f}")


if __name__ == "__main__":
    prepare_libraries()
    main()
