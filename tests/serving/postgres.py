"""A PostgreSQL server of the tests' own, from Debian's package, on a free port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving.process import free_port

NOT_ROOT = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server() -> Iterator[str]:
    """The address of a running, empty server; a skip that says so where none is installed."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("PostgreSQL is not installed; apt install postgresql runs these tests too.")
    with tempfile.TemporaryDirectory(prefix="cd7watch-pg-") as folder:
        if NOT_ROOT:
            shutil.chown(folder, **NOT_ROOT)
        data, port = f"{folder}/data", free_port()
        _run(bin_ / "initdb", "-D", data, "-U", "cd7", "-A", "trust", "--no-sync")
        options = f"-k {folder} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run(bin_ / "pg_ctl", "-D", data, "-o", options, "-w", "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql://cd7@127.0.0.1:{port}/postgres"
        finally:
            _run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _run(program: Path, *words: str) -> None:
    subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL, timeout=60, **NOT_ROOT)
