"""The folder that the command writes, and its sentence when there is nothing to estimate."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from training.__main__ import main
from training.cohort.cohort import Cohort
from training.simulation.simulate import simulate_cohort
from training.surveillance.folder import PAGE, TABLES, write_surveillance
from training.surveillance.surveillance import SurveillanceResult


def test_the_folder_holds_a_page_and_its_tables(
    serial: Cohort, results: dict[str, SurveillanceResult], tmp_path: Path
) -> None:
    """One page that needs nothing else; tables with both endpoints, marked synthetic."""
    write_surveillance(serial, results, tmp_path / "s")
    page = (tmp_path / "s" / PAGE).read_text(encoding="utf-8")
    for words in (RESEARCH_USE_ONLY.replace("'", "&#39;"), SYNTHETIC.replace("'", "&#39;"),
                  "Relapse", "Fatal infection", results["relapse"].verdict.sentence):  # fmt: skip
        assert words in page
    assert page.count("<svg") == 6
    for outside in ("http://", "https://", "<script", "<link", "src="):
        assert outside not in page
    for name in TABLES:
        table = pd.read_csv(tmp_path / "s" / name)
        assert set(table["endpoint"]) == {"relapse", "fatal_infection"}
        assert set(table["provenance"]) == {"synthetic"}
    write_surveillance(serial, results, tmp_path / "s")  # an earlier one is replaced


def test_a_folder_with_other_files_is_refused(
    serial: Cohort, results: dict[str, SurveillanceResult], tmp_path: Path
) -> None:
    """Somebody's own folder is never replaced."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="name another"):
        write_surveillance(serial, results, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_without_follow_up_the_command_ends_with_one_sentence(tmp_path: Path) -> None:
    """Two samples a patient: exit 2, one sentence, nothing written."""
    simulate_cohort(tmp_path / "c", "weak", n=60, features_only=True)
    arguments = ["surveillance", str(tmp_path / "c/features.parquet"),
                 str(tmp_path / "c/outcomes.csv"), "-o", str(tmp_path / "out")]  # fmt: skip
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 2
    assert "needs serial samples" in ended.output
    assert not (tmp_path / "out").exists()


def test_the_command_says_each_verdict(folder: Path, tmp_path: Path) -> None:
    """The printed sentences are those of the table, with research use and provenance."""
    arguments = ["surveillance", str(folder / "features.parquet"), str(folder / "outcomes.csv"),
                 "-o", str(tmp_path / "out"), "--horizon", "180", "--processes", "1"]  # fmt: skip
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0, ended.output
    gain = pd.read_csv(tmp_path / "out/gain.csv")
    for endpoint, sentence in zip(gain["endpoint"], gain["sentence"], strict=True):
        assert f"{endpoint}: {sentence}" in ended.output
    assert "Research use only" in ended.output and "Synthetic" in ended.output
