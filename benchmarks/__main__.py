"""`python -m benchmarks [NAME ...]`: run the measurements, each beside its baseline.

A benchmark is a module here with a `main()` that prints its table. One whose public data set is
absent is skipped with a message; one that fails does not stop the others.
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
    """Every benchmark, in alphabetical order: the modules whose `main` needs no argument.

    Those that only make data (make_*) are left out.
    """
    files = sorted(Path(__file__).parent.glob("*.py"))
    return [p.stem for p in files if not p.stem.startswith(("_", "make_")) and _has_main(p)]


def _has_main(path: Path) -> bool:
    mains = [
        node.args
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    ]
    return any(len(arguments.args) == len(arguments.defaults) for arguments in mains)


def run(name: str) -> bool:
    """Run one benchmark under a headline, with the time it took; False when it failed."""
    click.secho(f"\n== {name}", bold=True)
    start, succeeded = time.monotonic(), True
    try:
        importlib.import_module(f"benchmarks.{name}").main()
    except FileNotFoundError as absent:
        print(f"skipped: {absent.filename} is not there; set CD7WATCH_DATA to the data's folder")
    except Exception:  # the other benchmarks still run
        traceback.print_exc()
        succeeded = False
    print(f"({time.monotonic() - start:.0f} s)", flush=True)
    return succeeded


@click.command()
@click.argument("selection", nargs=-1, metavar="[NAME]...")
@exits_with_sentence
def main(selection: tuple[str, ...]) -> None:
    """Run all benchmarks, or the named ones."""
    prepare_libraries()
    unknown = set(selection) - set(names())
    if unknown:
        raise InputError(
            f"A benchmark must be one of {', '.join(names())}; {', '.join(sorted(unknown))} is not."
        )
    failures = [name for name in selection or names() if not run(name)]
    if failures:
        print(f"failed: {', '.join(failures)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
