"""`cd7watch training plan`: two tables, one sentence on bad input, no heavy import."""

import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from features.notices import RESEARCH_USE_ONLY
from features.settings import REPOSITORY
from training.__main__ import main


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", *arguments])


def test_tables_of_pmvalsampsize_example() -> None:
    """Its AUC size (4252) and O/E size (905, exact 906) stand in the row of its example."""
    result = _run("--prevalence", "0.018", "--auc", "0.8", "--oe-width", "1")
    assert result.exit_code == 0, result.output
    row = next(
        line.split() for line in result.stdout.split("needed")[1].splitlines() if "0.018" in line
    )
    assert row[:2] == ["0.018", "0.8"]
    assert (row[4], row[6]) == ("906", "4252")
    assert RESEARCH_USE_ONLY in result.stdout


def test_a_row_for_each_size_and_a_mark_for_too_few_events() -> None:
    """Sizes as given; 20 patients at 10 % have no intervals, which a line explains."""
    result = _run("--patients", "20", "--patients", "400", "--prevalence", "0.1", "--auc", "0.7")
    table = result.stdout.split("Expected 95 % intervals")[1]
    rows = [line.split() for line in table.splitlines() if line.split()[:1] == ["0.1"]]
    assert rows[0] == ["0.1", "0.7", "20", "2", "-", "-", "-"]
    assert rows[1][2:4] == ["400", "40"] and "-" not in rows[1]
    assert "-: fewer than 5 events" in result.stdout
    assert "-: fewer" not in _run("--patients", "400", "--auc", "0.7").stdout


def test_the_gate_finds_a_signal_more_often_in_more_patients() -> None:
    """A row a size with both levels; two events in 20 patients are never judged."""
    result = _run("--patients", "20", "--patients", "400", "--prevalence", "0.1", "--auc", "0.8")
    table = result.stdout.split("Expected 95 % intervals")[0]
    rows = [line.split() for line in table.splitlines() if line.split()[:1] == ["0.1"]]
    few, many = (int(row[4].rstrip("%")) for row in rows)
    assert few < 20 and many > 90


def test_unknown_outcomes_need_more_patients() -> None:
    """With half of the outcomes known, twice as many patients and the same events."""
    arguments = ("--prevalence", "0.3", "--auc", "0.7", "--patients", "60")
    whole, half = _run(*arguments), _run(*arguments, "--known", "0.5")
    first, second = (out.stdout.split("needed")[1].splitlines()[2].split() for out in (whole, half))
    assert [int(n) for n in second[4:]] == [2 * int(n) for n in first[4:]]
    assert second[3] == first[3]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--prevalence", "30"), "The prevalence lies from 0.001 to 0.999; got 30"),
        (("--auc", "nan"), "The AUC lies from 0.501 to 0.999; got nan"),
        (("--known", "0"), "The share of known outcomes lies from 0.001 to 1; got 0"),
        (("--oe-width", "0"), "A target width lies from 0.001 to 10; got 0"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, str], sentence: str) -> None:
    """Exit code 2, one line on standard error, nothing on standard output."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr and result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_more_patients_than_can_be_simulated_are_refused() -> None:
    """A billion patients would not fit into the memory; the option says its range."""
    result = _run("--patients", "1000000000")
    assert result.exit_code == 2
    assert "is not in the range 1<=x<=10000" in result.stderr


def test_a_fresh_process_prints_a_plan_without_heavy_libraries() -> None:
    """The command as a user starts it; no MLflow, pandas or scikit-learn."""
    code = (
        "import sys, training.__main__ as m\n"
        "m.main(['plan', '--patients', '60', '--auc', '0.8'], standalone_mode=False)\n"
        "print(sorted({'mlflow', 'pandas', 'sklearn', 'shap'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert "'validated': 100 events" in done.stdout
