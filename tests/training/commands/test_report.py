"""`cd7watch training report` from tables on disk: one line a claim, a folder, one sentence."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from features.notices import RESEARCH_USE_ONLY
from training.__main__ import main
from training.simulation.simulate import simulate_cohort
from training.study.questions import QUESTIONS


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Path:
    """A simulated cohort's folder."""
    folder = tmp_path_factory.mktemp("command") / "cohort"
    simulate_cohort(folder, "seed-optimistic", n=40, seed=3, features_only=True)
    (folder.parent / "infections.csv").write_text(
        "patient_id,day,grade,organism\nSIM00001,9,2,CMV\n"
    )
    return folder


def _run(tables: Path, *more: str) -> Result:
    arguments = ["report", f"{tables}/features.parquet", f"{tables}/outcomes.csv", *more]
    return CliRunner().invoke(main, arguments)


def test_prints_every_verdict_and_writes_the_folder(tables: Path, tmp_path: Path) -> None:
    """Every claim with its verdict on standard output; page and tables in the folder."""
    infections = str(tables.parent / "infections.csv")
    result = _run(tables, "-o", str(tmp_path / "r"), "--infections", infections)
    assert result.exit_code == 0, result.output
    for question in QUESTIONS.values():
        assert f"{question.section}. {question.short}: " in result.stdout
    assert RESEARCH_USE_ONLY in result.stdout and "Synthetic" in result.stdout
    assert (tmp_path / "r" / "index.html").is_file()
    assert (tmp_path / "r" / "tables" / "infection_rates.csv").is_file()


@pytest.mark.parametrize(
    ("option", "content", "sentence"),
    [
        ("--infections", "patient_id,day,grade,organism\nSTRANGER,9,2,CMV\n", "not among them"),
        ("--protocol", "{}", "day"),
        ("--pseudobulk", "no h5ad", "pseudobulk"),
    ],
)
def test_bad_input_is_one_sentence(
    tables: Path, tmp_path: Path, option: str, content: str, sentence: str
) -> None:
    """A wrong file: exit code 2, one line, no folder. An empty protocol is the default."""
    file = tmp_path / "input"
    file.write_text(content)
    result = _run(tables, "-o", str(tmp_path / "r"), option, str(file))
    if option == "--protocol":
        assert result.exit_code == 0 and sentence in result.output
        return
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr.lower() and result.stderr.count("\n") == 1
    assert not (tmp_path / "r").exists()


def test_a_foreign_folder_is_refused_before_anything_is_computed(
    tables: Path, tmp_path: Path
) -> None:
    """A folder with other files is named in one sentence and left as it is."""
    (tmp_path / "notes.txt").write_text("mine")
    result = _run(tables, "-o", str(tmp_path))
    assert result.exit_code == 2 and "holds other files" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
