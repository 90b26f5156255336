"""Cell typing on cells drawn from the table, against a slow version, and on real cells."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from benchmarks.cells import car_t_cells, joined, thinned
from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.celltypes import OF_LABEL, by_rates, f1
from benchmarks.leukaemic_cells import CHOICE_GENES, REPORTED_ON, real_blasts
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells, typing_from_labels
from features.celltypes.type_profiles import (
    DOUBLET_MARKERS,
    LINEAGES,
    RARE_TYPE_MARKERS,
    doublet_pairs,
    row_log_priors,
    row_names,
    row_rates,
)
from features.errors import InputError
from features.genes.expression_rates import TABLE as TABLE_FILE
from features.genes.expression_rates import load_rates
from features.genes.panels import PANEL_GENES

TABLE = load_rates()
GENES = TABLE.genes


def cells_of(rates: np.ndarray, total: np.ndarray, seed: int = 0) -> CellCounts:
    """Negative binomial counts at rates (cells, genes of the table)."""
    rng = np.random.default_rng(seed)
    mean = total[:, None] / 1e4 * rates * rng.gamma(2.0, 0.5, rates.shape)
    panel = rng.poisson(mean).astype(np.int32)
    return CellCounts(total, np.full(len(total), 900), np.zeros(len(total), int), panel, GENES)


def mixture(
    shares: dict[str, int], depth: int = 3000, seed: int = 0
) -> tuple[CellCounts, np.ndarray]:
    """Cells of several types and their true types."""
    types = np.repeat(list(shares), list(shares.values()))
    rates = np.array([TABLE.type_rates(name) for name in types])
    return cells_of(rates, np.full(len(types), depth), seed), types


BLOOD = {"cd14_monocyte": 120, "cd16_monocyte": 20, "cd4_t": 200, "cd8_t": 80, "other_t": 60,
         "nk": 80, "b": 60, "platelet": 20, "plasma": 20, "pdc": 20, "hspc": 20, "erythroid": 20,
         "neutrophil_like": 20, "cdc": 20, "blast_like_t": 20, "early_t_precursor": 20,
         "precursor_b": 20, "myeloid_blast": 20}  # fmt: skip


def lineage_of(names: list[str] | np.ndarray) -> np.ndarray:
    """Lineage of each type name."""
    lineage_by_type = {name: lineage for lineage, types in LINEAGES.items() for name in types}
    return np.array([lineage_by_type[name] for name in names])


def test_cells_drawn_from_the_table_are_called_what_they_are() -> None:
    """At 3,000 UMIs 97 % of all, 90 % of each lineage; the two-gene rule costs some blasts."""
    counts, types = mixture(BLOOD)
    calls, true = lineage_of(type_cells(counts).names()), lineage_of(types)
    assert (calls == true).mean() > 0.97
    for lineage in set(true):
        minimum = 0.6 if lineage == "blast" else 0.9
        assert (calls == true)[true == lineage].mean() >= minimum, lineage


def naive_call(counts: CellCounts, cell: int) -> str:
    """Slow: one cell, scipy's negative binomial, rows folded into names and lineages."""
    mean = counts.total[cell] / 1e4 * row_rates(TABLE)
    logs = nbinom.logpmf(counts.panel[cell][:, None], 1, 1 / (1 + mean)).sum(axis=0)
    logs += row_log_priors(TABLE)
    for name, markers in RARE_TYPE_MARKERS.items():
        if sum(counts.panel[cell, GENES.index(gene)] > 0 for gene in markers) < 2:
            logs[row_names(TABLE).index(name)] = -np.inf
    two = {
        name: sum(counts.panel[cell, GENES.index(gene)] > 0 for gene in markers) >= 2
        for name, markers in DOUBLET_MARKERS.items()
    }
    first = len(row_names(TABLE)) - len(doublet_pairs())
    for i, (one, other) in enumerate(doublet_pairs()):
        if not (two[one] and two[other]):
            logs[first + i] = -np.inf
    weights = np.exp(logs - logs.max())
    names = np.array(row_names(TABLE))
    shares = {name: weights[names == name].sum() / weights.sum() for name in NAMES}
    by_lineage = {line: sum(shares[t] for t in types) for line, types in LINEAGES.items()}
    best = max(by_lineage, key=lambda line: by_lineage[line])
    if by_lineage[best] < 0.5:
        return "unknown"
    return max(LINEAGES[best], key=lambda name: shares[name])


def test_equals_the_slow_version() -> None:
    """Cell by cell the same call as scipy's distribution gives."""
    counts, _ = mixture(dict.fromkeys(BLOOD, 4), depth=1500, seed=3)
    assert type_cells(counts).names() == [naive_call(counts, i) for i in range(counts.n_cells)]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_order_of_cells_changes_nothing(seed: int) -> None:
    """Permuting the cells permutes the calls."""
    counts, _ = mixture(BLOOD)
    order = np.random.default_rng(seed).permutation(counts.n_cells)
    np.testing.assert_array_equal(
        type_cells(counts.select(order)).call, type_cells(counts).call[order]
    )


