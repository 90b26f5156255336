"""Cohorts of several sizes: simulated once each, results by endpoint and size, command line."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks._sizes import by_endpoint_and_size, cohorts_of_sizes, command


def test_every_size_and_seed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sizes of a seed come first; a larger run later keeps finished cohorts."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    calls: list[tuple[int, int]] = []

    def one_cohort(n: int, seed: int) -> dict[str, Any]:
        calls.append((n, seed))
        return {"n": n}

    cohorts_of_sizes("sizes", one_cohort, (30, 60), cohorts=2, first_seed=7)
    assert calls == [(30, 7), (60, 7), (30, 8), (60, 8)]
    more = cohorts_of_sizes("sizes", one_cohort, (30,), cohorts=3, first_seed=7)
    assert [result["n"] for result in more] == [30] * 3
    assert calls[4:] == [(30, 9)]


def test_results_by_endpoint_and_size() -> None:
    """Sizes in order; a cohort without an endpoint's result is left out of that endpoint only."""
    results = [{"n": 60, "relapse": 1}, {"n": 30, "relapse": 2, "fatal_infection": 3},
               {"n": 60, "relapse": 4, "fatal_infection": 5}]  # fmt: skip
    assert list(by_endpoint_and_size(results)) == [
        ("relapse", 30, [2]), ("relapse", 60, [1, 4]),
        ("fatal_infection", 30, [3]), ("fatal_infection", 60, [5]),
        ("severe_infection", 30, []), ("severe_infection", 60, []),
    ]  # fmt: skip


def test_the_command_line_sets_sizes_and_cohorts() -> None:
    """--n several times and --cohorts; without them the benchmark's own."""
    arguments_of_main: list[tuple[tuple[int, ...], int, int]] = []

    def main(sizes: tuple[int, ...], cohorts: int, first_seed: int) -> None:
        """Print something."""
        arguments_of_main.append((sizes, cohorts, first_seed))

    run = command(main, (60, 120), 100)
    for arguments in ([], ["--n", "30", "--n", "40", "--cohorts", "2", "--first-seed", "5"]):
        outcome = CliRunner().invoke(run, arguments)
        assert outcome.exit_code == 0, outcome.output
    assert arguments_of_main == [((60, 120), 100, 9801), ((30, 40), 2, 5)]
    assert "Print something." in CliRunner().invoke(run, ["--help"]).output
    assert CliRunner().invoke(run, ["--cohorts", "0"]).exit_code == 2
