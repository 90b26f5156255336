"""The whole path as a user walks it: every step a command in a process of its own."""

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
class Walked:
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

    def must(self, *words: str) -> str:
        """Run and return what was printed; a failed step fails the test with its words."""
        done = self.run(*words)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Simulated, fitted, registered, exported and imported, by the commands of the README."""
    var = tmp_path_factory.mktemp("path")
    made = Walked(var, var / "cohort")
    options = ("--preset", "seed-optimistic", "--n", "150", "--seed", "3", "--features-only")
    made.must("training", "simulate", *options, str(made.cohort))
    (var / "protocol.json").write_text(json.dumps(SMALL))
    tables = (str(made.cohort / "features.parquet"), str(made.cohort / "outcomes.csv"))
    made.must("training", "fit", *tables, "--protocol", str(var / "protocol.json"))
    for endpoint in ("relapse", "fatal_infection"):
        made.must("training", "export", f"{endpoint}@candidate", str(var / endpoint))
        done = command(var, "import", str(var / endpoint))
        assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="session")
def serving_walked(walked: Walked) -> Iterator[Running]:
    """The service with those models, on a real port."""
    service = launch(walked.var)
    yield service
    end(service)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The product as `pip install .` leaves it, without its dependencies."""
    return install(tmp_path_factory.mktemp("installed"))
