"""Tests of the installed program `cd7watch` in an empty folder and in one of strangers."""

import json
import time
from pathlib import Path

import pytest

import cd7watch
from features.settings import REPOSITORY
from features.table.feature_table import read_table
from tests.path.installed import PACKAGES, Installed, strangers
from tests.serving.counts import write_counts

GOLDEN = REPOSITORY / "tests" / "golden" / "severe_infection"


@pytest.fixture(params=["empty", "strangers"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty folder, and one with models/, training/ and others that end a program."""
    return strangers(tmp_path / "work") if request.param == "strangers" else tmp_path


def test_the_wheel_holds_every_file(installed: Installed) -> None:
    """Tables, templates, styles and migrations are installed beside the modules that read them."""
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - installed.files == set()


def test_version_and_help_answer_at_once(installed: Installed, folder: Path) -> None:
    """The version is the module's and the help page takes under half a second."""
    assert installed.output(folder, "cd7watch", "--version").split()[-1] == cd7watch.__version__
    seconds = []
    for _ in range(3):  # the least of three: other tests keep the processors busy
        start = time.monotonic()
        page = installed.output(folder, "cd7watch", "--help")
        seconds.append(time.monotonic() - start)
    assert min(seconds) < 0.5
    assert all(f"\n  {name} " in page for name in cd7watch.COMMANDS)


@pytest.mark.parametrize("name", ["features", "training", "serving", "demo"])
def test_every_command_has_its_help_page(installed: Installed, tmp_path: Path, name: str) -> None:
    """Each name leads to the command of its package."""
    assert f"cd7watch {name} [OPTIONS]" in installed.output(tmp_path, "cd7watch", name, "--help")


def test_serving_imports_no_training(installed: Installed, tmp_path: Path) -> None:
    """The service's commands load without the training package."""
    code = "import sys, cd7watch; cd7watch.load('serving'); sys.exit('training' in sys.modules)"
    installed.output(tmp_path, "python", "-c", code)


def test_a_missing_library_is_named(installed: Installed, tmp_path: Path) -> None:
    """Without the training libraries a command ends with exit code 2 and the way to get them."""
    code = (
        "import sys; sys.modules['pandas'] = None; import cd7watch; "
        "cd7watch.main(['training', 'fit', 'a', 'b'])"
    )
    process = installed.run(tmp_path, "python", "-c", code)
    assert process.returncode == 2, process.stderr
    assert process.stderr.startswith("Error: this command needs the package pandas")
    assert "pip install '.[training]'" in process.stderr


def test_a_shell_completes_commands_and_their_options(installed: Installed, tmp_path: Path) -> None:
    """Completion names commands without importing them, then what the command itself offers."""

    def completions(words: str, position: int) -> list[str]:
        shell = (
            f"COMP_WORDS='{words}' COMP_CWORD={position} _CD7WATCH_COMPLETE=bash_complete cd7watch"
        )
        return [
            line.split(",")[1] for line in installed.output(tmp_path, "bash", "-c", shell).split()
        ]

    assert completions("cd7watch se", 1) == ["serving"]
    assert completions("cd7watch serving st", 2) == ["start"]


def test_features_and_service_work_from_any_folder(installed: Installed, folder: Path) -> None:
    """Simulation, features and an upload run in child processes that import our packages."""
    simulate = ["training", "simulate", "--n", "2", "--cells", "300", "--processes", "2"]
    installed.output(folder, "cd7watch", *simulate, "cohort")
    installed.output(folder, "cd7watch", "features", "cohort/samples.csv", "-o", "features.parquet")
    assert len(read_table(folder / "features.parquet").to_rows()) == 4
    installed.output(folder, "cd7watch", "serving", "import", str(GOLDEN))
    with installed.serving(folder) as service:
        counts = write_counts(folder / "sample.h5").read_bytes()
        status, answer = service.ask(
            "/v1/summarise?day=28&enrichment=none", counts,
            Content_Type="application/octet-stream",
        )  # fmt: skip
    assert status == 200, answer
    decoded = json.loads(answer)
    assert decoded["features"]["n_cells"] > 200
    assert set(decoded["assessment"]["endpoints"]) >= {"severe_infection"}
    assert (folder / "var" / "service.db").is_file()  # state lies in the folder one works in
    assert not (installed.folder / "var").exists()
