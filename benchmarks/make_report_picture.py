"""docs/report.png: the top of a simulated cohort's report, taken in a real browser.

    python -m benchmarks.make_report_picture [--to docs]

The cohort is that of `python -m training simulate --preset seed-optimistic --n 120 --seed 7
--features-only`. Needs Debian's chromium.
"""

import shutil
import tempfile
from pathlib import Path

import click

from benchmarks._cohorts import synthetic_cohort
from features.atomic import replacing
from features.problem import BadInput, exits_with_sentence
from features.settings import prepare_libraries
from training.protocol import Protocol
from training.report import write_report
from training.study.cohort import study_cohort

PRESET, PATIENTS, SEED = "seed-optimistic", 120, 7
WIDTH, HEIGHT = 1100, 1750
MOST_BYTES = 300_000


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("docs"))
@exits_with_sentence
def picture(folder: Path) -> None:
    """Simulate the cohort, write its report, take the picture of its top."""
    prepare_libraries()
    folder.mkdir(parents=True, exist_ok=True)
    cohort = study_cohort(*synthetic_cohort(PRESET, PATIENTS, SEED), Protocol())
    with tempfile.TemporaryDirectory() as room:
        write_report(cohort, Path(room) / "report")
        taken = screenshot(Path(room) / "report" / "index.html")
    if len(taken) > MOST_BYTES:
        raise BadInput(
            f"A picture holds at most {MOST_BYTES // 1000} kB, and report.png has "
            f"{len(taken) // 1000}; show less of the page."
        )
    with replacing(folder / "report.png") as draft:
        draft.write_bytes(taken)
    click.echo(f"{folder / 'report.png'}: {len(taken) // 1000} kB")


def screenshot(file: Path) -> bytes:
    """The top of an HTML file as PNG, in light colours."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise BadInput("Pictures need chromium, and none is installed: apt install chromium.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Without a sandbox, as containers run as root.
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.goto(file.as_uri())
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}
        taken: bytes = page.screenshot(clip=clip, full_page=True)
        browser.close()
    return taken


if __name__ == "__main__":
    picture(prog_name="python -m benchmarks.make_report_picture")
