"""CD7Watch built as a wheel, installed into a folder of its own, and run from elsewhere."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from features.settings import REPOSITORY
from tests.serving.process import READY_SECONDS, Running, end, free_port

PACKAGES = ("features", "models", "training", "serving")
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "cd7watch.py", "cd7watch_demo.py")
# What a stranger's folder holds; importing it ends the program.
STRANGER = 'raise RuntimeError("a module of the current folder was imported")\n'


@dataclass(frozen=True)
class Installed:
    """The folder that the wheel was installed into, and the names of the wheel's files."""

    folder: Path
    files: frozenset[str]

    @property
    def environment(self) -> dict[str, str]:
        """Environment of a user who knows nothing of the repository."""
        programs = [self.folder / "bin", Path(sys.executable).parent, "/usr/bin", "/bin"]
        return {
            "PATH": ":".join(map(str, programs)), "PYTHONPATH": str(self.folder),
            "HOME": str(self.folder), "PYTHONUNBUFFERED": "1",
            "NUMBA_CACHE_DIR": str(self.folder.parent / "numba"),  # kernels are compiled once
        }  # fmt: skip

    def run(self, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        """One program, with its arguments, run in `folder` to its end."""
        return subprocess.run(
            words, cwd=folder, env=self.environment, capture_output=True, text=True, timeout=560,
            check=False,
        )  # fmt: skip

    def output(self, folder: Path, *words: str) -> str:
        """Run a program and return its output; a failure fails the test with what it printed."""
        process = self.run(folder, *words)
        assert process.returncode == 0, f"{words}\n{process.stdout}\n{process.stderr}"
        return process.stdout

    @contextmanager
    def serving(self, folder: Path) -> Iterator[Running]:
        """`cd7watch serving start` in `folder`, ended on leaving."""
        port, log = free_port(), folder / "start.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                ["cd7watch", "serving", "start", "--port", str(port)],
                cwd=folder, env=self.environment, stdout=out, stderr=out, text=True,
                start_new_session=True,
            )  # fmt: skip
        start = time.monotonic()
        while not (token := re.search(r"\?token=(\S+)", log.read_text())):
            seconds = time.monotonic() - start
            assert process.poll() is None and seconds < READY_SECONDS, log.read_text()
            time.sleep(0.1)
        service = Running(f"http://127.0.0.1:{port}", token[1], folder, process, log)
        try:
            yield service
        finally:
            end(service)


def install(folder: Path) -> Installed:
    """Build the wheel from a copy of the sources, without a network, and install it."""
    sources, target = folder / "sources", folder / "installed"
    sources.mkdir()
    for package in PACKAGES:
        shutil.copytree(
            REPOSITORY / package, sources / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in SOURCES:
        shutil.copy(REPOSITORY / name, sources)
    _pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(sources))
    (wheel,) = folder.glob("cd7watch-*.whl")
    _pip("install", "--target", str(target), str(wheel))
    (record_file,) = target.glob("cd7watch-*.dist-info/RECORD")
    records = record_file.read_text().splitlines()
    return Installed(target, frozenset(record.split(",")[0] for record in records))


def _pip(command: str, *words: str) -> None:
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    process = subprocess.run(
        [sys.executable, "-m", "pip", command, *options, *words],
        capture_output=True, text=True, check=False, env=dict(os.environ) | {"PYTHONPATH": ""},
    )  # fmt: skip
    assert process.returncode == 0, process.stderr


def strangers(folder: Path) -> Path:
    """A folder that holds packages and a module of our names which are not ours."""
    for package in PACKAGES:
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text(STRANGER)
    (folder / "cd7watch.py").write_text(STRANGER)
    return folder
