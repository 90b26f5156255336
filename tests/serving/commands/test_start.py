"""`cd7watch serving start` as a real process on a real port."""

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

from tests.serving.patient_request import patient
from tests.serving.process import Running, command, free_port, launch

BODY = json.dumps(patient()).encode()


def versions(running: Running) -> dict[str, str]:
    """The versions that one answer names."""
    status, body = running.ask("/v1/predict", BODY)
    assert status == 200, body
    return {name: e["model"]["version"] for name, e in json.loads(body)["endpoints"].items()}


def test_predict_and_explain_answer_over_the_port(running: Running) -> None:
    """Both routes answer, and the explanation's risks are the prediction's."""
    found = {}
    for path in ("/v1/predict", "/v1/explain"):
        status, body = running.ask(path, BODY)
        assert status == 200, body
        relapse = json.loads(body)["endpoints"]["relapse"]
        found[path] = [horizon["risk"] for horizon in relapse["horizons"]]
    assert found["/v1/predict"] == found["/v1/explain"] and len(found["/v1/predict"]) == 3


def test_an_import_reaches_every_worker_without_a_failed_request(
    running: Running, model_folders: dict[str, Path]
) -> None:
    """Under load: import and rollback are followed within 2 s, no request fails, none mixes."""
    seen: list[tuple[float, str]] = []
    failed: list[object] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            try:
                seen.append((time.monotonic(), versions(running)["relapse"]))
            except (AssertionError, OSError) as problem:
                failed.append(problem)

    callers = [threading.Thread(target=load) for _ in range(4)]
    for caller in callers:
        caller.start()
    changes = []
    for words in (("import", str(model_folders["relapse-2"])), ("rollback", "relapse")):
        done = command(running.var, *words)
        assert done.returncode == 0, done.stderr
        changes.append(time.monotonic())
        time.sleep(2.5)
    stop.set()
    for caller in callers:
        caller.join()
    assert failed == []
    after_import = {v for at, v in seen if changes[0] + 2 < at < changes[0] + 2.4}
    after_rollback = {v for at, v in seen if at > changes[1] + 2}
    assert (after_import, after_rollback) == ({"2"}, {"1"})


def test_a_model_of_the_old_format_is_refused(
    tmp_path: Path, model_folders: dict[str, Path]
) -> None:
    """At import and, where an earlier build put it in service, at the start: one sentence each."""
    old = shutil.copytree(model_folders["relapse"], tmp_path / "old")
    manifest = json.loads((old / "manifest.json").read_text())
    # As the last build wrote it: a kind of model by horizon, and no joint fit.
    for name in ("joint_fit", "events", "model", "endpoint_words"):
        del manifest[name]
    manifest |= {"format_version": "1", "candidate": {"180": "core_panel"}}
    (old / "manifest.json").write_text(json.dumps(manifest))
    refused = [command(tmp_path, "import", str(old))]
    assert command(tmp_path, "import", str(model_folders["relapse"])).returncode == 0
    (stored,) = (tmp_path / "bentoml").rglob("frozen/manifest.json")
    stored.write_text(json.dumps(manifest))
    refused.append(command(tmp_path, "start", "--port", str(free_port())))
    for done in refused:
        assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert "format_version 2" in done.stderr and "train again" in done.stderr


def test_tokens_are_followed_too(running: Running) -> None:
    """A token from the command line opens the service; 2 s after revoking it no longer does."""
    token = command(running.var, "token", "add", "lab", "--role", "service").stdout.strip()
    with_token = {"Authorization": f"Bearer {token}"}
    assert running.ask("/v1/model", **with_token)[0] == 200
    assert command(running.var, "token", "revoke", "lab").returncode == 0
    time.sleep(2)
    assert [running.ask("/v1/model", **with_token)[0] for _ in range(6)] == [401] * 6


def test_the_record_of_two_workers_is_one_chain(running: Running) -> None:
    """What both workers answered verifies, and an earlier head is still in it."""
    head = command(running.var, "audit", "head").stdout.strip()
    for _ in range(20):
        assert running.ask("/v1/predict", BODY)[0] == 200
    done = command(running.var, "audit", "verify", "--head", head)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split("holds: ")[1].split()[0]) >= 20


def test_a_taken_port_is_named(running: Running, tmp_path: Path) -> None:
    """Exit code 2 and one sentence that names --port."""
    port = running.address.rsplit(":", 1)[1]
    done = command(tmp_path, "start", "--port", port)
    assert done.returncode == 2 and "--port" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_host_name_is_refused(tmp_path: Path) -> None:
    """The service listens on addresses; a name gets one sentence that names --host."""
    process = command(tmp_path, "start", "--host", "localhost")
    assert process.returncode == 2 and "--host" in process.stderr
    assert process.stderr.count("\n") == 1


def test_without_a_model_it_starts_says_so_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    """Alive but not ready, a 503 that names the way out, a rate; Ctrl-C leaves no traceback."""
    service = launch(tmp_path, "--rate", "0.5")
    assert service.ask("/livez")[0] == 200 and service.ask("/readyz")[0] == 503
    status, body = service.ask("/v1/predict", BODY)
    assert status == 503 and "cd7watch serving import" in json.loads(body)["detail"]
    answers = [service.ask("/v1/model")[0] for _ in range(3)]
    assert 429 in answers, "two seconds' worth is one request, the /v1/predict above took it"
    os.killpg(service.process.pid, signal.SIGINT)  # as a terminal does
    assert service.process.wait(timeout=30) == 0
    log_text = service.log.read_text()
    assert "Traceback" not in log_text and "No model is in service yet" in log_text
    assert service.token not in log_text.split("?token=")[0]
