"""`python -m benchmarks [NAME ...]`: run the measurements, each beside its baseline.

A benchmark is a module here with a `main()` that prints its table. One that needs a public data
set that is absent says so and is passed over; one that fails does not stop the others.
"""

import ast
import importlib
import sys
import time
import traceback
from pathlib import Path

import click

from features.errors import InputError, exits_with_sentence
from features.settings import prepare_libraries


def names() -> list[str]:
    """Every benchmark, in alphabetical order: the modules whose `main` can be called as it is.

    Those that only make data (make_*) are left out.
    """
    own = sorted(Path(__file__).parent.glob("*.py"))
    return [p.stem for p in own if not p.stem.startswith(("_", "make_")) and _has_main(p)]


def _has_main(path: Path) -> bool:
    mains = [
        node.args
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    ]
    return any(len(found.args) == len(found.defaults) for found in mains)


def run(name: str) -> bool:
    """Run one benchmark under a headline, with the time it took; False when it failed."""
    click.secho(f"\n== {name}", bold=True)
    start, ended = time.monotonic(), True
    try:
        importlib.import_module(f"benchmarks.{name}").main()
    except FileNotFoundError as absent:
        print(f"skipped: {absent.filename} is not there; set CD7WATCH_DATA to the data's folder")
    except Exception:  # an hour of other tables is worth more than stopping at once
        traceback.print_exc()
        ended = False
    print(f"({time.monotonic() - start:.0f} s)", flush=True)
    return ended


@click.command()
@click.argument("chosen", nargs=-1, metavar="[NAME]...")
@exits_with_sentence
def main(chosen: tuple[str, ...]) -> None:
    """Run all benchmarks, or those named."""
    prepare_libraries()
    unknown = set(chosen) - set(names())
    if unknown:
        raise InputError(
            f"A benchmark must be one of {', '.join(names())}; {', '.join(sorted(unknown))} is not."
        )
    failed = [name for name in chosen or names() if not run(name)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
