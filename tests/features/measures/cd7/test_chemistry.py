"""Chemistries as laboratories and files name them."""

import pytest

from features.measures.cd7.chemistry import UNPLACED_SPREAD, calibration_use, rates_for
from features.measures.cd7.rna_share import load_calibration

RATES = load_calibration()


@pytest.mark.parametrize(
    "name",
    ["10x 3' v3", "10x 3' v2", "Single Cell 3' v3", "Single Cell 5' R2-only", "SC3Pv3", "SC5P-R2",
     "Chromium Next GEM 5'", "3prime", "5-prime", "10X 5p v1.1", "3\u2019 v3.1", "simulated"],
)  # fmt: skip
def test_ten_x_libraries_are_calibrated(name: str) -> None:
    """3' and 5' whole transcriptomes keep the calibrated rates."""
    assert calibration_use(name) == "calibrated"
    assert rates_for(name, RATES) is RATES


@pytest.mark.parametrize(
    "name",
    ["10x Flex", "Chromium Fixed RNA Profiling", "SFRP", "Parse Evercode WT", "BD Rhapsody WTA",
     "Smart-seq2", "SS3", "Drop-seq", "inDrop", "Seq-Well", "10x 3' targeted", "10x Multiome",
     "nuclei", "PIP-seq", "HIVE"],
)  # fmt: skip
def test_others_are_not(name: str) -> None:
    """Probes, other beads, full-length reads and nuclei show other rates."""
    assert calibration_use(name) == "uncalibrated"


def test_unknown_names_widen_and_empty_ones_do_not() -> None:
    """A name that we cannot place doubles the spread between samples; none leaves it."""
    assert calibration_use("protocol 7") == "unplaced"
    assert rates_for("protocol 7", RATES).spread == UNPLACED_SPREAD == 2 * RATES.spread
    assert calibration_use(None) == calibration_use("") == "unstated"
    assert rates_for(None, RATES) is RATES
