"""A feature table against a registered model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.table.feature_table import read_table
from training.cohort.samples import samples_from
from training.tracking.monitor_table import scored_rows


def test_the_same_distribution_has_not_moved(store: Path, command, another, tmp_path: Path) -> None:
    """A new cohort of the same kind: no feature has moved."""
    new = another(tmp_path / "new", 100, seed=4, prefix="N")
    done = command("monitor", "relapse@champion", new / "features.parquet")
    assert done.exit_code == 0, done.output
    assert "0 of 20 features have moved" in done.stdout


def test_a_shifted_feature_is_listed(store: Path, command, another, tmp_path: Path) -> None:
    """The shifted feature and only it is named, and the CSV holds every feature."""
    new = another(tmp_path / "new", 100, seed=4, prefix="N") / "features.parquet"
    table = pq.read_table(new)
    place = table.column_names.index("nk_fraction")
    moved = pd.Series(table["nk_fraction"].to_pandas() + 0.15)
    pq.write_table(table.set_column(place, "nk_fraction", [moved.to_numpy()]), new)
    done = command("monitor", "relapse@champion", new, "-o", tmp_path / "drift.csv")
    assert "1 of 20 features have moved" in done.stdout
    assert "nk_fraction" in done.stdout
    frame = pd.read_csv(tmp_path / "drift.csv", index_col="feature")
    assert frame.index[frame["drifted"]].tolist() == ["nk_fraction"]


def test_one_row_a_patient(store: Path) -> None:
    """Each patient counts once, with the last blood sample of the window."""
    samples = samples_from(read_table(store / "cohort" / "features.parquet"))
    X = scored_rows(samples, ("nk_fraction",), 28)
    frame = samples.frame
    assert len(X) == frame["patient_id"].nunique()
    expected = frame.loc[frame["day"] == 25, "nk_fraction"].to_numpy()
    np.testing.assert_array_equal(np.sort(X[:, 0]), np.sort(expected))


def test_no_sample_in_the_window(store: Path, command, another, tmp_path: Path) -> None:
    """A table of baseline samples cannot be compared with landmark samples."""
    new = another(tmp_path / "new", 10, seed=4) / "features.parquet"
    table = pq.read_table(new)
    early = table.filter(np.array(table["day"].to_pandas() < 0))
    pq.write_table(early, new)
    done = command("monitor", "relapse@champion", new)
    assert done.exit_code == 2
    assert "scores samples of day 15 to 28" in done.stderr


@pytest.mark.parametrize("model", ["nonsense@champion", "relapse@validated"])
def test_wrong_model(store: Path, command, model: str) -> None:
    """A wrong or absent model is one sentence."""
    done = command("monitor", model, store / "cohort" / "features.parquet")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
