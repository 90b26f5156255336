"""Looks in the registry: counted over fits, processes and corrected tables, and never undone."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError
from features.settings import REPOSITORY
from features.table.feature_table import read_table
from models.endpoints import ENDPOINTS
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.labels import label
from training.cohort.outcomes import read_outcomes
from training.cohort.protocol import Protocol
from training.evaluation.looks import Look
from training.tracking.look_key import KEY_FILE
from training.tracking.looks_registry import (
    ARTIFACT,
    EXPERIMENT,
    earlier_looks,
    look_counter,
    patient_domain,
)
from training.tracking.registry import aliases, connect


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh state folder with a store of its own."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    return tmp_path


def read_folder(folder: Path) -> Cohort:
    """The cohort in a folder."""
    table = read_table(folder / "features.parquet")
    return cohort_of(table, read_outcomes(folder / "outcomes.csv"))


def as_real(cohort: Cohort) -> Cohort:
    """The cohort as if its patients were no simulation."""
    return replace(cohort, samples=replace(cohort.samples, provenance="real"))


def count(cohort: Cohort, fit: str, protocol: Protocol | None = None) -> Look:
    """Count one test of relapse, as a fit does."""
    counter = look_counter(connect(), cohort, protocol or Protocol())
    return counter(label(cohort.at_risk, ENDPOINTS["relapse"], 180), fit)


def test_looks_go_on_over_fits_and_come_back(fresh: Path, another) -> None:
    """Look 2 of the same patients; a repeated fit gets its look again and is not stored twice."""
    cohort = read_folder(another(fresh / "c", 40))
    first, second, again = (count(cohort, fit) for fit in ("a", "b", "a"))
    assert (first.number, first.alpha) == (1, 0.025)
    assert (second.number, second.alpha) == (2, pytest.approx(0.05 / 6))
    assert again == first
    assert earlier_looks(connect()) == [first, second]


def test_the_record_holds_no_identifier(fresh: Path, another) -> None:
    """Neither the artifacts nor the database of the store name a patient."""
    cohort = read_folder(another(fresh / "c", 40, prefix="SECRETNAME"))
    count(cohort, "a")
    files = [path for path in (fresh / "var").rglob("*") if path.is_file()]
    assert any(path.name == ARTIFACT for path in files)
    assert not [path for path in files if b"SECRETNAME" in path.read_bytes()]


def test_a_deleted_run_still_counts(fresh: Path, another) -> None:
    """Deleting the run of a look does not give its alpha back."""
    cohort, client = read_folder(another(fresh / "c", 40)), connect()
    count(cohort, "a")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    (run,) = client.search_runs([experiment.experiment_id])
    client.delete_run(run.info.run_id)
    assert count(cohort, "b").number == 2


def test_a_lost_record_stops_the_fit(fresh: Path, another) -> None:
    """Without the record of an earlier look the next one cannot be counted, and says so."""
    cohort = read_folder(another(fresh / "c", 40))
    count(cohort, "a")
    (record,) = (fresh / "var").rglob(ARTIFACT)
    record.unlink()
    with pytest.raises(InputError, match="restore it from a backup"):
        count(cohort, "b")


def test_an_unfinished_record_is_no_look(fresh: Path, another) -> None:
    """A process that died while it wrote the look had made no test."""
    cohort, client = read_folder(another(fresh / "c", 40)), connect()
    count(cohort, "a")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    client.create_run(experiment.experiment_id, tags={"kind": "look"})
    assert count(cohort, "b").number == 2


def test_a_missing_key_stops_the_fit(fresh: Path, another) -> None:
    """Patients could not be recognised: no new key is made in silence."""
    cohort = read_folder(another(fresh / "c", 40))
    count(cohort, "a")
    (fresh / "var" / KEY_FILE).unlink()
    with pytest.raises(InputError, match="is missing"):
        count(cohort, "b")


def test_a_missing_key_is_said_before_the_fit(fresh: Path, another) -> None:
    """The counter is not even made: the sentence comes before hours of fitting."""
    cohort = read_folder(another(fresh / "c", 40))
    count(cohort, "a")
    (fresh / "var" / KEY_FILE).unlink()
    with pytest.raises(InputError, match="is missing: restore it"):
        look_counter(connect(), cohort, Protocol())


def test_simulations_are_apart_and_real_patients_are_not(fresh: Path, another) -> None:
    """P0001 of two simulations are two patients; in two tables of a ward they are one."""
    one, other = (read_folder(another(fresh / n, 40, seed=s)) for n, s in (("a", 1), ("b", 2)))
    assert patient_domain(one) != patient_domain(other)
    assert [count(one, "a").number, count(other, "b").number] == [1, 1]
    numbers = [count(as_real(one), "a").number, count(as_real(other), "b").number]
    assert numbers == [1, 2]


def test_the_former_counter_is_named_and_not_read(fresh: Path, another, capsys) -> None:
    """fits.json of an earlier version: one note, and counting starts at 1."""
    (fresh / "var").mkdir()
    (fresh / "var" / "fits.json").write_text('{"old": ["fit"]}')
    cohort = read_folder(another(fresh / "c", 40))
    assert count(cohort, "a").number == 1
    assert capsys.readouterr().err.count("not counted as looks") == 1


PROCESS = """
import sys
sys.path.insert(0, {tests!r})
from test_looks_registry import count, read_folder
from training.tracking.registry import connect
from pathlib import Path
cohort = read_folder(Path(sys.argv[1]))
connect().search_experiments()
print("ready", flush=True)
sys.stdin.readline()
print(*(count(cohort, sys.argv[2] + str(k)).number for k in range({fits})))
"""
FITS = 4


@pytest.mark.timeout(120)
def test_two_processes_never_share_a_number(fresh: Path, another) -> None:
    """Two processes that count four fits each at the same time get the numbers 1 to 8."""
    folder = another(fresh / "c", 40)
    connect().search_experiments()  # the store exists: its migration is not what is tested
    code = PROCESS.format(tests=str(Path(__file__).parent), fits=FITS)
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, str(folder), name], cwd=REPOSITORY,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in ("a", "b")
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=100)[0].split() for process in processes]
    assert sorted(int(number) for text in outputs for number in text) == [*range(1, 2 * FITS + 1)]


def correct_a_day(source: Path, target: Path) -> Path:
    """The same cohort with one day of follow-up corrected."""
    target.mkdir()
    (target / "features.parquet").write_bytes((source / "features.parquet").read_bytes())
    outcomes = pd.read_csv(source / "outcomes.csv", dtype=str, keep_default_na=False)
    row = outcomes.index[(outcomes["relapse_day"] == "") & (outcomes["death_day"] == "")][0]
    outcomes.loc[row, "followup_day"] = str(int(outcomes.loc[row, "followup_day"]) + 1)
    outcomes.to_csv(target / "outcomes.csv", index=False)
    return target


def fitted(command, folder: Path, protocol: Path) -> str:
    """Standard output of `training fit` for relapse."""
    done = command(
        "fit", folder / "features.parquet", folder / "outcomes.csv", "--endpoint", "relapse",
        "--protocol", protocol, "--processes", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return str(done.stdout)


@pytest.mark.timeout(300)
def test_a_corrected_day_is_the_second_look(fresh: Path, another, command, quick) -> None:
    """By the command line: look 2 at its level, look 1 again for the first tables, 1 for others."""
    protocol = fresh / "protocol.json"
    protocol.write_text(json.dumps(quick))
    cohort = another(fresh / "c", 60)
    corrected = correct_a_day(cohort, fresh / "corrected")
    outputs = [
        fitted(command, folder, protocol)
        for folder in (cohort, corrected, cohort, another(fresh / "others", 60, seed=5))
    ]
    expected = ["look 1 needs at most 0.025", "look 2 needs at most 0.00833",
                "look 1 needs at most 0.025", "look 1 needs at most 0.025"]  # fmt: skip
    for output, words in zip(outputs, expected, strict=True):
        assert words in output


@pytest.mark.timeout(300)
def test_after_one_declared_look_nothing_is_promoted(fresh: Path, another, command, quick) -> None:
    """The first fit becomes champion at 0.05; the corrected one cannot, however clear it is."""
    protocol = fresh / "protocol.json"
    protocol.write_text(json.dumps(quick | {"looks": 1}))
    cohort = another(fresh / "c", 80)
    assert "look 1 needs at most 0.05)" in fitted(command, cohort, protocol)
    assert aliases(connect(), "relapse") == {"candidate": "1", "champion": "1"}
    second = fitted(command, correct_a_day(cohort, fresh / "corrected"), protocol)
    assert "they spent the whole alpha" in second
    assert aliases(connect(), "relapse") == {"candidate": "2", "champion": "1"}
