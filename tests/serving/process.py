"""The service and its commands as real processes, on a real port, ended by their id."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90


@dataclass(frozen=True)
class Running:
    """A service in a process of its own."""

    address: str
    token: str
    var: Path
    process: "subprocess.Popen[str]"
    log: Path

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Status and body of one request with the token."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(var: Path) -> dict[str, str]:
    """The environment of a process whose state lies in `var`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BENTOML_", "CD7WATCH_"))}
    return kept | {"CD7WATCH_VAR": str(var), "PYTHONUNBUFFERED": "1"}


def module(var: Path, *words: str, seconds: float = 120) -> "subprocess.CompletedProcess[str]":
    """`python -m WORDS` to its end."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT, env=environment(var), capture_output=True, text=True, timeout=seconds,
        check=False,
    )  # fmt: skip


def command(var: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """`cd7watch serving WORDS` to its end."""
    return module(var, "serving", *words)


def launch(var: Path, *options: str) -> Running:
    """`cd7watch serving start` on a free port, returned once it printed its address."""
    port, log = free_port(), var / "start.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "serving", "start", "--port", str(port), *options],
            cwd=ROOT, env=environment(var), stdout=out, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
    waited = time.monotonic()
    while "?token=" not in (output := log.read_text()):
        assert process.poll() is None and time.monotonic() - waited < READY_SECONDS, output
        time.sleep(0.1)
    token = output.split("?token=")[1].split()[0]
    return Running(f"http://127.0.0.1:{port}", token, var, process, log)


def end(running: Running) -> int:
    """End a service by its process id and return its exit code."""
    running.process.terminate()
    return running.process.wait(timeout=60)
