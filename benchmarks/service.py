"""Requests a second of the running service beside plain servers, in the same run.

Every server is a process of its own on this machine, as is each client's thread here, so client
and server share the processors: read the ratios, not the figures alone. The server's processor
time a request stays the same when other programs are running. The plain servers:

- no-op: Starlette on uvicorn with uvloop and httptools, answering a constant;
- BentoML no-op: a service of one asynchronous method, served as BentoML comes;
- FastAPI explain: our contracts, models and answer behind a plain FastAPI route, without
  tokens, limits, headers, log, metrics or record.
"""

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from features.settings import REPOSITORY
from models.persistence import save
from tests.serving.fitted import fitted_models
from tests.serving.process import command, end, environment, free_port, launch

SECONDS = 5.0
WARM = 0.5
CLIENTS = (1, 16)
NO_OP = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
async def answer(request):
    await request.body()
    return Response(b"{}", media_type="application/json")
app = Starlette(routes=[Route("/", answer, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error",
            access_log=False)
"""
BENTOML_NO_OP = """
import sys, bentoml
from pathlib import Path
@bentoml.service(name="no_op", workers=1)
class NoOp:
    @bentoml.api(route="/")
    async def answer(self, samples: list) -> dict:
        return {}
if __name__ == "__main__":
    from _bentoml_impl.server import serve_http
    NoOp.inject_config()
    here = str(Path(__file__).parent)
    serve_http("no_op:NoOp", working_dir=here, host="127.0.0.1", port=int(sys.argv[1]))
"""
FASTAPI_EXPLAIN = """
import sys, uvicorn
from pathlib import Path
from fastapi import FastAPI
from models.persistence import load
from serving import contracts
from serving.assessment.served_model import ServedModel
from serving.assessment.assess import explain
models = {p.name: ServedModel(load(p), "7") for p in Path(sys.argv[2]).iterdir()}
app = FastAPI()
@app.post("/")
async def answer(patient: contracts.PatientRequest) -> dict:
    return explain(contracts.rows(patient), models, "r")
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error",
            access_log=False)
"""

OTHERS = {"BentoML no-op": BENTOML_NO_OP, "FastAPI explain": FASTAPI_EXPLAIN}
Once = Callable[[], None]
PATIENT = (REPOSITORY / "serving" / "example_patient.json").read_bytes()
READY = 60.0


def client(port: int, path: str, method: str, body: bytes | None, token: str) -> Once:
    """One kept connection; calling it sends a request and reads the whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def once() -> None:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    return once


def processor_seconds(process: int) -> float:
    """What a process and its children have used so far."""
    tree = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in tree)


def measured(
    make: Callable[[], Once], clients: int, server: int
) -> tuple[float, float, float, float]:
    """Requests a second, median and 99th percentile in ms, and the server's processor ms each."""
    taken: list[float] = []
    every: list[int] = []
    used = processor_seconds(server)
    begin = time.perf_counter() + WARM

    def work() -> None:
        once = make()
        while (start := time.perf_counter()) < begin + SECONDS:
            once()
            every.append(1)
            if start >= begin:
                taken.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p50, p99 = np.percentile(taken, [50, 99]) * 1e3
    used = (processor_seconds(server) - used) / len(every) * 1e3
    return len(taken) / SECONDS, float(p50), float(p99), used


Server = tuple[int, int, str]  # port, process, token


@contextmanager
def plain(program: str, folder: Path) -> Iterator[Server]:
    """A server from a program that takes its port and a folder."""
    port, file = free_port(), folder.parent / "no_op.py"
    file.write_text(program)
    words = [sys.executable, str(file), str(port), str(folder)]
    process = subprocess.Popen(
        words, cwd=REPOSITORY, env=environment(folder.parent) | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        waited = time.monotonic()
        while not _answers(port):
            assert process.poll() is None and time.monotonic() - waited < READY, program
            time.sleep(0.1)
        yield port, process.pid, ""
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        client(port, "/", "POST", PATIENT, "")()
    except (OSError, http.client.HTTPException, AssertionError):
        return False
    return True


@contextmanager
def service(var: Path, workers: int) -> Iterator[Server]:
    """Our service with both endpoints' models."""
    running = launch(var, "--rate", "1000000", "--workers", str(workers))
    try:
        yield int(running.address.rsplit(":", 1)[1]), running.process.pid, running.token
    finally:
        end(running)


def models(var: Path) -> Path:
    """Both endpoints' models in service in `var`; the folder that holds them."""
    for name, served in fitted_models().items():
        save(served.model, var / "models" / name)
        done = command(var, "import", str(var / "models" / name))
        assert done.returncode == 0, done.stderr
    return var / "models"


def main() -> None:
    """Print a table: what is asked, at one client and at sixteen."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the run")
    heads = ("clients", "req/s", "p50 ms", "p99 ms", "CPU ms", "of no-op")
    print(f"{'request':26}" + "".join(f"{head:>9}" for head in heads))
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        held = models(var)
        with plain(NO_OP, held) as server:
            base = {clients: line("no-op", server, "/", clients) for clients in CLIENTS}
        for name, program in OTHERS.items():
            with plain(program, held) as server:
                for clients in CLIENTS:
                    line(name, server, "/", clients, base[clients])
        for workers in (1, 2):
            with service(var, workers) as server:
                for path in ("/livez", "/v1/predict", "/v1/explain")[workers - 1 :]:
                    for clients in CLIENTS[workers - 1 :]:
                        name = f"ours {path}, {workers} worker" + "s" * (workers - 1)
                        line(name, server, path, clients, base[clients])


def line(name: str, server: Server, path: str, clients: int, base: float | None = None) -> float:
    """Measure and print one line; returns its requests a second."""
    port, process, token = server
    body, method = (None, "GET") if path == "/livez" else (PATIENT, "POST")
    found, p50, p99, used = measured(
        lambda: client(port, path, method, body, token), clients, process
    )
    said = f"{name:26}{clients:>9}{found:>9.0f}{p50:>9.2f}{p99:>9.1f}{used:>9.2f}"
    print(f"{said}{found / (base or found):>9.2f}", flush=True)
    return found


if __name__ == "__main__":
    main()
