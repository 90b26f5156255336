"""Reasons of refusal name the cause that the figures show, and its way out."""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from benchmarks.cells import carpall_matrix
from features.cells.barcode_figures import BarcodeFigures
from features.cells.usable_sample import GoodCells, check_cells, check_typed
from features.errors import InputError, Refusal
from features.genes.panels import PANEL_GENES
from features.pipeline.sample import summarise
from features.table.sample_sheet import sheet_row

GENES = 36_000
# A shallow but whole sample: CARPALL's CAR-T10484034.
SHALLOW = BarcodeFigures(
    n_barcodes=4683, n_filled=4683, n_few_umis=2040, n_few_genes=8, n_high_mito=0,
    median_umis=427.0, median_genes=293.0, median_mito=0.02,
    n_cells=3767, ones_share=0.77, n_without_ones=0,
    median_total=470.0, total_spread=0.29,
)  # fmt: skip
FEW = GoodCells(59, 1825.0, 932.0)


def reason(good: GoodCells, n_rna_genes: int = GENES, **figures: float) -> str:
    """The sentence for a sample that differs from the shallow one in these figures."""
    with pytest.raises(Refusal) as refusal:
        check_cells(good, SHALLOW._replace(**figures), n_rna_genes)  # type: ignore[arg-type]
    return str(refusal.value)


def test_a_usable_sample_passes() -> None:
    """At the limits: 200 cells, a median of 400 genes."""
    check_cells(GoodCells(200, 600.0, 400.0), SHALLOW, GENES)


def test_the_reason_holds_limit_and_figures() -> None:
    """Number of usable barcodes, of all, and the mitochondrial share."""
    sentence = reason(FEW, n_barcodes=229, n_filled=229, median_mito=0.436)
    assert "needs 200 usable barcodes" in sentence
    assert "but 59 of 229 are; a barcode's median is 44 % mitochondrial" in sentence


@pytest.mark.parametrize(
    ("figures", "cause"),
    [
        ({"n_filled": 133}, "only 133 barcodes hold over 100 UMIs; load more cells"),
        ({"n_high_mito": 3000}, "cells that were dying; take fresher cells"),
        ({"median_mito": 0.44}, "cells that were dying; take fresher cells"),
        ({"n_few_genes": 3000}, "3,000 have UMIs of few genes only, as red cells"),
        ({"n_few_umis": 4000}, "4,000 are nearly empty, with a median of 427 UMIs"),
        ({"median_mito": float("nan")}, "2,040 are nearly empty"),
    ],
)
def test_too_few_cells_have_their_cause(figures: dict[str, float], cause: str) -> None:
    """Few barcodes, dying cells, red cells, or nearly empty barcodes."""
    sentence = reason(FEW, **figures)
    assert cause in sentence
    assert ("sequence deeper" in sentence) == ("nearly empty" in cause)


@pytest.mark.parametrize(
    ("good", "n_rna_genes", "cause"),
    [
        (GoodCells(2635, 484.0, 326.0), GENES, "their median is 484 UMIs; sequence deeper"),
        (GoodCells(2635, 3000.0, 326.0), GENES, "depth is not the cause; cells with RNA of few"),
        (GoodCells(2635, 484.0, 326.0), 2_000, "holds only 2,000 genes; give all genes"),
        (GoodCells(59, 484.0, 326.0), 400, "holds only 400 genes; give all genes"),
    ],
)
def test_too_few_genes_have_their_cause(good: GoodCells, n_rna_genes: int, cause: str) -> None:
    """Depth, low complexity, or a matrix of chosen genes."""
    sentence = reason(good, n_rna_genes)
    assert cause in sentence
    assert ("sequence deeper" in sentence) == ("sequence deeper" in cause)


@pytest.mark.parametrize(
    ("unknown", "median_genes", "missing", "n_genes", "cause"),
    [
        (0.10, 450.0, 0.04, GENES, "a median of 450 genes is too shallow; sequence deeper"),
        (0.40, 900.0, 0.04, GENES, "resemble no blood cell; check the tissue"),
        (0.40, 450.0, 0.60, GENES, "lacks 60 % of the genes by which types are called"),
        (0.05, 900.0, 0.04, GENES, "lie between types"),
        (0.10, 450.0, 0.04, 5_000, "holds only 5,000 genes; give all genes"),
    ],
)
def test_untyped_samples_have_their_cause(
    unknown: float, median_genes: float, missing: float, n_genes: int, cause: str
) -> None:
    """Depth, another tissue, missing genes, mixtures, or chosen genes."""
    figures = {"median_genes": median_genes, "missing_genes": missing}
    check_typed(0.40, unknown, **figures, n_rna_genes=n_genes)
    with pytest.raises(Refusal, match="but 41 % do: ") as refusal:
        check_typed(0.41, unknown, **figures, n_rna_genes=n_genes)
    assert cause in str(refusal.value)
    assert ("sequence deeper" in str(refusal.value)) == ("sequence deeper" in cause)


