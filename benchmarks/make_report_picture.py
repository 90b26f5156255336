"""Make docs/report.png: a browser screenshot of the top of a simulated cohort's report.

    python -m benchmarks.make_report_picture [--to docs]

The cohort is that of `python -m training simulate --preset seed-optimistic --n 120 --seed 7
--features-only`. Needs Debian's chromium.
"""

import tempfile
from pathlib import Path

import click

from benchmarks._cohorts import synthetic_cohort
from benchmarks.pictures import chromium_page, take
from features.errors import exits_with_sentence
from features.settings import prepare_libraries
from training.cohort.protocol import Protocol
from training.study.cohort import study_cohort
from training.study.page import write_report

PRESET, PATIENTS, SEED = "seed-optimistic", 120, 7
HEIGHT = 1750


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("docs"))
@exits_with_sentence
def picture(folder: Path) -> None:
    """Simulate the cohort, write its report, take the picture of its top."""
    prepare_libraries()
    folder.mkdir(parents=True, exist_ok=True)
    cohort = study_cohort(synthetic_cohort(PRESET, PATIENTS, SEED), Protocol())
    with tempfile.TemporaryDirectory() as report_folder, chromium_page() as page:
        write_report(cohort, Path(report_folder) / "report")
        page.goto((Path(report_folder) / "report" / "index.html").as_uri())
        take(page, folder / "report.png", HEIGHT)


if __name__ == "__main__":
    picture(prog_name="python -m benchmarks.make_report_picture")
