# /// script
# requires-python = ">=3.11"
# dependencies = ["brisc==0.2.3"]
# ///
"""Brisc as a baseline of `benchmarks.speed`: load, check and sum one .h5ad; prints what it took.

    uv run --script benchmarks/speed_brisc.py FILE THREADS

Wainberg's brisc (MIT) reads and sums as fast as any library. It runs in an environment of its own
that uv makes, because nothing of ours depends on it; hence this file imports nothing of ours.
Limits of a good cell are ours; imports do not count, as they do not for our own jobs.
"""

import json
import sys
import time
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import polars as pl
from brisc import SingleCell  # type: ignore[import-not-found, unused-ignore]  # not ours to install

MIN_UMIS, MIN_GENES, MAX_MITO = 400, 200, 0.2


def cpu() -> float:
    """Processor seconds of this process and those it waited for."""
    usages = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak() -> float:
    """Greatest resident memory of this process or one it waited for, in MB."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return max(getrusage(RUSAGE_SELF).ru_maxrss, getrusage(RUSAGE_CHILDREN).ru_maxrss) / unit


def job(path: str, threads: int) -> None:
    """From the file to the sums of all genes over its good cells."""
    cells = SingleCell(path, X_key="X", num_threads=threads)
    # Float values are whole numbers here; MALAT1, which we do not look at, is not looked at.
    cells = cells.make_var_names_unique(separator="__").qc(
        max_mito_fraction=MAX_MITO, min_genes=MIN_GENES, min_counts=MIN_UMIS,
        nonzero_MALAT1=False, allow_float=True,
    )  # fmt: skip
    columns = {"sample": pl.lit("sample"), "type": pl.lit("all")}
    cells.with_columns_obs(**columns).pseudobulk("sample", "type")


def main(path: str, threads: str) -> None:
    """Run the job and print one line of JSON."""
    start, cpu_before, before = time.time(), cpu(), peak()
    job(path, int(threads))
    figures = {"wall": time.time() - start, "cpu": cpu() - cpu_before, "peak": peak()}
    print(json.dumps({**figures, "grown": figures["peak"] - before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
