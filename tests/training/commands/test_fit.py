"""`cd7watch training fit`: the protocol is named before outcomes are read; endpoints by tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from features.settings import REPOSITORY
from training.__main__ import main
from training.cohort.protocol import Protocol, read_protocol
from training.simulation.simulate import simulate_cohort

SMALL = {
    "features": ["monocyte_fraction", "s100a8a9_leukocyte", "earlier_severe_infections"],
    "core_panel": ["monocyte_fraction", "s100a8a9_leukocyte"], "later_landmarks": [],
    "horizons": [90, 180], "model": "ridge", "repeats": 1, "folds": 2, "refits": 2,
    "permutations": 20, "bootstraps": 5, "date": "2026-01-31",
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cohort's folder with a small protocol."""
    folder = tmp_path_factory.mktemp("command") / "cohort"
    simulate_cohort(folder, "seed-optimistic", n=80, seed=3, features_only=True)
    (folder.parent / "protocol.json").write_text(json.dumps(SMALL))
    return folder


def arguments(tables: Path, *more: str) -> list[str]:
    """The command's tables and options."""
    return ["fit", f"{tables}/features.parquet", f"{tables}/outcomes.csv", *more]


def test_the_protocol_is_named_before_outcomes_are_read(tables: Path, tmp_path: Path) -> None:
    """Also where the outcomes turn out to be faulty, and for the standard protocol."""
    (tmp_path / "o.csv").write_text("patient_id\nSIM00001\n")
    files = ["fit", f"{tables}/features.parquet", f"{tmp_path}/o.csv"]
    path = str(tables.parent / "protocol.json")
    for options, protocol, date in (
        ((), Protocol(), "without a date"),
        (("--protocol", path), read_protocol(path), "dated 2026-01-31"),
    ):
        result = CliRunner().invoke(main, [*files, *options])
        assert result.exit_code == 2
        assert result.stdout.splitlines()[0] == f"Protocol {protocol.sha256[:8]}, {date}."
        assert "o.csv" in result.stderr


def test_an_input_from_infections_needs_them(tables: Path) -> None:
    """The sentence names the option; nothing was fitted."""
    path = str(tables.parent / "protocol.json")
    result = CliRunner().invoke(main, arguments(tables, "--protocol", path))
    assert result.exit_code == 2
    assert "earlier_severe_infections is counted from the table of infections" in result.output


def test_a_fit_with_infections_has_all_endpoints(tables: Path, tmp_path: Path) -> None:
    """A fresh process: three endpoints from tables on disk to verdicts; the input is named."""
    state = {"CD7WATCH_VAR": str(tmp_path), "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/m.db"}
    options = (
        "--protocol", str(tables.parent / "protocol.json"),
        "--infections", f"{tables}/infections.csv", "--processes", "1",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "training", *arguments(tables, *options)],
        cwd=REPOSITORY, env=os.environ | state, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the protocol names earlier_severe_infections as input" in done.stdout
    for endpoint in ("relapse", "fatal_infection", "severe_infection"):
        assert f"\n{endpoint}: " in done.stdout
