"""The path from simulation to service as a user takes it: each step is a process of its own."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.path.installed import Installed, install
from tests.serving.process import Running, end, launch, module

# The same protocol with fewer repetitions: the path is under test here, not the statistics.
SMALL = {
    "model": "ridge", "repeats": 1, "folds": 3, "refits": 20, "permutations": 100, "bootstraps": 20,
}  # fmt: skip
# An endpoint that no code of ours knows, as docs/protocol.md declares it.
DECLARED = {
    "name": "death_without_relapse",
    "words": "death without relapse",
    "plural": "deaths without relapse",
    "events": ["fatal_infection", "other_death"],
    "biomarker": "monocyte_fraction",
}
SERVED = ("relapse", "fatal_infection", "severe_infection", "death_without_relapse")


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

    def infections(self) -> tuple[str, str]:
        """The option that names the table of infections."""
        return "--infections", str(self.cohort / "infections.csv")

    def protocol(self, choices: Mapping[str, object]) -> tuple[str, str]:
        """Write a protocol and return the option that names it."""
        file = self.var / "protocol.json"
        file.write_text(json.dumps(choices))
        return "--protocol", str(file)

    def model(self, endpoint: str) -> Path:
        """Folder of an exported model."""
        return self.var / "models" / endpoint

    def serve(self, *endpoints: str) -> None:
        """Export the candidates of one fit and import them into the service, all at once."""
        folders = [str(self.model(endpoint)) for endpoint in endpoints]
        target = folders[0] if len(folders) == 1 else str(self.var / "models")
        self.output("training", "export", *(f"{name}@candidate" for name in endpoints), target)
        self.output("serving", "import", *folders)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> TrainedState:
    """Simulated, fitted, registered, exported and imported, by the commands of the README.

    The standard endpoints, and one that the protocol declares.
    """
    var = tmp_path_factory.mktemp("path")
    state = TrainedState(var, var / "cohort")
    state.simulate(150, seed=3)
    protocol = state.protocol(SMALL | {"endpoints": [*SERVED[:3], DECLARED]})
    state.output("training", "fit", *state.tables(), *state.infections(), *protocol)
    state.serve(*SERVED)
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
