"""Which source decides CD7-negativity, and what the row says of it."""

from dataclasses import replace

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.measures.cd7.rna_share import cd7_features, load_calibration
from features.measures.cd7.source import measure_cd7

RATES = load_calibration()
CHEMISTRY = "10x 5'"


def sample(
    negative: int, positive: int, *, signal: float = 40.0, monocytes: int = 100
) -> tuple[CellCounts, Typing]:
    """T cells without and with CD7, by RNA and by antibody, then monocytes; the antibody alone."""
    rng = np.random.default_rng(0)
    names = ["cd4_t"] * (negative + positive) + ["cd14_monocyte"] * monocytes + ["b"] * 30
    n = len(names)
    has_cd7 = (np.arange(n) >= negative) & (np.arange(n) < negative + positive)
    rates = np.where(has_cd7, RATES.positive.rate, RATES.negative.rate)
    rna = rng.poisson(0.4 * rates)
    antibody = rng.poisson(np.where(has_cd7, signal, 3.0))
    total = np.full(n, 4000)
    low = np.stack([rna, antibody, rng.poisson(1000, n)], axis=1).astype(np.int32)
    counts = CellCounts(
        total, total, total * 0, low, ("CD7",), proteins=("CD7", "other_antibodies")
    )
    call = np.array([NAMES.index(name) for name in names], np.int8)
    return counts, Typing(call, np.ones(n, np.float32))


def rna_alone(counts: CellCounts) -> CellCounts:
    """The same cells without antibodies."""
    return replace(counts, low=counts.low[:, :1], proteins=())


def test_protein_decides_and_rna_stays_beside() -> None:
    """Share, interval and posteriors are the antibody's; the RNA estimate has its own column."""
    counts, typing = sample(60, 240)
    measured = measure_cd7(counts, typing, None, CHEMISTRY)
    rna, _ = cd7_features(counts, typing, None)
    assert (measured.source, measured.warnings) == ("protein", ())
    assert measured.columns["cd7neg_t_fraction"] == pytest.approx(0.2, abs=0.02)
    assert measured.columns["cd7neg_t_fraction_rna"] == rna["cd7neg_t_fraction"]
    assert measured.columns["cd7neg_t_fraction_rna_se"] == rna["cd7neg_t_fraction_se"]
    assert measured.columns["cd7_t_rate"] == rna["cd7_t_rate"]
    assert measured.posterior[:60].mean() > 0.9
    assert measured.posterior[60:300].mean() < 0.1
    assert measured.posterior[300:].sum() == 0


def test_without_an_antibody_rna_decides() -> None:
    """All columns are those of RNA, twice."""
    counts, typing = sample(60, 240)
    measured = measure_cd7(rna_alone(counts), typing, None, CHEMISTRY)
    rna, posterior = cd7_features(rna_alone(counts), typing, None)
    assert measured.source == "rna"
    assert {name: measured.columns[name] for name in rna} == rna
    assert measured.columns["cd7neg_t_fraction_rna"] == rna["cd7neg_t_fraction"]
    np.testing.assert_array_equal(measured.posterior, posterior)


def test_an_antibody_that_failed_does_not_decide() -> None:
    """It marks no cell although RNA shows CD7: RNA decides, and the row says so."""
    counts, typing = sample(30, 270, signal=3.0)
    measured = measure_cd7(counts, typing, None, CHEMISTRY)
    assert (measured.source, measured.warnings) == ("rna", ("cd7_antibody_failed",))
    assert measured.columns["cd7neg_t_fraction"] < 0.3


def test_cd7_that_is_gone_is_believed() -> None:
    """No T cell with CD7 by antibody and by RNA, as after the product: the antibody decides."""
    counts, typing = sample(300, 0)
    measured = measure_cd7(counts, typing, None, CHEMISTRY)
    assert measured.source == "protein"
    assert measured.columns["cd7neg_t_fraction"] > 0.95


def test_unresolved_without_a_background() -> None:
    """Without monocytes, B cells and control the antibody's share is withheld, RNA's is not."""
    counts, typing = sample(60, 240)
    t_cells = typing.lineage_mask("t")
    measured = measure_cd7(counts.select(t_cells), typing.select(t_cells), None, CHEMISTRY)
    assert measured.source == "protein"
    assert measured.columns["cd7neg_unresolved"] == 1.0
    assert np.isnan(measured.columns["cd7neg_t_fraction"])
    assert np.isnan(measured.posterior).all()
    rna, _ = cd7_features(counts, typing, None)
    assert measured.columns["cd7neg_t_fraction_rna"] == rna["cd7neg_t_fraction"]


def test_a_product_that_hides_cd7_is_measured_at_the_surface() -> None:
    """RNA cannot tell the CAR-T cells; the antibody can."""
    counts, typing = sample(60, 240)
    measured = measure_cd7(counts, typing, "blocked", CHEMISTRY)
    assert measured.source == "protein"
    assert measured.columns["cd7neg_t_fraction"] == pytest.approx(0.2, abs=0.02)
    assert np.isnan(measured.columns["cd7neg_t_fraction_rna"])


@pytest.mark.parametrize(
    ("chemistry", "codes", "resolved"),
    [
        ("10x 3' v3", (), True),
        (None, ("cd7_chemistry_unstated",), True),
        ("protocol 7", ("cd7_chemistry_unknown",), True),
        ("10x Flex", ("cd7_chemistry",), False),
    ],
)
def test_chemistry_decides_whether_rna_may(
    chemistry: str | None, codes: tuple[str, ...], resolved: bool
) -> None:
    """RNA as it is, with a note, with a wider interval, or withheld."""
    counts, typing = sample(560, 240)
    measured = measure_cd7(rna_alone(counts), typing, None, chemistry)
    usual = measure_cd7(rna_alone(counts), typing, None, CHEMISTRY)
    assert measured.warnings == codes
    assert (measured.columns["cd7neg_unresolved"] == 0.0) is resolved
    width, usual_width = (
        m.columns["cd7neg_t_fraction_high"] - m.columns["cd7neg_t_fraction_low"]
        for m in (measured, usual)
    )
    assert not resolved or (width > usual_width + 0.02) is (chemistry == "protocol 7")


def test_chemistry_does_not_touch_protein() -> None:
    """An antibody is counted alike in every chemistry."""
    counts, typing = sample(60, 240)
    measured = measure_cd7(counts, typing, None, "10x Flex")
    assert (measured.source, measured.warnings) == ("protein", ())
    assert measured.columns["cd7neg_t_fraction"] == pytest.approx(0.2, abs=0.02)
    assert np.isnan(measured.columns["cd7neg_t_fraction_rna"])
