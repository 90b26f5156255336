"""Updating registered models by the command line, at a site with half the base rate."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from models import persistence
from training.tracking.registered_model import stored_model, training_patients
from training.tracking.registry import aliases, connect, find_version
from training.tracking.registry_names import Address

BOTH = ("relapse@candidate", "fatal_infection@candidate")


@pytest.fixture
def mine(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the filled store, which a test may change; artefacts stay where they are."""
    shutil.copytree(store, tmp_path / "var")
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    return tmp_path


def halve(folder: Path, seed: int = 1) -> Path:
    """Remove half of the events; those patients are followed to day 500."""
    path = folder / "outcomes.csv"
    outcomes = pd.read_csv(path, dtype=str, keep_default_na=False)
    has_event = (outcomes["relapse_day"] != "") | (outcomes["death_day"] != "")
    spared = has_event & (np.random.default_rng(seed).random(len(outcomes)) < 0.5)
    outcomes.loc[spared, ["relapse_day", "death_day", "death_cause"]] = ""
    outcomes.loc[spared, "followup_day"] = "500"
    outcomes.to_csv(path, index=False)
    return folder


def tables(folder: Path) -> tuple[Path, Path]:
    """Feature table and outcomes of a folder."""
    return folder / "features.parquet", folder / "outcomes.csv"


def printed_oe(text: str, endpoint: str) -> float:
    """Observed over expected that a command printed for an endpoint."""
    line = next(line for line in text.splitlines() if line.startswith(endpoint))
    return float(line.split("observed over expected ")[1].split()[0].rstrip(";"))


@pytest.mark.timeout(180)
def test_half_the_base_rate(mine: Path, command, another) -> None:
    """New intercepts; O/E near 1 on further patients; the version names its parent."""
    site = halve(another(mine / "site", 150, seed=31, prefix="N"))
    done = command("update", *BOTH, *tables(site), "--processes", 1)
    assert done.exit_code == 0, done.output
    assert "relapse version 1: " in done.stdout
    assert printed_oe(done.stdout, "relapse") < 0.75
    assert "closed test: new intercepts" in done.stdout
    assert aliases(connect(), "relapse") == {"candidate": "2", "champion": "1"}
    version = find_version(connect(), Address("relapse", "2"))
    model = stored_model(version)
    assert model.manifest["parent"]["version"] == version.tags["parent_version"] == "1"
    assert model.manifest["parent"]["update"] == version.tags["update"]
    assert version.tags["update"] in ("intercept", "intercept_and_slope")
    assert model.manifest["state"] == version.tags["gate_state"] == "candidate"
    other = stored_model(find_version(connect(), Address("fatal_infection", "2")))
    assert other.manifest["joint_fit"] == model.manifest["joint_fit"]
    further = halve(another(mine / "further", 400, seed=32, prefix="M"), seed=2)
    before, after = (
        printed_oe(command("evaluate", f"relapse/{n}", *tables(further)).stdout, "relapse")
        for n in (1, 2)
    )
    assert before < 0.75
    assert 0.8 < after < 1.2


@pytest.mark.timeout(180)
def test_an_updated_version_is_like_any_other(mine: Path, command, another) -> None:
    """It is exported, monitored, not promoted by the gate, and knows both cohorts' patients."""
    site = halve(another(mine / "site", 150, seed=31, prefix="N"))
    assert command("update", *BOTH, *tables(site)).exit_code == 0
    assert command("export", *BOTH, mine / "models").exit_code == 0
    card = persistence.load(mine / "models" / "relapse").manifest["card"]
    assert card.startswith("# cd7watch-relapse\n\n## Updated\n\nVersion 1 was updated to ")
    assert command("monitor", "relapse@candidate", site / "features.parquet").exit_code == 0
    refused = command("promote", "relapse@candidate", "champion")
    assert (refused.exit_code, "not judged yet" in refused.stderr) == (2, True)
    parent, updated = (
        training_patients(find_version(connect(), Address("relapse", n))) for n in "12"
    )
    assert parent < updated
    assert any(patient.startswith("N") for patient in updated - parent)
    validated = command("evaluate", "relapse/2", *tables(site))
    assert "the cohort shares patients with the training cohort" in validated.stdout


@pytest.mark.timeout(180)
def test_patients_of_the_same_kind_keep_it(mine: Path, command, another) -> None:
    """Nothing is registered, and the last line says so."""
    same = another(mine / "same", 100, seed=33, prefix="N")
    done = command("update", *BOTH, *tables(same), "--processes", 1)
    assert done.exit_code == 0, done.output
    assert "they are kept, nothing is registered" in done.stdout
    assert aliases(connect(), "relapse") == {"candidate": "1", "champion": "1"}


@pytest.mark.timeout(180)
def test_reversed_effects_change_their_sign(mine: Path, command, another) -> None:
    """The slope turns below 0, and the effects with it."""
    other = another(mine / "other", 150, seed=34, prefix="N", effect=-1.3)
    done = command("update", "relapse@candidate", *tables(other), "--processes", 1)
    assert done.exit_code == 0, done.output
    old, new = (find_version(connect(), Address("relapse", number)) for number in "12")
    assert new.tags["update"] == "intercept_and_slope"
    effects = [stored_model(version).members.effects[0, :, 0] for version in (old, new)]
    assert effects[0] @ effects[1] < 0


def move_the_signal(folder: Path) -> Path:
    """Let another feature carry what S100A8/A9 carried, which becomes noise."""
    path = folder / "features.parquet"
    table = pq.read_table(path)
    signal = table["s100a8a9_leukocyte"].to_numpy()
    noise = np.random.default_rng(3).normal(2, 0.5, len(signal))
    for name, values in (("cd7neg_t_activation", signal), ("s100a8a9_leukocyte", noise)):
        table = table.set_column(table.column_names.index(name), name, [values])
    pq.write_table(table, path)
    return folder


@pytest.mark.timeout(180)
def test_another_feature_asks_for_a_refit(mine: Path, command, another) -> None:
    """The fit is repeated on the new patients, judged, counted as a look; its parent is named."""
    other = move_the_signal(another(mine / "other", 150, seed=34, prefix="N"))
    done = command("update", "relapse@candidate", *tables(other), "--processes", 1)
    assert done.exit_code == 0, done.output
    assert "closed test: fit again" in done.stdout
    assert "look 1 needs at most 0.025" in done.stdout
    version = find_version(connect(), Address("relapse", "2"))
    assert version.tags["update"] == "refit"
    assert stored_model(version).manifest["parent"]["version"] == "1"
    assert all(patient.startswith("N") for patient in training_patients(version))
    assert aliases(connect(), "relapse") == {"candidate": "2", "champion": "1"}


def test_training_patients_are_refused(mine: Path, command) -> None:
    """The cohort that the model was fitted to cannot update it."""
    done = command("update", "relapse@candidate", *tables(mine / "var" / "cohort"))
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "patients it has not learned from" in done.stderr


def test_two_versions_of_one_endpoint_are_refused(mine: Path, command, another) -> None:
    """One sentence; nothing changes."""
    site = another(mine / "site", 30, seed=35, prefix="N")
    shared = ("relapse@candidate", "relapse/1")
    done = command("update", *shared, *tables(site))
    assert (done.exit_code, "one fit at a time" in done.stderr) == (2, True)


def test_too_few_events_are_refused(mine: Path, command, another) -> None:
    """Ten patients cannot say how the model does."""
    few = another(mine / "few", 10, seed=36, prefix="N")
    done = command("update", "relapse@candidate", *tables(few))
    assert done.exit_code == 2
    assert "at least 5 patients with and without an event" in done.stderr