def test_few_but_good_cells_were_not_dying() -> None:
    """A small file of whole cells lacks cells, whatever the commonest fault of the rest is."""
    sentence = reason(GoodCells(194, 4900.0, 1900.0), n_barcodes=205, n_filled=205, n_high_mito=6)
    assert "194 of 205 are" in sentence
    assert "most of 205 barcodes are, so cells are few; load more cells" in sentence


@pytest.mark.parametrize("n_rna_genes", [399, 1_200, 5_000, 9_999])
@pytest.mark.parametrize("n_good", [0, 59, 190, 2_635])
@pytest.mark.parametrize(
    "figures",
    [
        {}, {"n_filled": 133}, {"n_filled": 200}, {"n_high_mito": 4000}, {"n_few_genes": 3000},
        {"median_mito": 0.44}, {"median_mito": float("nan")},
    ],
)  # fmt: skip
def test_chosen_genes_are_told_their_number(
    n_rna_genes: int, n_good: int, figures: dict[str, float]
) -> None:
    """Whatever figure a targeted panel fails: neither depth nor cells are its fault."""
    sentence = reason(GoodCells(n_good, 484.0, 326.0), n_rna_genes, **figures)
    assert f"holds only {n_rna_genes:,} genes; give all genes of the reference" in sentence
    assert "sequence deeper" not in sentence and "load more cells" not in sentence


def test_a_panel_of_too_few_barcodes_lacks_cells_first() -> None:
    """A file of 133 barcodes needs more of them, whatever its genes."""
    sentence = reason(FEW, 9_000, n_barcodes=133, n_filled=133)
    assert "most of 133" in sentence or "only 133 barcodes" in sentence


def _panel(names: list[str], mean: np.ndarray, n_genes: int, choice: str) -> np.ndarray:
    """Positions of a made-up panel: the highest genes, any genes, or ours with any others."""
    random = np.random.default_rng(n_genes).permutation(len(names))
    if choice == "highest":
        return np.sort(np.argsort(-mean)[:n_genes])
    if choice == "any":
        return np.sort(random[:n_genes])
    ours = np.array([i for i in random if names[i] in PANEL_GENES])[: n_genes // 2]
    others = np.setdiff1d(random, ours, assume_unique=True)[: n_genes - ours.size]
    return np.sort(np.concatenate([ours, others]))


@pytest.mark.parametrize("choice", ["highest", "any", "ours"])
@pytest.mark.parametrize("n_genes", [399, 1_200, 2_500, 5_000])
@pytest.mark.parametrize("sample", ["pbmc3k", "CAR-T10310325"])
def test_a_targeted_panel_is_told_its_size(
    sample: str, n_genes: int, choice: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Real cells cut to the sizes of targeted panels: depth, cells and names are no fault."""
    if sample == "pbmc3k":
        data = anndata.read_h5ad(request.getfixturevalue("pbmc3k"))
        counts, names = sparse.csr_matrix(data.X), list(data.var_names)
    else:
        request.getfixturevalue("carpall")
        counts, _, names, _ = carpall_matrix(sample)
    mean = np.asarray(counts.mean(axis=0)).ravel()
    genes = _panel(names, mean, n_genes, choice)
    panel = anndata.AnnData(counts[:, genes], var=pd.DataFrame(index=[names[i] for i in genes]))
    panel.var_names_make_unique()
    panel.write_h5ad(tmp_path / "p.h5ad")
    with pytest.raises(InputError) as problem:
        summarise(sheet_row(tmp_path / "p.h5ad", day=1, enrichment="none"))
    sentence = str(problem.value)
    assert f"its {n_genes:,} genes" in sentence and "give all genes" in sentence
    assert not [word for word in ("deeper", "load", "reads", "names") if word in sentence]
