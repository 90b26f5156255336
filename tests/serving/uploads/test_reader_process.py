"""The limits of the process that reads uploads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.counts import write_counts
from tests.serving.process import ROOT, environment


def python(code: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Code run after the child's limits were set."""
    return subprocess.run(
        [
            sys.executable, "-c",
            f"from serving.uploads.reader_process import limit; limit(); {code}",
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
