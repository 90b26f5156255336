"""Pictures of the pages for the README, taken in a real browser from a running service.

    python -m serving start                       # prints an address with a token
    python -m benchmarks.pictures ADDRESS [--to docs]

Writes ward.png, patient.png (the patient of highest risk), new_sample.png, sample.png, cohort.png
and model.png, each under 300 kB. Needs Debian's chromium and a service with patients.
"""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from PIL import Image

from features.atomic_write import replacing
from features.errors import InputError, exits_with_sentence

WIDTH, TALLEST = 1100, 1300
MOST_BYTES = 300_000


@click.command()
@click.argument("address")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("docs"))
@exits_with_sentence
def pictures(address: str, folder: Path) -> None:
    """Take a picture of each page of the service at ADDRESS (as `serving start` printed it)."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium_page() as page:
        page.goto(address)
        for name, path in _addresses(page):
            page.goto(f"{_home(address)}{path}")
            take(page, folder / f"{name}.png")


@contextmanager
def chromium_page() -> Iterator[Any]:
    """A blank page of Debian's chromium, in light colours."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise InputError("Pictures need chromium, and none is installed: apt install chromium.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Without a sandbox, as containers run as root.
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        browser.close()


def _home(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _addresses(page: Any) -> list[tuple[str, str]]:
    """Name and path of each picture; the patient is the first with a number."""
    patients = page.locator("table.ward tbody tr:not(.abstained) a")
    if not patients.count():
        raise InputError(
            "Pictures need patients with a risk, and this list has none; start a service with "
            "patients (make demo) and give the address that it printed."
        )
    patient = patients.first.get_attribute("href")
    page.goto(f"{_home(page.url)}{patient}")
    sample = page.get_by_role("link", name="Sample quality").get_attribute("href")
    return [
        ("ward", "/"),
        ("patient", patient),
        ("new_sample", f"{patient}/samples/new"),
        ("sample", sample),
        ("cohort", "/cohort"),
        ("model", "/model"),
    ]


def take(page: Any, file: Path, tallest: int = TALLEST) -> None:
    """Write the top of the current page; refused when the file would be too large."""
    tall = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(tall, tallest)}
    png = _fewer_colours(page.screenshot(clip=clip, full_page=True))
    if len(png) > MOST_BYTES:
        raise InputError(
            f"A picture holds at most {MOST_BYTES // 1000} kB, and {file.name} has "
            f"{len(png) // 1000}; show less on the page."
        )
    with replacing(file) as draft:
        draft.write_bytes(png)
    click.echo(f"{file}: {len(png) // 1000} kB")


def _fewer_colours(png: bytes) -> bytes:
    """The picture with 256 colours: a third of the size, and our pages have few."""
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    pictures(prog_name="python -m benchmarks.pictures")
