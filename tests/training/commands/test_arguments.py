"""Arguments that the commands share: both tables are read, and what does not match is said."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from training.__main__ import main
from training.commands.arguments import read_cohort
from training.simulation.simulate import simulate_cohort


def test_patients_of_one_table_are_named_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A patient without outcomes, one without samples, and a column that nobody knows."""
    simulate_cohort(tmp_path / "c", "null", n=30, seed=3, features_only=True)
    outcomes = pd.read_csv(tmp_path / "c" / "outcomes.csv", dtype=str, keep_default_na=False)
    outcomes.loc[0, "patient_id"] = "SIM1"
    outcomes.assign(mood="good").to_csv(tmp_path / "o.csv", index=False, sep=";")
    cohort = read_cohort(tmp_path / "c" / "features.parquet", tmp_path / "o.csv")
    assert len(cohort.outcomes.patients) == 30
    errors = capsys.readouterr().err.splitlines()
    assert errors == [
        "Note: o.csv line 1: unknown column 'mood' is ignored.",
        "Note: 1 patient is in the feature table but not in the outcomes, left out: SIM00001.",
        "Note: 1 patient is in the outcomes without any sample, left out: SIM1.",
        "Note: The same patient may be spelt in two ways: SIM00001 and SIM1.",
    ]


def test_every_fault_of_the_outcomes_is_one_error(tmp_path: Path) -> None:
    """Exit code 2 and a line for each rule."""
    simulate_cohort(tmp_path / "c", "null", n=30, seed=3, features_only=True)
    outcomes = pd.read_csv(tmp_path / "c" / "outcomes.csv", dtype=str, keep_default_na=False)
    outcomes.loc[0, "relapse_day"], outcomes.loc[1, "followup_day"] = "0", "soon"
    outcomes.to_csv(tmp_path / "o.csv", index=False)
    result = CliRunner().invoke(
        main, ["fit", str(tmp_path / "c" / "features.parquet"), str(tmp_path / "o.csv")]
    )
    assert result.exit_code == 2
    assert "Error: o.csv has 2 faults:" in result.output
    assert "line 2: relapse_day 0" in result.output and "line 3: followup_day" in result.output
