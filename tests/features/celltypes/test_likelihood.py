"""Tabulated likelihood against scipy's negative binomial."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy.stats import nbinom

from features.celltypes.likelihood import (
    count_detected,
    log_likelihood,
    posteriors_by_name,
    tabulate,
)


def naive(counts: np.ndarray, total: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Slow: every gene of every cell under every profile, from scipy."""
    out = np.zeros((len(counts), rates.shape[1]))
    for cell in range(len(counts)):
        for row in range(rates.shape[1]):
            mean = total[cell] / 1e4 * rates[:, row]
            out[cell, row] = nbinom.logpmf(counts[cell], 1, 1 / (1 + mean)).sum()
    return out


def test_equals_scipy_within_interpolation() -> None:
    """The lookup misses the exact log likelihood by under 5e-4 per UMI at any depth."""
    rng = np.random.default_rng(0)
    rates = rng.lognormal(0, 2, (40, 6))
    total = rng.integers(400, 60_000, 30)
    counts = rng.poisson(total[:, None] / 1e4 * rates[:, rng.integers(0, 6, 30)].T).astype(np.int32)
    ours = log_likelihood(counts, np.arange(40), total, tabulate(rates))
    tolerance = 5e-4 * (1 + counts.sum(axis=1, keepdims=True)) + 5e-3
    assert (np.abs(ours - naive(counts, total, rates)) < tolerance).all()


def test_only_the_given_columns_count() -> None:
    """Columns may lie anywhere among the counts."""
    rates = np.array([[5.0, 0.1], [0.1, 5.0]])
    counts = np.array([[9, 1, 3, 0]], np.int32)
    total = np.array([3000])
    direct = log_likelihood(counts[:, [2, 1]], np.arange(2), total, tabulate(rates))
    np.testing.assert_array_equal(
        log_likelihood(counts, np.array([2, 1]), total, tabulate(rates)), direct
    )


def test_depth_beyond_the_grid_uses_its_end() -> None:
    """A cell of a million UMIs is read at 300,000, without an error or infinity."""
    table = tabulate(np.array([[5.0, 0.1]]))
    counts = np.array([[4], [4]], np.int32)
    result = log_likelihood(counts, np.arange(1), np.array([1_000_000, 300_000]), table)
    np.testing.assert_array_equal(result[0], result[1])


def test_detected_genes_are_counted() -> None:
    """Only the given genes count, each once whatever its UMIs."""
    counts = np.array([[0, 2, 9, 1], [1, 0, 0, 0]], np.int32)
    np.testing.assert_array_equal(count_detected(counts, np.array([1, 2])), [2, 0])
    np.testing.assert_array_equal(count_detected(counts, np.array([], np.int64)), [0, 0])


def test_shares_are_softmax_by_name() -> None:
    """Rows of one name add up, excluded rows count nothing, posteriors sum to one."""
    logs = np.log(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], np.float32))
    logs[1, 2] = -np.inf
    result = posteriors_by_name(logs, np.array([0, 1, 0]), 2)
    np.testing.assert_allclose(result, [[4 / 6, 2 / 6], [1 / 3, 2 / 3]], rtol=1e-6)


def test_a_hopeless_row_has_no_posterior_and_a_poor_one_a_small_one() -> None:
    """Rows whose posterior single precision can hold keep it, so that they can be compared."""
    result = posteriors_by_name(np.array([[0.0, -80.0, -500.0]], np.float32), np.arange(3), 3)
    np.testing.assert_allclose(result, [[1, np.exp(-80.0), 0]], rtol=1e-5)


def test_nothing_is_compiled_while_a_sample_is_read(tenx: Path) -> None:
    """All loops are compiled at import, so that no sample's time limit includes compiling."""
    program = (
        "import sys; from features.settings import prepare_libraries; prepare_libraries()\n"
        "from features.pipeline.sample import summarise\n"
        "from features.table.sample_sheet import sheet_row\n"
        "from numba.core.event import install_recorder\n"
        "with install_recorder('numba:compile') as recorder:\n"
        f"    summarise(sheet_row({str(tenx)!r}))\n"
        "print(len(recorder.buffer))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "0"
