"""How long the server takes for each page with 500 patients, first and later requests.

    python -m benchmarks pages
    python -m benchmarks.pages --patients 2000

Simulated patients with samples on days 28, 60 and 90, and models fitted to a simulated cohort by
`training fit`, so that a patient's page walks all refits of a real model. The service is a process
of its own; times are from sending a request to having read its whole answer, on this machine.
The table also has `/livez`, which does nothing: the least that a request costs.

"first" is the page's first request since the service started, "later" fifty more of each, patients
taken in turn. Then a model is imported while the list is requested without a pause: the slowest
answer until it is in service, and the first list that shows it. Goal: every page under 100 ms.
"""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import click
import numpy as np

from benchmarks.service import our_service
from features.settings import REPOSITORY
from models.endpoints import ENDPOINTS
from tests.serving.process import environment, module

PATIENTS, COHORT, LATER = 500, 240, 50
VISITS = "60,90"
GOAL = 100.0  # ms
LONGEST = 900.0  # seconds for fitting on a busy machine
IMPORT_SECONDS = 20.0  # within which a worker must have followed an import
LINK = re.compile(rb'href="(/patients/[0-9a-f-]{16,})"')
REPORT = re.compile(rb'href="(/patients/[^"]+/samples/(?!new)[^"]+)"')


def prepare_store(var: Path, patients: int) -> None:
    """Store the patients, and export both endpoints' models under `var`/models."""
    synthetic = ["training", "simulate", "--features-only"]
    run(var, *synthetic, "--n", str(COHORT), "--seed", "7", str(var / "cohort"))
    tables = (str(var / "cohort" / name) for name in ("features.parquet", "outcomes.csv"))
    run(var, "training", "fit", *tables)
    for endpoint in ENDPOINTS:
        run(var, "training", "export", f"{endpoint}@candidate", str(var / "models" / endpoint))
    ward = var / "ward"
    run(var, *synthetic, "--visits", VISITS, "--n", str(patients), "--seed", "8", str(ward))
    run(var, "serving", "load", str(ward / "features.parquet"))


def run(var: Path, *words: str) -> None:
    """One command of the product to its end, quietly."""
    process = module(var, *words, seconds=LONGEST)
    assert process.returncode == 0, process.stdout + process.stderr


class Reader:
    """One open connection of a signed-in reader."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}

    def ask(self, path: str) -> tuple[float, bytes]:
        """Milliseconds and body of one page."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        return (time.perf_counter() - start) * 1e3, body


def pages(reader: Reader, patients: Sequence[str], report: str) -> None:
    """Print a line for each page."""
    paths_by_page = {
        "ward list": ["/"],
        "ward list, searched": ["/?q=P1"],
        "patient": patients,
        "add a sample": [f"{patients[0]}/samples/new"],
        "quality of a sample": [report],
        "cohort": ["/cohort"],
        "model": ["/model"],
        "new patient": ["/patients/new"],
        "interface (/docs)": ["/docs"],
        "nothing (/livez)": ["/livez"],
    }
    for name, paths in paths_by_page.items():
        turn = cycle(paths)
        first, body = reader.ask(next(turn))
        later = [reader.ask(next(turn))[0] for _ in range(LATER)]
        print(
            f"{name:22}{first:>10.1f}{np.median(later):>10.1f}{max(later):>10.1f}"
            f"{len(body) / 1e3:>10.0f}{'' if max(first, *later) < GOAL else '  over the goal'}"
        )


def links(reader: Reader, patients: int) -> tuple[list[str], str]:
    """Addresses of the patients on the list's first page, and of one's quality report."""
    _, ward = reader.ask("/")
    paths = list(dict.fromkeys(link.decode() for link in LINK.findall(ward)))
    assert paths and f"{patients}".encode() in ward
    report = REPORT.search(reader.ask(paths[0])[1])
    assert report is not None
    return paths, report[1].decode()


def during_import(var: Path, reader: Reader) -> None:
    """Print how long the list takes while the model of relapse comes into service."""
    _, before = reader.ask("/model")
    importing = subprocess.Popen(
        [sys.executable, "-m", "serving", "import", str(var / "models" / "relapse")],
        cwd=REPOSITORY, env=environment(var), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    times, begin = [], time.monotonic()
    while reader.ask("/model")[1] == before:
        times.append(reader.ask("/")[0])
        assert time.monotonic() - begin < IMPORT_SECONDS
        time.sleep(0.02)
    first = reader.ask("/")[0]
    assert importing.wait(timeout=60) == 0
    print(
        f"list while a model is imported: median {np.median(times):.1f}, slowest {max(times):.1f} "
        f"ms of {len(times)}; first list with the new model {first:.1f} ms"
    )


@click.command()
@click.option("--patients", default=PATIENTS, show_default=True, help="Simulated patients.")
def command_line(patients: int) -> None:
    """Time each page."""
    main(patients)


@contextmanager
def signed_in(var: Path) -> Iterator[Reader]:
    """A reader of a service started afresh."""
    with our_service(var, workers=1) as (port, _, token):
        yield Reader(port, token)


def main(patients: int = PATIENTS) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        prepare_store(var, patients)
        run(var, "serving", "import", str(var / "models" / "fatal_infection"))
        print(f"{patients} simulated patients, load {os.getloadavg()[0]:.1f} before the run")
        with signed_in(var) as reader:
            during_import(var, reader)
        with signed_in(var) as reader:
            paths = links(reader, patients)
        print(f"{'page':22}{'first ms':>10}{'later ms':>10}{'worst ms':>10}{'kB':>10}")
        with signed_in(var) as reader:
            pages(reader, *paths)


if __name__ == "__main__":
    command_line()
