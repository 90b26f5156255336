"""A stored model on another cohort, and what the registry then says."""

import shutil
from pathlib import Path

import mlflow
import numpy as np
import pytest

from features.table.feature_table import read_table
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import read_outcomes
from training.tracking.registered_model import cohort_risks, stored_model, stored_protocol
from training.tracking.registry import aliases, connect, find_version
from training.tracking.registry_names import Address


def _cohort(folder: Path) -> Cohort:
    table = read_table(folder / "features.parquet")
    return cohort_of(table, read_outcomes(folder / "outcomes.csv"))


@pytest.fixture
def mine(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the filled store, which a test may change; artefacts stay where they are."""
    shutil.copytree(store, tmp_path / "var")
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    return tmp_path


def test_its_own_cohort_cannot_validate(mine: Path, command) -> None:
    """The training cohort is recognised by its patients; the model stays champion."""
    cohort = mine / "var" / "cohort"
    done = command(
        "evaluate", "relapse@champion", cohort / "features.parquet", cohort / "outcomes.csv"
    )
    assert done.exit_code == 0, done.output
    assert "not validated: the cohort shares patients" in done.stdout
    assert "validated" not in aliases(connect(), "relapse")
    assert "shares patients" in find_version(connect(), Address("relapse", "1")).tags["validation"]


def artefact(done, name: str) -> str:
    """Text of one artefact of the run that a command's output names."""
    run = done.stdout.split("MLflow run ")[1].split()[0]
    return mlflow.artifacts.load_text(f"runs:/{run}/{name}")


def test_the_report_is_that_of_a_fit(mine: Path, command, another) -> None:
    """Card, evaluation and pictures; the card repeats the printed figures and all 27 items."""
    new = another(mine / "new", 120, seed=6, prefix="N")
    done = command("evaluate", "relapse@champion", new / "features.parquet", new / "outcomes.csv")
    card = artefact(done, "evaluation_card.md")
    auc = done.stdout.split(", AUC ")[1][:4]
    assert f"AUC {auc} (" in card
    assert card.startswith("# Evaluation of relapse@champion\n")
    assert "not validated" in card
    for number in range(1, 28):
        assert f"\n| {number} | " in card
    run = done.stdout.split("MLflow run ")[1].split()[0]
    assert {file.path for file in connect().list_artifacts(run, "plots")} == {
        f"plots/{name}.png"
        for name in ("calibration", "roc", "decision_curve", "instability",
                     "cumulative_incidence", "incidence_by_third")
    }  # fmt: skip


def test_a_second_evaluation_of_a_folder_is_counted(mine: Path, command, another) -> None:
    """Whether by folder or by name: the outcomes have been looked at for this endpoint."""
    new = another(mine / "new", 90, seed=5, prefix="N")
    assert command("export", "relapse@champion", mine / "model").exit_code == 0
    tables = (new / "features.parquet", new / "outcomes.csv")
    looks = [command("evaluate", model, *tables).stdout
             for model in (mine / "model", "relapse/1", mine / "model")]  # fmt: skip
    assert ["not the first evaluation" in look for look in looks] == [False, True, True]


def test_a_second_evaluation_is_counted(mine: Path, command, another) -> None:
    """Evaluating on the same outcomes again says that they were used before."""
    new = another(mine / "new", 90, seed=5, prefix="N")
    arguments = ("evaluate", "relapse@champion", new / "features.parquet", new / "outcomes.csv")
    first, second = command(*arguments), command(*arguments)
    assert "evaluated before" not in first.stdout
    assert "first evaluation" not in first.stdout
    assert "not the first evaluation on these outcomes" in second.stdout
    assert "this cohort was evaluated before" in second.stdout
    assert "at least 100 are needed" in first.stdout
    reports = [artefact(done, "evaluation_card.md") for done in (first, second)]
    assert ["Not the first evaluation" in report for report in reports] == [False, True]
    assert "| evaluated before on these outcomes | yes |" in reports[1]


def test_the_run_repeats_the_risks_figures(mine: Path, command, another) -> None:
    """The logged Brier score is that of the stored risks with this cohort's weights."""
    new = another(mine / "new", 120, seed=6, prefix="N")
    done = command("evaluate", "relapse/1", new / "features.parquet", new / "outcomes.csv")
    run = connect().get_run(done.stdout.split("MLflow run ")[1].split()[0])
    version = find_version(connect(), Address("relapse", "1"))
    scored = cohort_risks(stored_model(version), _cohort(new), stored_protocol(version))
    used = scored.weight > 0
    loss = np.average((scored.y[used] - scored.risk[used]) ** 2, weights=scored.weight[used])
    assert run.data.metrics["brier"] == pytest.approx(loss, abs=1e-9)
    assert run.data.tags["kind"] == "evaluation"


def test_a_folder_is_evaluated_but_never_validated(mine: Path, command, another) -> None:
    """An exported folder gives the same figures; it cannot become validated."""
    new = another(mine / "new", 120, seed=6, prefix="N")
    assert command("export", "relapse@champion", mine / "model").exit_code == 0
    tables = (new / "features.parquet", new / "outcomes.csv")
    by_folder = command("evaluate", mine / "model", *tables)
    by_name = command("evaluate", "relapse@champion", *tables)
    assert by_folder.exit_code == 0, by_folder.output
    assert by_folder.stdout.split(", AUC ")[1][:4] == by_name.stdout.split(", AUC ")[1][:4]
    assert "not validated" in by_folder.stdout
