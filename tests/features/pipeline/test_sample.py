"""Rows of one sample: invariants and refusals."""

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features import schema
from features.celltypes.labels import LabelColumn
from features.errors import InputError, Refusal
from features.measures.history import rests_on_cd7
from features.pipeline.sample import summarise, summarise_file
from features.table.file_samples import one_sample
from features.table.row import Row, check_range, number
from features.table.sample_sheet import read_sheet, sheet_row


def numbers(row: Row) -> np.ndarray:
    """All numeric columns of one sample."""
    return np.array([number(row, name) for name in schema.SAMPLE_NUMBERS])


@pytest.fixture(scope="module")
def row(tenx: Path) -> Row:
    """The simulated sample's row."""
    return summarise(sheet_row(tenx, day=3, enrichment="none"))


def check_ranges(row: Row) -> None:
    """Every number lies in its feature's plausible range."""
    for name, value in row.items():
        if name in schema.ALL_FEATURES and isinstance(value, float | int):
            check_range(name, value)


def test_a_row_has_the_schemas_columns_and_ranges(row: Row) -> None:
    """Exactly the columns, every value plausible, with provenance and source of types."""
    assert tuple(row) == schema.SAMPLE_COLUMNS
    check_ranges(row)
    assert (row["provenance"], row["typing_source"], row["day"]) == ("synthetic", "rate_table", 3)


def test_fractions_are_those_drawn(row: Row, blood: Any) -> None:
    """Against the simulator's truth, within three standard errors."""
    truth = np.mean([t in ("cd14_monocyte", "cd16_monocyte") for t in blood.types])
    error = number(row, "monocyte_fraction_se")
    assert abs(number(row, "monocyte_fraction") - truth) < 3 * error
    assert number(row, "n_cells") == 400
    assert number(row, "median_genes") == np.median(np.diff(blood.counts.indptr))


@pytest.mark.parametrize("seed", range(4))
def test_order_of_cells_changes_nothing(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path, seed: int
) -> None:
    """Permuting cells moves no feature by more than 1e-9."""
    order = np.random.default_rng(seed).permutation(400)
    mixed = tenx_writer(tmp_path / "p.h5", replace(blood, counts=blood.counts[order]))
    again = summarise(sheet_row(mixed, day=3, enrichment="none"))
    np.testing.assert_allclose(numbers(again), numbers(row), rtol=0, atol=1e-9)


