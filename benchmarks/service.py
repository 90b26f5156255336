"""Requests a second of the running service beside plain servers, in the same run.

Every server is a process of its own on this machine, as is each client's thread here, so client
and server share the processors: read the ratios, not the figures alone. The server's processor
time a request stays the same when other programs are running. The plain servers:

- no-op: Starlette on uvicorn with uvloop and httptools, answering a constant;
- BentoML no-op: a service of one asynchronous method, served as BentoML comes;
- FastAPI explain: our request models, models and answer behind a plain FastAPI route, without
  tokens, limits, headers, log, metrics or audit.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks._plain_servers import (
    BENTOML_NO_OP,
    FASTAPI_EXPLAIN,
    NO_OP,
    PATIENT,
    SendRequest,
    Server,
    client,
    plain_server,
)
from models.persistence import save
from tests.serving.fitted import fitted_models
from tests.serving.process import command, end, launch

SECONDS = 5.0
WARM_UP_SECONDS = 0.5
CLIENTS = (1, 16)
OTHER_SERVERS = {"BentoML no-op": BENTOML_NO_OP, "FastAPI explain": FASTAPI_EXPLAIN}


@dataclass(frozen=True)
class Speed:
    """Requests a second, quantiles of their time, and the server's processor time for each."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


def processor_seconds(process: int) -> float:
    """What a process and its children have used so far."""
    tree = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in tree)


def measure(connect: Callable[[], SendRequest], clients: int, process: int) -> Speed:
    """The speed at which a server of this process answers so many clients."""
    seconds: list[float] = []  # of each request after the warm-up
    n_requests: list[int] = []  # one entry each, since threads append safely
    cpu_before = processor_seconds(process)
    begin = time.perf_counter() + WARM_UP_SECONDS

    def work() -> None:
        send = connect()
        while (start := time.perf_counter()) < begin + SECONDS:
            send()
            n_requests.append(1)
            if start >= begin:
                seconds.append(time.perf_counter() - start)

    _run_in_threads(work, clients)
    p50, p99 = np.percentile(seconds, [50, 99]) * 1e3
    cpu_ms = (processor_seconds(process) - cpu_before) / len(n_requests) * 1e3
    return Speed(len(seconds) / SECONDS, float(p50), float(p99), cpu_ms)


def _run_in_threads(work: Callable[[], None], n: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def our_service(var: Path, workers: int) -> Iterator[Server]:
    """Our service with both endpoints' models."""
    running = launch(var, "--rate", "1000000", "--workers", str(workers))
    try:
        yield int(running.address.rsplit(":", 1)[1]), running.process.pid, running.token
    finally:
        end(running)


def put_models_in_service(var: Path) -> Path:
    """Both endpoints' models in service in `var`; returns the folder that holds them."""
    for name, served_model in fitted_models().items():
        save(served_model.model, var / "models" / name)
        result = command(var, "import", str(var / "models" / name))
        assert result.returncode == 0, result.stderr
    return var / "models"


def main() -> None:
    """Print a table: each request, at one client and at sixteen."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the run")
    heads = ("clients", "req/s", "p50 ms", "p99 ms", "CPU ms", "of no-op")
    print(f"{'request':26}" + "".join(f"{head:>9}" for head in heads))
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        models = put_models_in_service(var)
        with plain_server(NO_OP, models) as server:
            base = {clients: line("no-op", server, "/", clients=clients) for clients in CLIENTS}
        for name, program in OTHER_SERVERS.items():
            with plain_server(program, models) as server:
                for clients in CLIENTS:
                    line(name, server, "/", clients=clients, base=base[clients])
        for workers in (1, 2):
            with our_service(var, workers) as server:
                for path in ("/livez", "/v1/predict", "/v1/explain")[workers - 1 :]:
                    for clients in CLIENTS[workers - 1 :]:
                        name = f"ours {path}, {workers} worker" + "s" * (workers - 1)
                        line(name, server, path, clients=clients, base=base[clients])


def line(name: str, server: Server, path: str, *, clients: int, base: float | None = None) -> float:
    """Measure and print one line; returns its requests a second."""
    port, process, token = server
    body, method = (None, "GET") if path == "/livez" else (PATIENT, "POST")
    speed = measure(
        lambda: client(port, path, method=method, body=body, token=token), clients, process
    )
    text = f"{name:26}{clients:>9}{speed.per_second:>9.0f}{speed.p50_ms:>9.2f}"
    text += f"{speed.p99_ms:>9.1f}{speed.cpu_ms:>9.2f}"
    print(f"{text}{speed.per_second / (base or speed.per_second):>9.2f}", flush=True)
    return speed.per_second


if __name__ == "__main__":
    main()
