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
        ("training/study", "import mlflow", "Only training.tracking imports mlflow"),
        ("training", "import bentoml", "Only serving imports bentoml"),
        ("serving", "import training", "Imports run one way"),
        ("features", "import models", "Imports run one way"),
        ("features/kernels", "from features.genes import panels", "Inside features"),
        ("features/genes", "from features.table import row", "Inside features"),
        ("features/readers", "from features.cells import scan", "Inside features"),
        ("features/celltypes", "from features.measures import composition", "Inside features"),
        ("features/measures", "from features.pipeline import sample", "Inside features"),
        ("training/cohort", "from training.statistics.accuracy import brier", "Inside training"),
        ("training/statistics", "from training.evaluation import folds", "Inside training"),
        ("training/evaluation", "from training.charts import plots", "Inside training"),
        ("training/study", "from training.surveillance import scores", "Inside training"),
        ("training/study", "from training.tracking import registry", "Inside training"),
        ("serving/assessment", "from serving.web import problems", "Inside serving"),
        ("serving/assessment", "from serving.requests_responses import row_json", "Inside serving"),
        ("serving/storage", "from serving.auth import tokens", "Inside serving"),
        ("serving/storage", "from serving.uploads import upload", "Inside serving"),
        ("serving/api", "from serving.pages import ward", "Inside serving"),
        ("serving/pages", "from serving.interop import fhir", "Inside serving"),
    ],
)
def test_planted_violation_is_caught(copy: Path, package: str, line: str, broken: str) -> None:
    """Each contract fails when its violation is planted."""
    (copy / package / "planted.py").write_text(f'"""Planted."""\n\n{line}\n')
    result = lint_imports(copy)
    assert result.returncode != 0
    assert any(broken in row and "BROKEN" in row for row in result.stdout.splitlines())


@pytest.mark.parametrize("package", ["features", "training", "serving"])
def test_a_package_without_a_place_is_caught(copy: Path, package: str) -> None:
    """A new sub-package must be given its place in the order of imports."""
    (copy / package / "planted").mkdir()
    (copy / package / "planted" / "__init__.py").write_text('"""Planted."""\n')
    result = lint_imports(copy)
    assert result.returncode != 0
    assert "planted" in result.stdout


def test_contracts_hold(copy: Path) -> None:
    """The packages as they are keep every contract."""
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout
