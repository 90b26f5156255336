"""The limits of the process that reads uploads."""

import json
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.features.conftest import draw_blood, write_tenx
from tests.features.text_counts import write_mtx
from tests.serving.counts import write_counts
from tests.serving.process import ROOT, environment


def python(code: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Code run after the child's limits were set."""
    return subprocess.run(
        [
            sys.executable, "-c",
            f"from serving.uploads.reader_process import limit, limit_processor_time\nlimit()\n"
            f"{code}",
        ],
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not enforce RLIMIT_AS.")
def test_memory_is_limited(tmp_path: Path) -> None:
    """8 GB are refused to the child, 100 MB are not."""
    assert "MemoryError" in python("bytearray(8 << 30)", tmp_path).stderr
    assert python("bytearray(100 << 20)", tmp_path).returncode == 0


def test_no_large_file_is_written(tmp_path: Path) -> None:
    """A crafted file cannot make the child fill the disk."""
    code = f"f = open({str(tmp_path / 'big')!r}, 'wb', 0); f.seek(4 << 30); f.write(b'1')"
    assert python(code, tmp_path).returncode != 0
    assert (tmp_path / "big").stat().st_size <= 4 << 30


WORK = """
import time
def work(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""


def test_endless_reading_is_ended_by_its_own_signal(tmp_path: Path) -> None:
    """SIGXCPU, which is not the SIGKILL of a system without memory."""
    done = python(f"{WORK}\nlimit_processor_time(1)\nwork(30)", tmp_path)
    assert done.returncode == -signal.SIGXCPU


def test_a_slow_start_takes_nothing_from_the_reading(tmp_path: Path) -> None:
    """Imports and compiling of twice the limit, then reading of half the limit."""
    done = python(f"{WORK}\nwork(2)\nlimit_processor_time(1)\nwork(0.5)", tmp_path)
    assert done.returncode == 0


def test_a_machine_without_time_changes_no_answer(tmp_path: Path) -> None:
    """A process that is stopped for a while, and gets no compiled loops, answers with the row."""
    path = write_counts(tmp_path / "a.h5")
    request = json.dumps({"path": str(path), "sample": {"day": 28}})
    command = [sys.executable, "-m", "serving.uploads.reader_process"]
    variables = {**environment(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "no-cache")}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        for _ in range(3):
            child.send_signal(signal.SIGSTOP)
            time.sleep(1.0)
            child.send_signal(signal.SIGCONT)
            time.sleep(0.2)
        output, _ = child.communicate(request + "\n")
    assert json.loads(output)["row"]["n_cells"] > 200


def test_one_line_in_one_line_out(tmp_path: Path) -> None:
    """The protocol by hand: a request on standard input, a row on standard output."""
    path = write_counts(tmp_path / "a.h5")
    request = json.dumps({"path": str(path), "sample": {"day": 28, "sample_id": "a"}})
    done = subprocess.run(
        [sys.executable, "-m", "serving.uploads.reader_process"], input=request + "\n",
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    row = json.loads(done.stdout)["row"]
    assert (row["sample_id"], row["day"]) == ("a", 28) and row["n_cells"] > 200


def read(path: Path, tmp_path: Path) -> dict[str, Any]:
    """The answer of a reader process for an uploaded file."""
    request = json.dumps({"path": str(path), "sample": {"day": 28}})
    done = subprocess.run(
        [sys.executable, "-m", "serving.uploads.reader_process"], input=request + "\n",
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_an_archive_is_read_beside_the_upload(tmp_path: Path) -> None:
    """The row of the same cells as .h5, and nothing is left of what was unpacked."""
    blood = draw_blood()
    folder = tmp_path / "upload-folder"
    folder.mkdir()
    write_mtx(tmp_path / "s", blood)
    with tarfile.open(folder / "upload", "w:gz") as file:
        file.add(tmp_path / "s", "s")
    write_tenx(tmp_path / "upload", blood)
    row, expected = (
        read(path, tmp_path)["row"] for path in (folder / "upload", tmp_path / "upload")
    )
    assert {**row, "provenance": ""} == {**expected, "provenance": ""}
    assert [path.name for path in folder.iterdir()] == ["upload"]


def test_names_in_an_archive_are_not_repeated(tmp_path: Path) -> None:
    """Files may be named after patients: several samples are refused without their names."""
    blood = draw_blood(60)
    for name in ("Mueller_", "Schmidt_"):
        names = tuple(f"{name}{part}" for part in ("matrix.mtx", "genes.tsv", "barcodes.tsv"))
        write_mtx(tmp_path / "s", blood, names=names)  # type: ignore[arg-type]
    with tarfile.open(tmp_path / "upload", "w:gz") as file:
        file.add(tmp_path / "s", "s")
    problem = read(tmp_path / "upload", tmp_path)["problem"]
    assert "holds several" in problem
    assert "Mueller" not in problem and "Schmidt" not in problem
