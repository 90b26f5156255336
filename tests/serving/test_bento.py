"""A Bento, built and exported here, answers elsewhere without repository, store or MLflow."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from serving.auth import tokens
from serving.storage.database import open_engine
from tests.serving.patient_request import patient
from tests.serving.process import READY_SECONDS, ROOT, Running, environment, free_port

# In the Bento's place these must not be importable by accident.
NO_MLFLOW = "import sys; sys.modules['mlflow'] = sys.modules['training'] = None\n"


def bentoml(var: Path, *words: str) -> None:
    """One command of BentoML on the store of `var`."""
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", *words], cwd=ROOT, capture_output=True, text=True,
        env=environment(var) | {"BENTOML_HOME": str(var / "bentoml")}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def unpacked(var: Path, place: Path) -> Path:
    """The Bento of what is in service, exported and unpacked in `place`."""
    bentoml(var, "build")
    bentoml(var, "export", "risk_service:latest", str(place / "cd7watch.bento"))
    (place / "bento").mkdir()
    subprocess.run(["tar", "-xf", place / "cd7watch.bento", "-C", place / "bento"], check=True)
    return place / "bento"


def elsewhere(place: Path) -> dict[str, str]:
    """An environment that knows nothing of the repository, with empty state and store."""
    (place / "hooks").mkdir()
    (place / "hooks" / "sitecustomize.py").write_text(NO_MLFLOW)
    kept = {name: os.environ[name] for name in ("PATH", "NUMBA_CACHE_DIR") if name in os.environ}
    own = {"HOME": place, "BENTOML_HOME": place / "store", "CD7WATCH_VAR": place / "state"}
    return kept | {name: str(path) for name, path in own.items()} | {
        "PYTHONPATH": str(place / "hooks"), "BENTOML_DO_NOT_TRACK": "True",
    }  # fmt: skip


def test_an_exported_bento_gives_the_same_answers(running: Running, tmp_path: Path) -> None:
    """Explanations of the unpacked Bento equal the service's, number by number."""
    bento, env, port = unpacked(running.var, tmp_path), elsewhere(tmp_path), free_port()
    packages = {path.name for path in (bento / "src").iterdir() if path.is_dir()}
    assert packages == {"features", "models", "serving"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bentoml", "serve", str(bento), "--port", str(port)],
            cwd=tmp_path, env=env, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        there = Running(f"http://127.0.0.1:{port}", "", tmp_path, process, tmp_path / "log")
        wait_ready(there)
        engine = open_engine(f"sqlite:///{tmp_path / 'state' / 'service.db'}")
        token = tokens.add(engine, "me", ["service"])
        engine.dispose()
        body = json.dumps(patient()).encode()
        status, theirs = there.ask("/v1/explain", body, Authorization=f"Bearer {token}")
        assert status == 200, theirs
        ours = running.ask("/v1/explain", body)[1]
        assert without_id(theirs) == without_id(ours)
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0


def without_id(answer: bytes) -> dict[str, object]:
    """An answer without what differs between any two requests."""
    return {name: value for name, value in json.loads(answer).items() if name != "request_id"}


def wait_ready(running: Running) -> None:
    """Return once /readyz answers 200: a model is in service without any import."""
    waited = time.monotonic()
    while time.monotonic() - waited < READY_SECONDS:
        assert running.process.poll() is None, running.log.read_text()
        try:
            urllib.request.urlopen(running.address + "/readyz", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(running.log.read_text())
