"""The examples of docs/http.md run as they stand, and every address has one of each language."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.openapi.operations import OPERATIONS
from tests.serving.counts import write_counts
from tests.serving.process import ROOT, Running

TEXT = (ROOT / "docs" / "http.md").read_text()
BREAK = "=== next ==="


def blocks(language: str) -> list[str]:
    """The fenced examples of a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def run(running: Running, place: Path, *words: str) -> str:
    """What a program prints where sample.h5 lies, with address and token as the page sets them."""
    write_counts(place / "sample.h5")
    (place / "serving").mkdir()
    shutil.copy(ROOT / "serving" / "example_patient.json", place / "serving")
    env = os.environ | {"CD7WATCH": running.address, "TOKEN": running.token}
    done = subprocess.run(
        words, cwd=place, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def test_every_operation_has_its_examples() -> None:
    """Under each heading METHOD PATH stand one example with curl and one in Python."""
    sections = dict(re.findall(r"^### (\S+ \S+)\n(.*?)(?=^##)", TEXT, re.S | re.M))
    named = {f"{operation.method.upper()} {operation.path}" for operation in OPERATIONS}
    assert set(sections) == named
    for name, text in sections.items():
        assert text.count("```sh\n") == text.count("```python\n") == 1, name


def test_the_curl_examples_run(running: Running, tmp_path: Path) -> None:
    """In order, stopping at the first refusal; what each prints is JSON and no problem."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; apt install curl runs the examples too.")
    script = "set -euo pipefail\n" + f"\necho; echo '{BREAK}'\n".join(blocks("sh"))
    for said in run(running, tmp_path, "bash", "-c", script).split(BREAK):
        decoder, rest = json.JSONDecoder(), said.strip()
        while rest:
            answer, end = decoder.raw_decode(rest)
            assert "detail" not in answer
            rest = rest[end:].strip()


def test_the_python_examples_run(running: Running, tmp_path: Path) -> None:
    """In order in one program, from the first risk to the FHIR version."""
    said = run(running, tmp_path, sys.executable, "-W", "ignore", "-c", "\n".join(blocks("python")))
    assert "relapse" in said and "('acknowledged', 'seen')" in said and "4.0.1" in said
