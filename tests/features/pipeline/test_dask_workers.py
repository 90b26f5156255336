"""Dask workers that are killed during a run: no task is lost."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from distributed import LocalCluster

from features.errors import InputError
from features.pipeline.dask_workers import run_on_dask
from features.pipeline.many_samples import summarise_samples
from features.table.feature_table import read_table, write_table
from features.table.sample_sheet import read_sheet


def work(task: int) -> int:
    """A short task; number 3 is refused."""
    if task == 3:
        raise InputError("three is refused")
    time.sleep(0.3)
    return os.getpid()


def test_a_killed_worker_loses_nothing() -> None:
    """One of two workers is killed after its first answer; every task is still answered."""
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        outcomes = run_on_dask(work, range(8), cluster.scheduler_address)
        answers = [next(outcomes)]
        while answers[-1].result is None:
            answers.append(next(outcomes))
        victim = answers[-1].result
        os.kill(victim, signal.SIGKILL)
        answers += list(outcomes)
    assert sorted(o.number for o in answers) == list(range(8))
    assert {o.number: o.reason for o in answers if o.reason} == {3: "three is refused"}
    assert sum(o.result == victim for o in answers) < 7


def test_the_table_is_the_same_to_the_byte_though_a_worker_is_killed(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Two workers, one killed after the first row: the table that two processes write."""
    lines = ["sample_id,patient_id,day,path,enrichment"]
    for day in range(8):
        tenx_writer(tmp_path / f"{day}.h5", draw_sample(250, 3000, seed=day))
        lines.append(f"S{day},P,{day},{day}.h5,none")
    (tmp_path / "torn.h5").write_bytes((tmp_path / "0.h5").read_bytes()[:9000])
    (tmp_path / "samples.csv").write_text("\n".join([*lines, "T,Q,1,torn.h5,none"]))
    samples, log = read_sheet(tmp_path / "samples.csv"), tmp_path / "log"
    with (
        LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        ThreadPoolExecutor(1) as thread,
    ):
        victim = cluster.workers[0].pid
        running = thread.submit(
            summarise_samples, samples, progress=False, resume_log=log,
            scheduler=cluster.scheduler_address,
        )  # fmt: skip
        while not (log.exists() and log.read_bytes().count(b"\n")):
            assert not running.done() or running.exception() is None
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        by_dask = running.result(120)
    by_processes = summarise_samples(samples, 2, progress=False)
    for name, run in (("dask", by_dask), ("processes", by_processes)):
        write_table(tmp_path / name, run.rows, run.refused_samples)
    assert (len(by_dask.rows), [s.sample_id for s in by_dask.refused_samples]) == (8, ["T"])
    assert read_table(tmp_path / "dask").digest == read_table(tmp_path / "processes").digest