def test_empty_profile_is_unknown() -> None:
    """Cells that show nothing but background are not given a type."""
    counts = cells_of(np.tile(TABLE.rates.min(axis=1), (200, 1)), np.full(200, 4000))
    assert type_cells(counts).type_mask("unknown").mean() > 0.9


def test_doublets_are_called() -> None:
    """Half monocyte, half B cell is a doublet; a T cell in haemoglobin is a T cell."""
    half = (TABLE.type_rates("cd14_monocyte") + TABLE.type_rates("b")) / 2
    contaminated = 0.95 * TABLE.type_rates("cd4_t") + 0.05 * TABLE.type_rates("erythroid")
    counts = cells_of(
        np.vstack([np.tile(half, (50, 1)), np.tile(contaminated, (50, 1))]), np.full(100, 4000)
    )
    typing = type_cells(counts)
    assert typing.type_mask("doublet")[:50].mean() > 0.95
    assert typing.lineage_mask("t")[50:].mean() > 0.95


def test_a_doublet_shows_two_genes_of_either_partner() -> None:
    """A monocyte with half a B cell's HLA but at most one B gene is no doublet of the two."""
    half = (TABLE.type_rates("cd14_monocyte") + TABLE.type_rates("b")) / 2
    counts = cells_of(np.tile(half, (50, 1)), np.full(50, 4000))
    assert type_cells(counts).type_mask("doublet").mean() > 0.95
    panel = counts.panel.copy()
    absent = {*DOUBLET_MARKERS["b"], *DOUBLET_MARKERS["t"], *DOUBLET_MARKERS["nk"]}
    panel[:, [GENES.index(gene) for gene in absent]] = 0
    panel[:, GENES.index("MS4A1")] = 3
    one = CellCounts(counts.total, counts.n_genes, counts.mito, panel, GENES)
    assert type_cells(one).type_mask("doublet").sum() == 0


def test_blasts_need_two_markers() -> None:
    """A proliferating T cell with one stray DNTT is no blast, with DNTT and CD34 it is one."""
    rates = np.tile(TABLE.type_rates("blast_like_t"), (100, 1))
    markers = [GENES.index(gene) for gene in RARE_TYPE_MARKERS["blast_like_t"]]
    counts = cells_of(rates, np.full(100, 4000))
    stray = counts.panel.copy()
    stray[:, markers] = 0
    stray[:, GENES.index("DNTT")] = 3
    one = CellCounts(counts.total, counts.n_genes, counts.mito, stray, GENES)
    assert type_cells(one).type_mask("blast_like_t").sum() == 0
    stray[:, GENES.index("CD34")] = 2
    assert type_cells(one).type_mask("blast_like_t").mean() > 0.95


def test_ambient_rna_does_not_make_doublets() -> None:
    """With a quarter of ambient RNA, under 3 % of single cells are called doublets."""
    counts, types = mixture({"cd14_monocyte": 400, "cd4_t": 400, "nk": 200}, depth=1500, seed=5)
    rng = np.random.default_rng(6)
    profile = counts.panel.sum(axis=0) / counts.total.sum()
    panel = rng.binomial(counts.panel, 0.75)
    panel = panel + rng.poisson(0.25 * counts.total[:, None] * profile)
    ambient_counts = CellCounts(
        counts.total, counts.n_genes, counts.mito, panel.astype(np.int32), GENES
    )
    typing = type_cells(ambient_counts)
    assert typing.type_mask("doublet").mean() < 0.03
    assert (lineage_of(typing.names()) == lineage_of(types)).mean() > 0.95


def test_missing_genes_are_no_zeros() -> None:
    """A reference without half of the genes still types most cells, from the other half."""
    counts, types = mixture({"cd14_monocyte": 50, "cd4_t": 50, "b": 50}, depth=4000)
    half = CellCounts(
        counts.total, counts.n_genes, counts.mito, counts.panel[:, ::2], GENES[::2], GENES[1::2]
    )
    assert (lineage_of(type_cells(half).names()) == lineage_of(types)).mean() > 0.9


def test_no_gene_in_common_is_refused() -> None:
    """A file without a single typed gene gets one sentence."""
    counts = CellCounts(
        np.array([500]), np.array([300]), np.array([0]), np.zeros((1, 1), np.int32), ("CD7",)
    )
    with pytest.raises(InputError, match="needs genes of the rate table"):
        type_cells(counts)


def test_own_labels() -> None:
    """A user's labels are taken as they are, an unknown one is refused by name."""
    assert typing_from_labels(["cd4_t", "nk"]).names() == ["cd4_t", "nk"]
    with pytest.raises(InputError, match=r"none: 'cluster 4' \(1 cells\)"):
        typing_from_labels(["nk", "cluster 4"])


