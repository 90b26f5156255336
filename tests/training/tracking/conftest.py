"""A real SQLite store with one small cohort fitted into it, shared by this folder's tests."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from mlflow.entities import Run

from features import schema
from features.measures.history import add_history
from features.table.feature_table import write_table
from features.table.row import Row, empty_row
from training.__main__ import main
from training.tracking.registry import connect

QUICK = {"repeats": 1, "refits": 4, "permutations": 20, "bootstraps": 40}
# mlflow 3.17 maps its tables in a way that SQLAlchemy 2.1 calls deprecated, and warns of its own
# type hints when it is imported.
NOT_OURS = (
    "ignore:The ``noload`` loader strategy is deprecated",
    r"ignore:.*type hint is inferred as AnyType",
)

Command = Callable[..., Result]
Draw = Callable[..., Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """MLflow's own deprecation is no failure of these tests."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(*NOT_OURS))


def _samples(rng: np.random.Generator, patient: str) -> list[Row]:
    rows = []
    for day in (-5, 25):
        row = {
            **empty_row(), "sample_id": f"{patient} day {day}", "patient_id": patient, "day": day,
            "tissue": "PB", "enrichment": "none", "typing_source": "rate_table",
            "provenance": "synthetic",
        }  # fmt: skip
        for name in set(schema.MODEL_FEATURES) - set(schema.HISTORY_NUMBERS):
            row[name] = float(rng.uniform(0.1, 0.5))
        row["s100a8a9_leukocyte"] = float(rng.normal(2, 0.5))
        row["anc"] = float(rng.uniform(0.1, 4))
        rows.append(row)
    return add_history(rows)


def draw(folder: Path, n: int = 130, seed: int = 0, prefix: str = "P", effect: float = 1.3) -> Path:
    """Write features.parquet and outcomes.csv; exp(effect) is the hazard ratio of S100A8/A9.

    Fatal infection comes at random, so its model must not pass the gate.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    rows, outcomes = [], []
    for i in range(n):
        patient = f"{prefix}{i:04d}"
        own = _samples(rng, patient)
        hazard = np.exp(effect * (own[1]["s100a8a9_leukocyte"] - 2) / 0.5) / 350
        relapse, infection = 29 + rng.exponential(1 / hazard), 29 + rng.exponential(900)
        end = min(relapse, infection, rng.uniform(300, 800))
        outcomes.append(
            {
                "patient_id": patient,
                "followup_day": int(end),
                "relapse_day": int(end) if end == relapse else "",
                "death_day": int(end) if end == infection else "",
                "death_cause": "infection" if end == infection else "",
                "transplant_day": "",
                "response_day28": "CR",
            }
        )
        rows += own
    write_table(folder / "features.parquet", rows)
    pd.DataFrame(outcomes).to_csv(folder / "outcomes.csv", index=False)
    return folder


def run_command(*arguments: str | Path) -> Result:
    """Run one command of `cd7watch training` in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """State folder after one `fit`; its subfolder `cohort` holds the tables and protocol.json."""
    var = tmp_path_factory.mktemp("var")
    cohort = draw(var / "cohort")
    (cohort / "protocol.json").write_text(json.dumps(QUICK))
    with pytest.MonkeyPatch.context() as patch:
        _point(patch, var)
        done = run_command(
            "fit", cohort / "features.parquet", cohort / "outcomes.csv",
            "--protocol", cohort / "protocol.json", "--processes", 1,
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    (var / "output.txt").write_text(done.stdout)
    return var


def _point(patch: pytest.MonkeyPatch, var: Path) -> None:
    patch.setenv("CD7WATCH_VAR", str(var))
    patch.delenv("MLFLOW_TRACKING_URI", raising=False)
    patch.delenv("MLFLOW_RUN_ID", raising=False)


@pytest.fixture
def store(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The filled state folder, as the one that commands use."""
    _point(monkeypatch, filled)
    return filled


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which nothing is ever registered."""
    return tmp_path_factory.mktemp("bare") / "var"


@pytest.fixture
def empty(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder with nothing in it, as the one that commands use."""
    _point(monkeypatch, bare)
    return bare


@pytest.fixture
def command() -> Command:
    """Run one command of `cd7watch training`."""
    return run_command


@pytest.fixture
def quick() -> dict[str, int]:
    """What makes a protocol fast."""
    return dict(QUICK)


@pytest.fixture
def another() -> Draw:
    """Draw another cohort into a folder."""
    return draw


@pytest.fixture
def fit_runs(store: Path) -> dict[str, Run]:
    """The runs of the filled store's fit: the parent as "cohort", the others by endpoint."""
    client = connect()
    experiment = client.get_experiment_by_name("cd7watch")
    runs = client.search_runs([experiment.experiment_id], "tags.kind = 'fit'")
    return {run.data.tags.get("endpoint", "cohort"): run for run in runs}
