"""Demonstration on simulated patients, from count files to the service: `cd7watch demo`.

Each step is a command that a user would type, printed before it runs. Its result stays in
var/demo, and the next run skips it as long as code, schema, seed and size are the same.
`make demo` runs this in a checkout.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.schema import SCHEMA_VERSION
from features.settings import REPOSITORY, mlflow_uri, prepare_libraries, var_dir

PATIENTS, CELLS, SEED = 240, 500, 4
CHOSEN = (
    f"{PATIENTS} patients and seed {SEED} were chosen so that the models pass the gate. With "
    "another seed fatal infection often does not."
)
VISITS = "60,90"  # later samples, so that the ward has trends to show
# The line of `training fit` on a model that it registered.
REGISTERED = re.compile(r"registered as cd7watch-(\S+) version (\d+)")
PACKAGES = ("features", "models", "training", "serving")
# As a module: the program may not be installed. `prepare_libraries` makes Python find the module
# and our packages, and nothing of the current folder.
CD7WATCH = (sys.executable, "-m", "cd7watch")
Step = tuple[str, Sequence[str]]  # name and arguments of a command


def code_version() -> str:
    """SHA-256 of the product's sources, so that a changed program never reuses old results."""
    digest = hashlib.sha256(SCHEMA_VERSION.encode())
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*")):
            if path.suffix in {".py", ".csv", ".json", ".html", ".css", ".js"}:
                digest.update(path.relative_to(REPOSITORY).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def fit_steps(folder: Path, patients: int, cells: int, seed: int) -> list[Step]:
    """Every command up to the fit, whose output names the models."""
    cohort, table = folder / "cohort", str(folder / "features.parquet")
    outcomes, infections = str(cohort / "outcomes.csv"), str(cohort / "infections.csv")
    size = ["--n", str(patients), "--seed", str(seed), "--cells", str(cells), "--visits", VISITS]
    return [
        ("simulate", ["training", "simulate", "--preset", "seed-optimistic", *size, str(cohort)]),
        ("features", ["features", str(cohort / "samples.csv"), "-o", table]),
        ("fit", ["training", "fit", table, outcomes, "--infections", infections]),
    ]


def service_steps(folder: Path, models: Sequence[str]) -> list[Step]:
    """The commands that put models (ENDPOINT/VERSION) of one fit, and the patients, in service."""
    target = folder / "models"
    folders = [target / model.split("/")[0] for model in models] if len(models) > 1 else [target]
    return [
        ("export", ["training", "export", *models, str(target)]),
        # --replace: an earlier demo may have had a model of an endpoint that has none now.
        ("import", ["serving", "import", "--replace", *map(str, folders)]),
        ("load", ["serving", "load", str(folder / "features.parquet")]),
    ]


def registered_models(output: str) -> list[str]:
    """The models that `training fit` printed, as ENDPOINT/VERSION.

    An endpoint with too few events or patients has none. Raises InputError when all have none.
    """
    models = [f"{name.replace('-', '_')}/{version}" for name, version in REGISTERED.findall(output)]
    if not models:
        raise InputError(
            "The demo serves what it fitted, and with so few patients no endpoint has a model: "
            "take more with --patients."
        )
    return models


def run_once(folder: Path, name: str, arguments: Sequence[str]) -> str:
    """Output of one command, run unless its marker says that an earlier run finished it."""
    marker = folder / f"{name}.done"
    if marker.exists():
        print(f"  {name}: finished in an earlier run, skipped")
        return marker.read_text()
    print(f"$ cd7watch {' '.join(arguments)}", flush=True)
    start = time.monotonic()
    code, output = run_and_show(arguments)
    if code:
        raise InputError(
            f"The demo needs every step to succeed; {name} ended with exit code {code}."
        )
    marker.write_text(output)
    print(f"  {name}: {time.monotonic() - start:.0f} s\n", flush=True)
    return output


def run_and_show(arguments: Sequence[str]) -> tuple[int, str]:
    """Exit code and output of a command, whose lines are shown as they come."""
    lines = []
    with subprocess.Popen([*CD7WATCH, *arguments], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def clear_if_changed(folder: Path, key: str) -> None:
    """Empty the folder when code, schema, seed or size differ from those that filled it."""
    stamp = folder / "key"
    if folder.exists() and (not stamp.exists() or stamp.read_text() != key):
        print("The program or the demo's settings changed: starting afresh.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)


def serve(port: int) -> int:
    """Run the service until Ctrl-C; its own start line names the address with its token."""
    server = subprocess.Popen([*CD7WATCH, "serving", "start", "--port", str(port)])
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue  # the service received the same signal; wait until it has ended


@click.command()
@click.option("--patients", default=PATIENTS, show_default=True, help="Simulated patients.")
@click.option("--cells", default=CELLS, show_default=True, help="Cells in each sample.")
@click.option("--seed", default=SEED, show_default=True, help="Seed of the simulation.")
@click.option("--port", default=3000, show_default=True, help="Port of the service.")
@click.option("--no-serve", is_flag=True, help="Stop before the service starts.")
@exits_with_sentence
def main(patients: int, cells: int, seed: int, port: int, no_serve: bool) -> None:
    """Simulate a cohort, compute features, train its models, register and serve them."""
    prepare_libraries()
    folder = var_dir() / "demo"
    print(f"CD7Watch demo. {SYNTHETIC}\n{RESEARCH_USE_ONLY}")
    print(f"{CHOSEN}\n" if (patients, cells, seed) == (PATIENTS, CELLS, SEED) else "")
    clear_if_changed(folder, f"{code_version()} {seed} {patients} {cells}")
    output = ""
    for name, arguments in fit_steps(folder, patients, cells, seed):
        output = run_once(folder, name, arguments)
    for name, arguments in service_steps(folder, registered_models(output)):
        run_once(folder, name, arguments)
    mlflow = Path(sys.executable).with_name("mlflow")
    print(f"Every run and model: {mlflow} ui --backend-store-uri {mlflow_uri()}")
    if not no_serve:
        sys.exit(serve(port))


if __name__ == "__main__":
    main()
