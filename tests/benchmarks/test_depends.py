"""A benchmark's results depend on what it imports, on its tables, and on nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks._depends import PACKAGES, dependencies, digest
from features.settings import REPOSITORY

SOURCES = {
    "benchmarks/__init__.py": "",
    "benchmarks/start.py": "import json\n\nfrom training import fit\n\nimport models.tree\n",
    "training/__init__.py": "",
    "training/fit.py": '"""Fit."""\n\ndef f():\n    from .labels import y  # late\n    return y\n',
    "training/labels.py": "y = 1\n",
    "training/unused.py": "x = 1\n",
    "training/rates.csv": "a,b\n",
    "training/page.html": "<p>\n",
    "models/__init__.py": "",
    "models/tree.py": "import training.fit\n",
    "features/__init__.py": "",
    "features/table.json": "{}",
    "serving/__init__.py": "",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small repository."""
    for name, text in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_closure_follows_every_way_to_import(house: Path) -> None:
    """From, import, relative, inside a function, in a circle; tables of the packages reached."""
    paths = dependencies(house / "benchmarks/start.py", house)
    assert [path.relative_to(house).as_posix() for path in paths] == [
        "benchmarks/__init__.py", "benchmarks/start.py", "models/__init__.py", "models/tree.py",
        "training/__init__.py", "training/fit.py", "training/labels.py", "training/rates.csv",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("training/labels.py", "y = 2\n", True),
        ("training/rates.csv", "a,c\n", True),
        ("benchmarks/start.py", SOURCES["benchmarks/start.py"] + "N = 3\n", True),
        ("training/more.csv", "", True),
        ("training/unused.py", "x = 2\n", False),
        ("training/page.html", "<b>\n", False),
        ("features/table.json", "[]", False),
        ("training/labels.py", "# why\n\ny  =  1\n", False),
        ("training/fit.py", SOURCES["training/fit.py"].replace("Fit.", "Fits."), False),
    ],
)
def test_only_what_can_change_a_result_counts(
    house: Path, name: str, text: str, counts: bool
) -> None:
    """Code and tables that are reached do; other files, comments and docstrings do not."""
    before = digest(house / "benchmarks/start.py", house)
    (house / name).write_text(text)
    assert (digest(house / "benchmarks/start.py", house) != before) == counts


def test_moving_and_splitting_modules_changes_nothing(house: Path) -> None:
    """The digest depends on what the code does, not on the file that holds it."""
    (house / "training/labels.py").write_text("y = 1\nz = 2\n")
    before = digest(house / "benchmarks/start.py", house)
    (house / "training/cohort").mkdir()
    (house / "training/cohort/__init__.py").write_text("")
    (house / "training/labels.py").rename(house / "training/cohort/labels.py")
    (house / "training/cohort/labels.py").write_text("y = 1\n")
    (house / "training/cohort/more.py").write_text("z = 2\n")
    fit = SOURCES["training/fit.py"].replace(".labels", ".cohort.labels")
    (house / "training/fit.py").write_text(fit + "import training.cohort.more\n")
    assert digest(house / "benchmarks/start.py", house) == before


@pytest.mark.parametrize("name", ["null", "optimism"])
def test_what_a_real_benchmark_loads_is_in_its_closure(name: str) -> None:
    """Every module of ours that Python has loaded after importing the benchmark is found."""
    code = (
        f"import benchmarks.{name}, sys\n"
        "print('\\n'.join(m.__file__ for k, m in sys.modules.items() "
        f"if k.split('.')[0] in {PACKAGES!r}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    loaded_files = {Path(line).resolve() for line in run.stdout.splitlines()}
    start = REPOSITORY / "benchmarks" / f"{name}.py"
    assert start.resolve() in loaded_files
    assert loaded_files <= {path.resolve() for path in dependencies(start)}