def test_monocytes_of_labels_may_be_unsplit() -> None:
    """The word monocyte alone counts as CD14, and the typing says that nobody looked."""
    typing = typing_from_labels(["Monocytes", "CD16 Mono", "NK"])
    assert typing.names() == ["cd14_monocyte", "cd16_monocyte", "nk"]
    assert not typing.has_split_monocytes
    assert not typing.select(np.array([2])).has_split_monocytes
    assert typing_from_labels(["CD14 Mono"]).has_split_monocytes


def test_unsure_fraction_counts_unknown_and_doubtful_cells() -> None:
    """Below posterior 0.9, and every unknown cell."""
    call = np.array([NAMES.index("nk"), NAMES.index("nk"), NAMES.index("unknown")], np.int8)
    typing = Typing(call, np.array([0.95, 0.8, 0.99], np.float32))
    assert typing.unsure_fraction() == pytest.approx(2 / 3)


def test_panel_holds_the_typed_genes() -> None:
    """Everything typing needs is kept by the one pass over a file."""
    assert set(GENES) <= set(PANEL_GENES)


def test_pbmc3k(pbmc3k: Path) -> None:
    """On labelled cells that made no rate: macro-F1, monocyte share and recalls hold."""
    counts, labels = read_pbmc3k()
    is_labelled = labels != "unlabelled"
    true = np.array([OF_LABEL.get(label, "") for label in labels])
    typing = type_cells(counts)
    calls = by_rates(typing)
    scores = f1(true[is_labelled], calls[is_labelled])
    assert np.mean(list(scores.values())) > 0.955
    assert min(scores["monocyte"], scores["T"], scores["B"]) > 0.97
    assert (
        abs((calls[is_labelled] == "monocyte").mean() - (true[is_labelled] == "monocyte").mean())
        < 0.01
    )
    assert typing.type_mask("cd16_monocyte")[labels == "FCGR3A+ Mono"].mean() > 0.95
    single = ~typing.type_mask("doublet") & (labels == "CD14+ Mono")
    assert typing.type_mask("cd14_monocyte")[single].mean() > 0.95
    half = type_cells(thinned(counts, 0.5, np.random.default_rng(0)))
    shift = half.lineage_mask("monocyte").mean() - typing.lineage_mask("monocyte").mean()
    assert abs(shift) < 0.01


@pytest.mark.parametrize("sample", ["CAR-T10310322", "CAR-T10310323"])
def test_car_t_cells_are_t(carpall: Path, sample: str) -> None:
    """The authors' CAR-T cells are called T in 95 of 100, and at most 1 in 1,000 cells a blast."""
    counts, barcodes = read_carpall(sample)
    typing = type_cells(counts)
    assert typing.lineage_mask("t")[car_t_cells(sample, barcodes)].mean() > 0.95
    assert typing.lineage_mask("blast").mean() <= 0.001


def test_real_blasts_are_called_blasts(carpall: Path) -> None:
    """Of B-ALL blasts chosen by genes outside the table, 95 of 100; at half depth 80 of 100."""
    rng = np.random.default_rng(0)
    blasts = real_blasts(REPORTED_ON, 300, rng)
    assert type_cells(blasts).type_mask("precursor_b").mean() > 0.95
    assert type_cells(thinned(blasts, 0.5, rng)).lineage_mask("blast").mean() > 0.8


def test_no_typed_gene_chooses_the_real_blasts() -> None:
    """What chooses the blasts of the test takes no part in typing."""
    assert not set(CHOICE_GENES) & set(GENES)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.20, 0.50])
def test_the_share_of_real_blasts_comes_back(carpall: Path, pbmc3k: Path, share: float) -> None:
    """Mixed into healthy cells, within a fifth."""
    host = read_pbmc3k()[0]
    n = round(host.n_cells * share / (1 - share))
    cells = joined(host, real_blasts(REPORTED_ON, n, np.random.default_rng(1)))
    returned = type_cells(cells).lineage_mask("blast").mean()
    assert returned == pytest.approx(n / cells.n_cells, rel=0.2)


def test_healthy_blood_has_no_blasts(pbmc3k: Path) -> None:
    """At full and at half depth at most 1 in 1,000 cells."""
    counts = read_pbmc3k()[0]
    for cells in (counts, thinned(counts, 0.5, np.random.default_rng(0))):
        assert type_cells(cells).lineage_mask("blast").mean() <= 0.001


def test_another_table_of_the_same_types(tmp_path: Path) -> None:
    """With T and B columns swapped, T cells are called B; the shipped table stays as it is."""
    lines = TABLE_FILE.read_text().splitlines()
    t, b = lines[0].split(",").index("cd4_t"), lines[0].split(",").index("b")
    rows = [line.split(",") for line in lines[1:]]
    for row in rows:
        row[t], row[b] = row[b], row[t]
    swapped = tmp_path / "rates.csv"
    swapped.write_text("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n")
    counts, _ = mixture({"cd4_t": 60})
    assert type_cells(counts, swapped).type_mask("b").mean() > 0.9
    assert type_cells(counts).lineage_mask("t").mean() > 0.9
