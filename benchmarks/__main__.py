"""`python -m benchmarks [NAME ...]`: run the measurements, each beside its baseline.

A benchmark is a module here with a `main()` that prints its table. One that needs a public data
set that is absent says so and is passed over.
"""

import importlib
import time
from pathlib import Path

import click

from features.problem import BadInput, exits_with_sentence
from features.settings import prepare_libraries


def names() -> list[str]:
    """Every benchmark, in alphabetical order; those that only make data (make_*) are left out."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return [name for name in found if not name.startswith(("_", "make_"))]


def run(name: str) -> None:
    """Run one benchmark under a headline, with the time it took."""
    click.secho(f"\n== {name}", bold=True)
    start = time.monotonic()
    try:
        importlib.import_module(f"benchmarks.{name}").main()
    except FileNotFoundError as absent:
        print(f"skipped: {absent.filename} is not there; set CD7WATCH_DATA to the data's folder")
    print(f"({time.monotonic() - start:.0f} s)")


@click.command()
@click.argument("chosen", nargs=-1, metavar="[NAME]...")
@exits_with_sentence
def main(chosen: tuple[str, ...]) -> None:
    """Run all benchmarks, or those named."""
    prepare_libraries()
    unknown = set(chosen) - set(names())
    if unknown:
        raise BadInput(
            f"A benchmark must be one of {', '.join(names())}; {', '.join(sorted(unknown))} is not."
        )
    for name in chosen or names():
        run(name)


if __name__ == "__main__":
    main()
