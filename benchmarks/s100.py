"""S100A8/A9: response of the four numbers to known changes of real cells.

    python -m benchmarks.s100

Cells of CAR-T10310325 (0.6 % ambient RNA) are resampled with twice the monocytes, then ambient RNA
of the sample's pooled profile replaces a share of every cell's UMIs. 20 draws each. Then ambient
RNA of burst monocytes alone, which the pooled profile does not describe, with 20,000 empty droplets
of 50 UMIs that contain it, as in an unfiltered matrix.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.cells import carpall, carpall_samples, eccite, pbmc3k
from features.arrays import Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, type_cells
from features.genes.panels import S100
from features.measures.ambient import estimate_ambient
from features.measures.composition import MONOCYTES
from features.measures.empty_droplets import EmptyDroplets
from features.measures.s100 import s100_features
from features.pipeline.sample import cell_features

NAMES = ("s100a8a9_leukocyte", "s100a8a9_monocyte", "s100a8a9_nonmyeloid", "s100a8a9_standardised")
DRAWS = 20
SHEET: dict[str, str | None] = {"enrichment": "none", "car_cd7_strategy": None}


def draw_composition(
    counts: CellCounts, typing: Typing, monocytes: int, others: int, rng: np.random.Generator
) -> CellCounts:
    """Given numbers of monocytes and other cells, with replacement, without doublets."""
    is_monocyte = typing.type_mask(*MONOCYTES)
    rest = np.flatnonzero(~is_monocyte & ~typing.type_mask("doublet"))
    return counts.select(
        np.concatenate(
            [rng.choice(np.flatnonzero(is_monocyte), monocytes), rng.choice(rest, others)]
        )
    )


def with_ambient(counts: CellCounts, share: float, rng: np.random.Generator) -> CellCounts:
    """Replace a share of every cell's UMIs by draws from the sample's pooled profile."""
    return add_ambient(counts, share, counts.panel_sums() / counts.depth.sum(), rng)


def add_ambient(
    counts: CellCounts, share: float, profile: Floats, rng: np.random.Generator
) -> CellCounts:
    """Replace a share of every cell's UMIs by draws from a profile (UMIs per depth)."""
    own_umis = rng.binomial(counts.panel, 1 - share)
    ambient_umis = rng.poisson(share * counts.depth[:, None] * profile[None, :])
    return replace(counts, low=(own_umis + ambient_umis).astype(np.int32), high={})


def with_burst_monocytes(
    counts: CellCounts, typing: Typing, share: float, rng: np.random.Generator
) -> tuple[CellCounts, EmptyDroplets]:
    """The cells with ambient RNA of the sample's monocytes alone, and its empty droplets."""
    is_monocyte = typing.type_mask(*MONOCYTES)
    profile = counts.select(is_monocyte).panel_sums() / counts.depth[is_monocyte].sum()
    empty = EmptyDroplets(rng.poisson(1_000_000 * profile), 1_000_000, 20_000)
    return add_ambient(counts, share, profile, rng), empty


def in_burst_monocytes(
    base: list[CellCounts], share: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Change of the non-myeloid value by ambient RNA, with droplets and without."""
    name, rows = "s100a8a9_nonmyeloid", []
    for counts in base:
        before = features_of(counts)[name]
        ambient_counts, droplets = with_burst_monocytes(counts, type_cells(counts), share, rng)
        typing = type_cells(ambient_counts)
        row: dict[str, float] = {"uncorrected": uncorrected(ambient_counts) - uncorrected(counts)}
        for method, method_droplets in (("pooled profile", None), ("empty droplets", droplets)):
            columns = cell_features(ambient_counts, typing, SHEET, method_droplets)
            change = columns[name] - before
            row |= {
                f"{method}: ambient": columns["ambient_fraction"], f"{method}: change": change,
                f"{method}: error": columns[f"{name}_se"],
            }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def features_of(counts: CellCounts) -> dict[str, float]:
    """The S100 columns, with the cells typed again."""
    return s100_features(counts, type_cells(counts))


def uncorrected(counts: CellCounts) -> float:
    """Baseline: lymphocytes' S100 without correction for ambient RNA."""
    cells = type_cells(counts).lineage_mask("t", "nk", "b")
    return float(np.log1p(1e4 * counts.summed_umis(S100)[cells].sum() / counts.depth[cells].sum()))


def shifts(base: list[CellCounts], changed_cells: list[CellCounts]) -> pd.DataFrame:
    """Mean change of each number, its reported error, and their ratio."""
    rows = {}
    before, after = (
        pd.DataFrame([features_of(c) for c in samples]) for samples in (base, changed_cells)
    )
    for name in NAMES:
        change = float((after[name] - before[name]).mean())
        error = float(np.hypot(before[f"{name}_se"].mean(), after[f"{name}_se"].mean()))
        rows[name] = {"change": change, "error": error, "change / error": change / error}
    baseline_change = np.mean([uncorrected(c) for c in changed_cells]) - np.mean(
        [uncorrected(c) for c in base]
    )
    rows["baseline: lymphocytes uncorrected"] = {"change": float(baseline_change)}
    return pd.DataFrame(rows).T


def real_samples() -> pd.DataFrame:
    """The non-myeloid value on real samples, its 95 % interval, and the ambient fraction."""
    samples = {"pbmc3k": pbmc3k()[0], "eccite": eccite()[0]}
    for sample in carpall_samples().query("enrichment == 'none'")["sample_id"]:
        samples[sample] = carpall(sample)[0]
    rows = {}
    for name, counts in samples.items():
        if counts.n_cells < 200 or np.median(counts.n_genes) < 400:
            continue
        typing = type_cells(counts)
        ambient = estimate_ambient(counts, typing)
        columns = s100_features(counts, typing, ambient)
        value, se = columns["s100a8a9_nonmyeloid"], columns["s100a8a9_nonmyeloid_se"]
        rows[name] = {
            "ambient": ambient.rho, "uncorrected": uncorrected(counts), "corrected": value,
            "low": value - 1.96 * se, "high": value + 1.96 * se,
        }  # fmt: skip
    return pd.DataFrame(rows).T


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(3)
    counts, _ = carpall("CAR-T10310325")
    typing = type_cells(counts)
    base = [draw_composition(counts, typing, 150, 1350, rng) for _ in range(DRAWS)]
    double = [draw_composition(counts, typing, 300, 1200, rng) for _ in range(DRAWS)]
    print("Monocytes 10 % -> 20 %, S100 of each cell unchanged (leukocyte value must move alone)")
    print(shifts(base, double).round(3).to_string())
    for share in (0.05, 0.20):
        print(f"\nAmbient RNA 0 -> {share:.0%} (the corrected values must stay within their error)")
        print(shifts(base, [with_ambient(c, share, rng) for c in base]).round(3).to_string())
    for share in (0.05, 0.20):
        print(
            f"\nAmbient RNA of burst monocytes {share:.0%}, "
            f"non-myeloid value (true ambient {share:.2f})"
        )
        print(in_burst_monocytes(base, share, rng).mean().round(3).to_string())
    print("\nLymphocytes of real samples (healthy ones must cover 0)")
    print(real_samples().round(3).to_string())


if __name__ == "__main__":
    main()
