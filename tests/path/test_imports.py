"""Tests that the import contracts hold and that a violation is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from features.settings import REPOSITORY

PACKAGES = ("features", "models", "training", "serving")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages in `folder`."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the packages and their contracts to a place where they may be broken."""
    for package in PACKAGES:
        shutil.copytree(
            REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("package", "line", "broken"),
    [
        ("serving", "import mlflow", "Only training imports mlflow"),
        ("training", "import bentoml", "Only serving imports bentoml"),
        ("serving", "import training", "Imports run one way"),
        ("features", "import models", "Imports run one way"),
    ],
)
def test_planted_violation_is_caught(copy: Path, package: str, line: str, broken: str) -> None:
    """Each contract fails when its violation is planted."""
    (copy / package / "planted.py").write_text(f'"""Planted."""\n\n{line}\n')
    result = lint_imports(copy)
    assert result.returncode != 0
    assert any(broken in row and "BROKEN" in row for row in result.stdout.splitlines())


def test_contracts_hold(copy: Path) -> None:
    """The packages as they are keep every contract."""
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout
