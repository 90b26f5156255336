"""Fitting again under the previous protocol."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from training.tracking.registry import aliases, connect, find_version
from training.tracking.registry_names import Address
from training.tracking.retrain import MIN_EVENTS, paired_comparison


def test_retrained_on_new_patients(
    store: Path, tmp_path: Path, command, another, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new version keeps the protocol, is compared on unseen patients, and says the result."""
    shutil.copytree(store, tmp_path / "var")
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    new = another(tmp_path / "new", 120, seed=9, prefix="N")
    done = command(
        "retrain", new / "features.parquet", new / "outcomes.csv", "--endpoint", "relapse",
        "--processes", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "the model in service: Brier difference" in done.stdout
    assert "on 1" in done.stdout
    old, fresh = (find_version(connect(), Address("relapse", number)) for number in "12")
    assert aliases(connect(), "relapse")["candidate"] == "2"
    assert old.tags["protocol_sha256"] == fresh.tags["protocol_sha256"]
    assert "Brier difference" in fresh.tags["retrain"]
    champion = aliases(connect(), "relapse")["champion"]
    assert (champion == "2") == ("  beats" in done.stdout and "champion:" in done.stdout)


def test_the_same_patients_cannot_be_compared(
    store: Path, tmp_path: Path, command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the old cohort no patient is new: a sentence says so, without a number."""
    shutil.copytree(store, tmp_path / "var")
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    cohort = tmp_path / "var" / "cohort"
    done = command(
        "retrain", cohort / "features.parquet", cohort / "outcomes.csv",
        "--endpoint", "relapse", "--processes", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "cannot be compared on 0 patients" in done.stdout
    assert aliases(connect(), "relapse") == {"candidate": "2", "champion": "1"}


def test_nothing_to_retrain(filled: Path, empty: Path, command) -> None:
    """Without a registered model the sentence says to fit."""
    cohort = filled / "cohort"
    done = command("retrain", cohort / "features.parquet", cohort / "outcomes.csv")
    assert (done.exit_code, "is registered yet" in done.stderr) == (2, True)


def test_paired_difference_by_hand() -> None:
    """The difference is the weighted mean of squared errors, new minus old."""
    rng = np.random.default_rng(0)
    y = (rng.random(200) < 0.4).astype(float)
    new, old, weight = rng.random(200), rng.random(200), rng.uniform(0.5, 2, 200)
    found = paired_comparison(new, old, y, weight, seed=0)
    expected = np.average((y - new) ** 2 - (y - old) ** 2, weights=weight)
    assert found.difference.value == pytest.approx(expected)
    assert not found.beats
    y[np.flatnonzero(y == 1)[MIN_EVENTS - 1 :]] = np.nan
    assert paired_comparison(new, old, y, weight, seed=0).difference is None
