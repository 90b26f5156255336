"""Tests of which steps the demo skips and which it repeats."""

from pathlib import Path

import pytest

import cd7watch_demo as demo
from features.errors import InputError


def test_a_finished_step_is_not_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The marker is written after success, and from then on the step is passed over."""
    for _ in range(2):
        demo.run_once(tmp_path, "list", ["features", "--help"])
    output = capsys.readouterr().out
    assert output.count("$ cd7watch features --help") == 1
    assert "list: finished in an earlier run, skipped" in output


def test_a_failed_step_leaves_no_marker(tmp_path: Path) -> None:
    """A step that failed is tried again the next time."""
    with pytest.raises(InputError, match="broken ended with exit code 2"):
        demo.run_once(tmp_path, "broken", ["training", "export", "nothing", str(tmp_path / "x")])
    assert not list(tmp_path.iterdir())


def test_results_of_another_program_or_seed_are_not_reused(tmp_path: Path) -> None:
    """The same key keeps the folder's steps, another one clears them."""
    folder = tmp_path / "demo"
    demo.clear_if_changed(folder, "version 1 seed 7")
    (folder / "fit.done").touch()
    demo.clear_if_changed(folder, "version 1 seed 7")
    assert (folder / "fit.done").exists()
    demo.clear_if_changed(folder, "version 1 seed 8")
    assert not (folder / "fit.done").exists()


def test_each_step_uses_only_what_an_earlier_one_wrote(tmp_path: Path) -> None:
    """Simulation first, then features, fit, both models through both doors, and the patients."""
    names = [name for name, _ in demo.steps(tmp_path, patients=240, cells=500, seed=7)]
    assert names[:3] == ["simulate", "features", "fit"]
    assert names[-1] == "load"
    for endpoint in demo.ENDPOINTS:
        assert names.index(f"export-{endpoint}") < names.index(f"import-{endpoint}")
