"""Tests of the documentation site: it builds without a warning and loads nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from features.settings import REPOSITORY

ELSEWHERE = re.compile(
    r"<(?:link|script|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//"
)
IN_STYLES = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it; a warning, such as of a dead link, fails it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    process = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert "WARNING" not in process.stderr
    return folder


def test_every_module_is_documented(site: Path) -> None:
    """Each module of the four packages has its heading on the page of its sub-package."""
    for package in ("features", "models", "training", "serving"):
        for path in (REPOSITORY / package).rglob("*.py"):
            if path.stem.startswith("__") or "migrations" in path.parts:
                continue
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            page = site / "reference" / ".".join(parts[:-1]) / "index.html"
            assert f'id="{".".join(parts)}"' in page.read_text(encoding="utf-8"), parts


def test_root_pages_are_part_of_the_site(site: Path) -> None:
    """README, glossary, contributing and changelog are pages, with links that lead to pages."""
    home = (site / "index.html").read_text(encoding="utf-8")
    assert {'href="glossary/', 'href="http/', 'href="contributing/'} <= set(
        re.findall(r'href="\w+/', home)
    )
    for name in ("glossary", "contributing", "changelog", "tutorial"):
        assert (site / name / "index.html").is_file()


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    """No script, style, font or picture comes from another host."""
    for path in site.rglob("*.html"):
        assert not ELSEWHERE.search(path.read_text(encoding="utf-8")), path
    for path in site.rglob("*.css"):
        assert not IN_STYLES.search(path.read_text(encoding="utf-8")), path
