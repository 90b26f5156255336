"""`python -m benchmarks`: which modules it runs, and that one failure does not stop the others."""

import inspect
from importlib import import_module

import pytest
from click.testing import CliRunner

from benchmarks import __main__ as command


def test_every_listed_benchmark_runs_without_arguments() -> None:
    """Each has a `main` that needs no argument; tools for data and pictures are not among them."""
    names = command.names()
    assert {"activity", "null", "pages", "speed", "tongji"} <= set(names)
    assert not {"cells", "pictures", "speed_jobs", "make_cd7_likeness"} & set(names)
    for name in names:
        parameters = inspect.signature(import_module(f"benchmarks.{name}").main).parameters
        assert all(p.default is not inspect.Parameter.empty for p in parameters.values()), name


def test_a_failing_benchmark_is_reported_and_the_others_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The exit code is 1 and the failure's name comes last; data that is absent is no failure."""

    def fails() -> None:
        raise ValueError("broken")

    def absent() -> None:
        raise FileNotFoundError(2, "no such file", "data.csv")

    for name, main in (("cd7", fails), ("ebmt", absent), ("null", lambda: print("table"))):
        monkeypatch.setattr(import_module(f"benchmarks.{name}"), "main", main)
    result = CliRunner().invoke(command.main, ["cd7", "ebmt", "null"])
    assert result.exit_code == 1
    assert "skipped: data.csv" in result.output and "table" in result.output
    assert result.output.rstrip().endswith("failed: cd7")
