"""The command line: help, one sentence on bad input, and a cohort too small for a model."""

import subprocess
import sys
from pathlib import Path

import pytest

from features.notices import RESEARCH_USE_ONLY
from features.settings import REPOSITORY
from training.__main__ import main
from training.tracking.registry import aliases, connect

COMMANDS = ("simulate", "fit", "evaluate", "promote", "export", "report", "monitor", "retrain",
            "surveillance", "plan", "protocol", "update")  # fmt: skip


def test_every_command_has_its_page(command) -> None:
    """All commands are there, each with a help page that says research use only."""
    assert set(main.commands) == set(COMMANDS)
    for name in COMMANDS:
        page = command(name, "--help")
        assert page.exit_code == 0
        assert RESEARCH_USE_ONLY.split(":")[0] in page.stdout
        assert len(page.stdout.splitlines()) > 8


def test_help_imports_nothing_heavy() -> None:
    """Help needs no MLflow, pandas, scikit-learn or matplotlib."""
    code = (
        "import contextlib, sys, training.__main__ as m\n"
        "with contextlib.suppress(SystemExit): m.main(['fit', '--help'])\n"
        "print(sorted({'mlflow', 'pandas', 'sklearn', 'matplotlib', 'shap'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_fit_prints_its_results(store: Path) -> None:
    """Per endpoint figures, verdict and registration; then the page; last the conclusion."""
    output = (store / "output.txt").read_text()
    assert "relapse: 1" in output
    assert "registered as cd7watch-relapse version 1, candidate and champion" in output
    assert "registered as cd7watch-fatal-infection version 1, candidate\n" in output
    assert f"mlflow ui --backend-store-uri sqlite:///{store}/mlflow.db" in output
    assert output.splitlines()[0].startswith("Protocol ")
    assert output.splitlines()[1].endswith("Synthetic: simulated patients, no real person's data.")
    assert output.splitlines()[-1].startswith("champion: relapse; no champion: fatal infection, ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fit", "{f}", "nowhere.csv"), "nowhere.csv does not exist"),
        (("fit", "{o}", "{o}"), "A feature table must be a readable Parquet file"),
        (("fit", "{f}", "{o}", "--endpoint", "relaps"), "The protocol's endpoints are relapse"),
        (("fit", "{f}", "{o}", "--protocol", "none.json"), "there is none at none.json"),
        (
            ("fit", "{f}", "{o}", "--endpoint", "relapse", "--scheduler", "tcp://127.0.0.1:9"),
            "none answers at tcp://",
        ),
        (("report", "nowhere.parquet", "{o}"), "No such file"),
        (("evaluate", "relapse@validated", "{f}", "{o}"), "No version of cd7watch-relapse"),
        (("simulate", "--preset", "huge", "{d}/x"), "preset"),
    ],
)
def test_bad_input_is_one_sentence(
    store: Path, command, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """Exit code 2, one line on standard error, nothing written."""
    cohort = store / "cohort"
    names = {"f": cohort / "features.parquet", "o": cohort / "outcomes.csv", "d": tmp_path}
    done = command(*(argument.format(**names) for argument in arguments))
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_too_few_events_end_without_a_model(store: Path, command, another, tmp_path: Path) -> None:
    """Twelve patients: the run is logged with its evaluation, nothing is registered."""
    before = {endpoint: aliases(connect(), endpoint) for endpoint in ("relapse", "fatal_infection")}
    few = another(tmp_path / "few", 12, seed=1, prefix="F")
    done = command("fit", few / "features.parquet", few / "outcomes.csv", "--processes", 1)
    assert done.exit_code == 0, done.output
    assert done.stdout.count("\n  no model") == 2
    assert done.stdout.splitlines()[-1].startswith("no champion: relapse, no model: ")
    assert "registered as" not in done.stdout
    client = connect()
    assert {endpoint: aliases(client, endpoint) for endpoint in before} == before
    parent = client.get_run(done.stdout.split("MLflow run ")[1].split(";")[0])
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    assert {run.data.tags["gate_state"] for run in children} == {"no_model"}
    try:
        for run in children:
            names = {entry.path for entry in client.list_artifacts(run.info.run_id)}
            assert names == {"evaluation.json", "protocol.json"}
    finally:
        for run in (parent, *children):  # other tests count this store's runs
            client.delete_run(run.info.run_id)
