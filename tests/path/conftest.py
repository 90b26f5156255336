"""The path from simulation to service as a user takes it: each step is a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.path.installed import Installed, install
from tests.serving.process import ROOT, Running, command, end, environment, launch

# The same protocol with fewer repetitions: the path is under test here, not the statistics.
SMALL = {"repeats": 1, "folds": 3, "inner_folds": 3, "refits": 20, "permutations": 20}
SMALL |= {"bootstraps": 50, "candidates": ["prevalence", "biomarker", "core_panel"]}


@dataclass(frozen=True)
class TrainedState:
    """Folder of a simulated cohort and of the state that fitting it left."""

    var: Path
    cohort: Path

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`python -m WORDS` with this state, to its end."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT, env=environment(self.var), capture_output=True, text=True, timeout=280,
            check=False,
        )  # fmt: skip

    def output(self, *words: str) -> str:
        """Output of a command; a failed one fails the test with what it printed."""
        process = self.run(*words)
        assert process.returncode == 0, f"{' '.join(words)}\n{process.stdout}\n{process.stderr}"
        return process.stdout


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> TrainedState:
    """Simulated, fitted, registered, exported and imported, by the commands of the README."""
    var = tmp_path_factory.mktemp("path")
    state = TrainedState(var, var / "cohort")
    options = ("--preset", "seed-optimistic", "--n", "150", "--seed", "3", "--features-only")
    state.output("training", "simulate", *options, str(state.cohort))
    (var / "protocol.json").write_text(json.dumps(SMALL))
    tables = (str(state.cohort / "features.parquet"), str(state.cohort / "outcomes.csv"))
    state.output("training", "fit", *tables, "--protocol", str(var / "protocol.json"))
    for endpoint in ("relapse", "fatal_infection"):
        state.output("training", "export", f"{endpoint}@candidate", str(var / endpoint))
        process = command(var, "import", str(var / endpoint))
        assert process.returncode == 0, process.stderr
    return state


@pytest.fixture(scope="session")
def service(state: TrainedState) -> Iterator[Running]:
    """The service with those models, on a real port."""
    running = launch(state.var)
    yield running
    end(running)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The product as `pip install .` leaves it, without its dependencies."""
    return install(tmp_path_factory.mktemp("installed"))
