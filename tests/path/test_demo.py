"""Tests of which steps the demo skips and which it repeats."""

from pathlib import Path

import pytest
from mlflow.entities.model_registry import ModelVersion

import cd7watch
import cd7watch_demo as demo
from features.errors import InputError
from training.tracking.fit_and_register import registration_line
from training.tracking.registry_names import registered_name


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


def test_an_earlier_run_leaves_its_output(tmp_path: Path) -> None:
    """A step that is passed over returns what it printed when it ran."""
    first = demo.run_once(tmp_path, "version", ["--version"])
    assert first.endswith(f"{cd7watch.__version__}\n")
    assert demo.run_once(tmp_path, "version", ["--version"]) == first


def test_endpoints_are_fitted_together_with_infections(tmp_path: Path) -> None:
    """Simulation first, then features, and one fit that reads the simulated infections."""
    steps = demo.fit_steps(tmp_path, patients=240, cells=500, seed=4)
    assert [name for name, _ in steps] == ["simulate", "features", "fit"]
    cohort = steps[0][1][-1]
    assert f"{cohort}/infections.csv" in steps[2][1]
    assert not any("--endpoint" in arguments for _, arguments in steps)


def test_models_of_one_fit_are_exported_and_imported_at_once(tmp_path: Path) -> None:
    """Every model of the fit's output goes out in one command and in by one."""
    output = (
        "relapse: 206 patients, 73 events\n  registered as cd7watch-relapse version 3, candidate\n"
        "fatal_infection: 206 patients, 3 events\n  no model: too few events\n"
        "severe_infection: 206 patients, 61 events\n"
        "  registered as cd7watch-severe-infection version 2, candidate and champion\n"
    )
    models = demo.registered_models(output)
    assert models == ["relapse/3", "severe_infection/2"]
    (_, export), (_, imported), (last, _) = demo.service_steps(tmp_path, models)
    assert export[2:] == [*models, str(tmp_path / "models")]
    assert imported[-2:] == [f"{tmp_path}/models/relapse", f"{tmp_path}/models/severe_infection"]
    assert last == "load"


def test_one_model_alone_has_no_subfolder(tmp_path: Path) -> None:
    """`training export` of a single model writes its files into the folder itself."""
    (_, export), (_, imported), _ = demo.service_steps(tmp_path, ["relapse/1"])
    assert export[-1] == imported[-1] == str(tmp_path / "models")


def test_no_model_is_a_sentence() -> None:
    """A cohort so small that no endpoint has a model ends the demo with the way out."""
    with pytest.raises(InputError, match="take more with --patients"):
        demo.registered_models("relapse: 12 patients, 2 events\n  no model\n")


def test_the_fits_line_is_the_one_that_the_demo_reads() -> None:
    """What `training fit` prints of a registered version is found, whatever the endpoint."""
    version = ModelVersion(registered_name("fatal_infection"), 4, creation_timestamp=0)
    assert demo.registered_models(registration_line(version, [])) == ["fatal_infection/4"]
