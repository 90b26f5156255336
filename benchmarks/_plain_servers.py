"""Plain HTTP servers beside which the service is measured: each a program and a context manager."""

import http.client
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from features.settings import REPOSITORY
from tests.serving.process import environment, free_port

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
from serving.assessment.assess import explain
from serving.assessment.served_model import ServedModel
from serving.requests_responses import requests
models = {p.name: ServedModel(load(p), "7") for p in Path(sys.argv[2]).iterdir()}
app = FastAPI()
@app.post("/")
async def answer(patient: requests.PatientRequest) -> dict:
    return explain(requests.rows(patient), models, "r")
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error",
            access_log=False)
"""

PATIENT = (REPOSITORY / "serving" / "example_patient.json").read_bytes()
READY_SECONDS = 60.0
Server = tuple[int, int, str]  # port, process, token
SendRequest = Callable[[], None]


def client(port: int, path: str, *, method: str, body: bytes | None, token: str) -> SendRequest:
    """One kept connection; each call sends a request and reads the whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send() -> None:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    return send


@contextmanager
def plain_server(program: str, folder: Path) -> Iterator[Server]:
    """A server from a program that takes its port and the models' folder."""
    port, file = free_port(), folder.parent / "no_op.py"
    file.write_text(program)
    words = [sys.executable, str(file), str(port), str(folder)]
    process = subprocess.Popen(
        words, cwd=REPOSITORY, env=environment(folder.parent) | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        start = time.monotonic()
        while not _answers(port):
            assert process.poll() is None and time.monotonic() - start < READY_SECONDS, program
            time.sleep(0.1)
        yield port, process.pid, ""
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        client(port, "/", method="POST", body=PATIENT, token="")()
    except (OSError, http.client.HTTPException, AssertionError):
        return False
    return True
