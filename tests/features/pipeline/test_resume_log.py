"""An interrupted run continues with the samples that are not in its log."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from features.pipeline.many_samples import summarise_samples
from features.pipeline.resume_log import append_row, logged_rows, sample_keys
from features.table.feature_table import read_table
from features.table.row import empty_row
from features.table.sample_sheet import read_sheet, sheet_row


def test_a_logged_row_is_equal_to_the_last_bit(tmp_path: Path) -> None:
    """Floats, missing numbers and texts survive; a torn last line is skipped."""
    log = tmp_path / "j"
    assert logged_rows(log, ["k"]) == {}
    row = {**empty_row(), "sample_id": "S", "day": -5, "monocyte_fraction": 0.1 + 0.2}
    append_row(log, "k", row)
    with log.open("a") as file:
        file.write('{"key": "z", "row": {"samp')
    assert repr(logged_rows(log, ["other", "k", "z"])) == repr({1: row})


def test_a_changed_file_or_line_is_read_anew(tenx: Path, tmp_path: Path) -> None:
    """Day, labels, size and time of change are part of the key."""
    copy = tmp_path / "c.h5"
    copy.write_bytes(tenx.read_bytes())
    sample = sheet_row(copy, day=1)
    keys = sample_keys([sample], None)
    assert keys == sample_keys([sheet_row(copy, day=1)], None)
    assert keys != sample_keys([dataclasses.replace(sample, day=2)], None)
    assert keys != sample_keys([dataclasses.replace(sample, cells="barcode=*-1")], None)
    assert keys != sample_keys([sample], "type")
    os.utime(copy, (1, 1))
    assert keys != sample_keys([sample], None)


def test_finished_samples_are_not_read_again(tenx: Path, tmp_path: Path) -> None:
    """With a log the second run takes the first one's rows, even if reading now fails."""
    copy, log = tmp_path / "c.h5", tmp_path / "j"
    copy.write_bytes(tenx.read_bytes())
    samples = [sheet_row(copy, day=1, sample_id="A", patient_id="P")]
    first = summarise_samples(samples, 1, progress=False, resume_log=log)
    state = copy.stat()
    copy.write_bytes(bytes(state.st_size))
    os.utime(copy, ns=(state.st_atime_ns, state.st_mtime_ns))
    again = summarise_samples(samples, 1, progress=False, resume_log=log)
    assert repr(again) == repr(first)
    assert not summarise_samples(samples, 1, progress=False).rows


def test_a_killed_run_resumes_and_gives_the_same_table(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Killed once a sample is finished; the next run completes and leaves no log."""
    lines = []
    for seed in range(6):
        tenx_writer(tmp_path / f"s{seed}.h5", draw_sample(250, 4000, seed=seed))
        lines.append(f"S{seed},P{seed},1,s{seed}.h5\n")
    sheet, out = tmp_path / "samples.csv", tmp_path / "out.parquet"
    sheet.write_text("sample_id,patient_id,day,path\n" + "".join(lines))
    command = [sys.executable, "-m", "features", str(sheet), "-o", str(out), "--processes", "1"]
    log = tmp_path / ".out.parquet.unfinished"
    run = subprocess.Popen(command)
    while not log.exists() and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not out.exists()
    subprocess.run(command, check=True, capture_output=True)
    assert not log.exists()
    assert len(read_table(out).to_rows()) == len(read_sheet(sheet))
