"""The path from simulation to service as a user takes it: each step is a process of its own."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.path.installed import Installed, install
from tests.serving.process import Running, end, launch, module

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
        return module(self.var, *words, seconds=280)

    def output(self, *words: str) -> str:
        """Output of a command; a failed one fails the test with what it printed."""
        process = self.run(*words)
        assert process.returncode == 0, f"{' '.join(words)}\n{process.stdout}\n{process.stderr}"
        return process.stdout

    def simulate(self, n: int, seed: int) -> None:
        """Features and outcomes of simulated patients."""
        options = ("--preset", "seed-optimistic", "--n", str(n), "--seed", str(seed))
        self.output("training", "simulate", *options, "--features-only", str(self.cohort))

    def tables(self) -> tuple[str, str]:
        """Feature table and outcomes."""
        return str(self.cohort / "features.parquet"), str(self.cohort / "outcomes.csv")

    def serve(self, endpoint: str) -> None:
        """Export an endpoint's candidate and import it into the service."""
        folder = str(self.var / endpoint)
        self.output("training", "export", f"{endpoint}@candidate", folder)
        self.output("serving", "import", folder)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> TrainedState:
    """Simulated, fitted, registered, exported and imported, by the commands of the README."""
    var = tmp_path_factory.mktemp("path")
    state = TrainedState(var, var / "cohort")
    state.simulate(150, seed=3)
    (var / "protocol.json").write_text(json.dumps(SMALL))
    state.output("training", "fit", *state.tables(), "--protocol", str(var / "protocol.json"))
    for endpoint in ("relapse", "fatal_infection"):
        state.serve(endpoint)
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
