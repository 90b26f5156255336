"""`mlflow models serve` of a registered version, as a real process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from features.settings import REPOSITORY
from training.tracking.registry import connect

START_SECONDS = 120


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
def address(filled: Path, tmp_path: Path) -> Iterator[str]:
    """Address of a scoring server started from the repository root, ended by its process group."""
    port = _free_port()
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"sqlite:///{filled}/mlflow.db",
    }  # fmt: skip
    command = [
        str(scripts / "mlflow"), "models", "serve", "-m", "models:/cd7watch-relapse@champion",
        "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(server, f"http://127.0.0.1:{port}", tmp_path / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # mlflow and the uvicorn it started
        server.wait(timeout=30)


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/ping", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"The scoring server did not answer: {log.read_text()[-2000:]}")


@pytest.mark.timeout(240)
def test_served_risks_are_the_models(store: Path, address: str) -> None:
    """A row with a missing value gets the same risks over HTTP as from the loaded model."""
    connect()
    model = mlflow.pyfunc.load_model("models:/cd7watch-relapse@champion")
    row = model.input_example
    row.iloc[0, 3] = float("nan")
    expected = model.predict(row).iloc[0].to_dict()
    body = row.astype(object).where(row.notna(), None).to_dict(orient="split")
    request = urllib.request.Request(
        f"{address}/invocations", json.dumps({"dataframe_split": body}).encode(),
        {"Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        (served,) = json.load(answer)["predictions"]
    assert served == pytest.approx(expected, abs=1e-12)