def test_order_of_genes_changes_nothing(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """A reference in another order holds the same sample."""
    order = np.random.default_rng(1).permutation(len(blood.names))
    other = replace(
        blood, counts=blood.counts[:, order].tocsr(),
        names=[blood.names[i] for i in order], ids=[blood.ids[i] for i in order],
    )  # fmt: skip
    again = summarise(sheet_row(tenx_writer(tmp_path / "g.h5", other), day=3, enrichment="none"))
    np.testing.assert_allclose(numbers(again), numbers(row), rtol=0, atol=1e-9)


def with_rows(blood: Any, ids: list[str], names: list[str], umis: int) -> Any:
    """The cells with further rows of so many UMIs each in every cell."""
    more = np.full((blood.counts.shape[0], len(ids)), umis, np.int32)
    counts = sparse.csr_matrix(sparse.hstack([blood.counts, more]), dtype=np.int32)
    return replace(blood, counts=counts, ids=[*blood.ids, *ids], names=[*blood.names, *names])


def test_antibodies_and_guides_are_no_rna(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Rows of CD7 and CD3 antibodies and a CRISPR guide change no RNA feature and no depth."""
    cells = with_rows(blood, ["CD7", "CD3_TotalSeqC", "g1"], ["CD7", "CD3", "MT-guide"], 700)
    kinds = ["Gene Expression"] * len(blood.ids)
    kinds += ["Antibody Capture", "Antibody Capture", "CRISPR Guide Capture"]
    path = tenx_writer(tmp_path / "cite.h5", cells, kinds=kinds)
    again = summarise(sheet_row(path, day=3, enrichment="none"))
    for name in schema.SAMPLE_NUMBERS:
        if not rests_on_cd7(name):
            np.testing.assert_equal(number(again, name), number(row, name), err_msg=name)


def test_a_reference_of_several_genomes(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Human names behind a prefix are the same genes; with a mouse gene beside them, refused."""
    prefixed = replace(
        blood, ids=[f"GRCh38_{i}" for i in blood.ids], names=[f"GRCh38_{n}" for n in blood.names]
    )
    path = tenx_writer(tmp_path / "two.h5", prefixed)
    np.testing.assert_array_equal(numbers(summarise(sheet_row(path, day=3, enrichment="none"))),
                                  numbers(row))  # fmt: skip
    mixed = with_rows(prefixed, ["mm10_ENSMUSG00000025163"], ["mm10_Cd7"], 1)
    path = tenx_writer(tmp_path / "barnyard.h5", mixed)
    with pytest.raises(InputError, match="human genes, but 1 of its genes are mouse"):
        summarise(sheet_row(path, day=3))


def test_former_names_and_duplicates_are_the_same_genes(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """A file by symbol alone with SDPR, IL8 and one gene split into CD3D-1 and CD3D-2."""
    former = {"CAVIN2": "SDPR", "CXCL8": "IL8"}
    names = [former.get(name, name) for name in blood.names]
    assert {"SDPR", "IL8"} <= set(names)
    column = blood.names.index("CD3D")
    counts = blood.counts.tolil()
    half = blood.column("CD3D") // 2
    counts[:, column] = (blood.column("CD3D") - half)[:, None]
    cells = replace(blood, counts=counts.tocsr(), ids=names, names=names)
    cells = with_rows(cells, ["CD3D-1"], ["CD3D-1"], 0)
    cell_counts = cells.counts.tolil()
    cell_counts[:, -1] = half[:, None]
    cells = replace(cells, counts=sparse.csr_matrix(cell_counts, dtype=np.int32))
    other_row = summarise(
        sheet_row(tenx_writer(tmp_path / "old.h5", cells), day=3, enrichment="none")
    )
    # A cell's detected genes may rise by one where both rows are seen; nothing else may move.
    for name in schema.SAMPLE_NUMBERS:
        if name != "median_genes":
            assert number(other_row, name) == pytest.approx(
                number(row, name), abs=1e-9, nan_ok=True
            )


def test_a_filtered_matrix_is_flagged(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """No MT- genes, and under 10,000 in all: two warnings, and a missing mitochondrial share."""
    columns = np.array([i for i, n in enumerate(blood.names) if not n.startswith("MT-")][:9000])
    part = replace(
        blood, counts=blood.counts[:, columns].tocsr(),
        names=[blood.names[i] for i in columns], ids=[blood.ids[i] for i in columns],
    )  # fmt: skip
    row = summarise(sheet_row(tenx_writer(tmp_path / "f.h5", part), day=3, enrichment="none"))
    assert {"few_genes", "no_mito_genes"} <= set(str(row["warnings"]).split(";"))
    assert math.isnan(number(row, "mito_fraction"))


def cut(blood: Any, genes: np.ndarray) -> Any:
    """The same cells with some of the genes."""
    return replace(
        blood, counts=blood.counts[:, genes].tocsr(),
        names=[blood.names[i] for i in genes], ids=[blood.ids[i] for i in genes],
    )  # fmt: skip


def test_genes_that_references_lack_change_no_feature(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Without ribosomal and non-coding genes: to the bit, but for UMIs, genes and their share."""
    genes = np.flatnonzero([n not in ("RPL10", "RPL13", "RPS27", "MALAT1") for n in blood.names])
    path = tenx_writer(tmp_path / "flex.h5", cut(blood, genes), provenance="synthetic")
    flex = summarise(sheet_row(path, day=3, enrichment="none"))
    assert str(flex["warnings"]).startswith("no_ribosomal_genes;no_noncoding_genes")
    of_the_file = {"median_umi", "median_genes", "mito_fraction", "mito_fraction_se"}
    for name in set(schema.SAMPLE_NUMBERS) - of_the_file:
        np.testing.assert_array_equal(number(flex, name), number(row, name), name)
    assert math.isnan(number(flex, "mito_fraction"))


def test_variable_genes_alone_withhold_what_rests_on_depth(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """The panel and most of the other genes: composition, but no expression and no CD7."""
    genes = np.array([i for i in range(len(blood.names)) if i < 300 or i % 20 < 19])
    path = tenx_writer(tmp_path / "hvg.h5", cut(blood, genes))
    part = summarise(sheet_row(path, day=3, enrichment="none"))
    assert "few_depth_genes" in str(part["warnings"])
    assert abs(number(part, "monocyte_fraction") - number(row, "monocyte_fraction")) < 0.01
    assert number(part, "cd7neg_unresolved") == 1.0
    rests = [f.name for f in schema.SAMPLE_FEATURES if f.unit.endswith("UMIs per 10,000)")]
    for name in (*rests, "cd7neg_t_fraction", "cd7_t_rate", "cd7neg_t_fraction_low"):
        assert math.isnan(number(part, name)), name


def test_a_choice_of_genes_is_refused(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """The panel and a third of the other genes: neither types nor levels are comparable."""
    genes = np.array([i for i in range(len(blood.names)) if i < 300 or i % 3 == 0])
    path = tenx_writer(tmp_path / "hvg.h5", cut(blood, genes))
    with pytest.raises(Refusal, match=r"must hold 90 % of the genes .* genes hold \d\d %"):
        summarise(sheet_row(path, day=3, enrichment="none"))


def test_a_flow_value_does_not_replace_the_rna_estimate(tenx: Path, row: Row) -> None:
    """Flow's CD7-negative share is kept as given and moves nothing that the cells say."""
    flow_row = summarise(sheet_row(tenx, day=3, enrichment="none", flow_cd7neg_t_fraction=0.93))
    assert flow_row["flow_cd7neg_t_fraction"] == 0.93
    np.testing.assert_array_equal(numbers(flow_row), numbers(row))


def test_too_few_cells_are_refused(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """150 good cells are no sample."""
    with pytest.raises(Refusal, match="150 of 150 are"):
        summarise(sheet_row(tenx_writer(tmp_path / "few.h5", draw_sample(150)), day=1))


def test_labels_replace_our_types(blood: Any, tmp_path: Path) -> None:
    """The user's own types give the fractions, and the row says so."""
    import anndata
    import pandas as pd

    obs = pd.DataFrame({"mine": blood.types}, index=[str(i) for i in range(400)])
    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    anndata.AnnData(blood.counts, obs=obs, var=var).write_h5ad(tmp_path / "l.h5ad")
    row = summarise(sheet_row(tmp_path / "l.h5ad", enrichment="none"), labels=LabelColumn("mine"))
    assert row["typing_source"] == "labels"
    assert number(row, "nk_fraction") == pytest.approx(np.mean([t == "nk" for t in blood.types]))


def test_other_matrices_of_counts_are_named(blood: Any, tmp_path: Path) -> None:
    """The one that is read and the others; nothing is said of a file with one matrix."""
    path, sentences = tmp_path / "two.h5ad", list[str]()
    data = anndata.AnnData(blood.counts, var=pd.DataFrame(index=blood.names))
    data.write_h5ad(path)
    summarise_file(one_sample(sheet_row(path)), tell=sentences.append)
    assert sentences == []
    data.layers["UMIs"] = blood.counts
    data.write_h5ad(path)
    summarise_file(one_sample(sheet_row(path)), tell=sentences.append)
    assert sentences == ["two.h5ad: counts are read from X; layers/UMIs may hold counts too."]


def test_labels_need_a_format_that_has_them(tenx: Path) -> None:
    """Cell Ranger's .h5 carries none."""
    with pytest.raises(InputError, match=r"give an \.h5ad"):
        summarise(sheet_row(tenx), labels=LabelColumn("mine"))


def test_the_path_imports_no_heavy_library(tenx: Path) -> None:
    """A cold process reads an .h5 without anndata, scikit-learn or pandas, nor our own scipy.

    numba looks for BLAS in scipy.linalg when it is there; nothing else of scipy is loaded.
    """
    program = (
        "import sys; from features.settings import prepare_libraries; prepare_libraries()\n"
        "from features.pipeline.sample import summarise\n"
        "from features.table.sample_sheet import sheet_row\n"
        f"summarise(sheet_row({str(tenx)!r}))\n"
        "heavy = {'anndata', 'scipy.sparse', 'scipy.stats', 'sklearn', 'pandas', 'zarr', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_nk_cells_count_more_readily_before_infusion(carpall: Path, pbmc3k: Path) -> None:
    """NK cells at 0.6 of the healthy rate are a standard on day -3 alone; usual ones on any day."""
    low, usual = carpall / "CAR-T10484040.h5", pbmc3k
    before, product, day_0, after = (
        summarise(sheet_row(low, day=day, enrichment=enrichment))
        for day, enrichment in ((-3, "none"), (-3, "product"), (0, "none"), (28, "none"))
    )
    name = "cd7neg_t_fraction_low"
    assert number(product, name) == number(day_0, name) == number(after, name)
    assert number(before, name) < number(after, name) - 0.2
    rows = [summarise(sheet_row(usual, day=day, enrichment="none")) for day in (-3, 28)]
    assert all("cd7_nk_standard" in str(row["warnings"]) for row in rows)
    for column in schema.SAMPLE_NUMBERS:
        assert number(rows[0], column) == pytest.approx(number(rows[1], column), nan_ok=True)


def test_real_samples_pass_or_are_refused_for_what_they_are(carpall: Path) -> None:
    """The four known bad samples are refused with their reasons, the other eight give rows."""
    reasons = {
        "CAR-T10310320": "44 % mitochondrial",
        "CAR-T10310321": "80 of 133 are",
        "CAR-T10484034": "needs a median of 400 genes",
        "CAR-T10484036": "needs a median of 400 genes",
    }
    for line in read_sheet(carpall / "samples.csv"):
        if line.sample_id in reasons:
            with pytest.raises(Refusal, match=reasons[line.sample_id]):
                summarise(line)
        else:
            row = summarise(line)
            check_ranges(row)
            assert row["provenance"] == "real"
