"""Requests a second of the running service beside a server that does nothing, in the same run.

Every server is a process of its own on this machine, as is each client's thread here, so client
and server share the processors: read the ratio to the no-op, not the figures alone. The server's
processor time a request stays the same when other programs are running. The no-op is Starlette on
uvicorn with uvloop and httptools, answering a constant.
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
from tests.serving.process import Running, command, end, free_port, launch

SECONDS = 6.0
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

Once = Callable[[], None]


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


@contextmanager
def no_op() -> Iterator[tuple[int, int]]:
    """Port and process of a server that does nothing."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", NO_OP, str(port)])
    try:
        while True:
            try:
                client(port, "/", "POST", b"{}", "")()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def service() -> Iterator[Running]:
    """Our service with one worker and both endpoints' models."""
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        for name, served in fitted_models().items():
            save(served.model, var / "models" / name)
            done = command(var, "import", str(var / "models" / name))
            assert done.returncode == 0, done.stderr
        running = launch(var, "--rate", "1000000")
        yield running
        end(running)


def main() -> None:
    """Print a table: what is asked, at one client and at sixteen."""
    body = (REPOSITORY / "serving" / "example_patient.json").read_bytes()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the run")
    heads = ("clients", "req/s", "p50 ms", "p99 ms", "CPU ms", "of no-op")
    print(f"{'request':18}" + "".join(f"{head:>10}" for head in heads))
    with no_op() as bare, service() as ours:
        place = (int(ours.address.rsplit(":", 1)[1]), ours.process.pid)
        for clients in CLIENTS:
            base = line("no-op", bare, "/", body, ours.token, clients, None)
            for path in ("/livez", "/v1/predict", "/v1/explain"):
                sent = None if path == "/livez" else body
                line(f"our {path}", place, path, sent, ours.token, clients, base)


def line(
    name: str,
    server: tuple[int, int],
    path: str,
    body: bytes | None,
    token: str,
    clients: int,
    base: float | None,
) -> float:
    """Measure and print one line; returns its requests a second."""
    port, process = server
    method = "GET" if body is None else "POST"
    found, p50, p99, used = measured(
        lambda: client(port, path, method, body, token), clients, process
    )
    said = f"{name:18}{clients:>10}{found:>10.0f}{p50:>10.2f}{p99:>10.1f}{used:>10.2f}"
    print(f"{said}{found / (base or found):>10.2f}", flush=True)
    return found


if __name__ == "__main__":
    main()
