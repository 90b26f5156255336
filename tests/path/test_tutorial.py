"""The commands of docs/tutorial.md run as they stand, on a smaller cohort."""

import json
import re
import shutil
from pathlib import Path

import pytest

from features.settings import REPOSITORY
from models.endpoints import ENDPOINTS
from tests.path.conftest import SMALL
from tests.path.installed import Installed, strangers

TEXT = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
# Fewer patients and repetitions: the commands are under test here, not the statistics. Five of
# these patients have the rarest endpoint, the fewest with which it has a model.
SMALLER = {"--n 120": "--n 50", "training fit ": "training fit --protocol small.json "}


def commands() -> list[str]:
    """The shell blocks of the page, in order."""
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", TEXT, re.S)
    return blocks


def smaller(block: str) -> str:
    """A block with the small cohort's numbers."""
    for words, replacement in SMALLER.items():
        block = block.replace(words, replacement)
    return block


@pytest.mark.timeout(600)  # 40 s on an idle machine
def test_the_tutorial_runs(installed: Installed, tmp_path: Path) -> None:
    """From simulation to the printed reasons, in a folder with strangers' packages."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; apt install curl runs the tutorial too.")
    folder = strangers(tmp_path / "work")
    (folder / "small.json").write_text(json.dumps(SMALL))
    install, *before, start, address, request = commands()
    assert install.startswith("pip install '.[training]'\n")  # done by the fixture, from a wheel
    assert start == "cd7watch serving start\n"
    assert set(re.findall(r"export (\w+)=", address)) == {"CD7WATCH", "TOKEN"}
    script = "".join(map(smaller, before))
    assert all(words in script for words in SMALLER.values())
    printed = installed.output(folder, "bash", "-euo", "pipefail", "-c", script)
    for endpoint in ENDPOINTS:
        name = endpoint.replace("_", "-")
        assert f"registered as cd7watch-{name} version 1" in printed
        assert f"{endpoint} version 1 is in exported/{endpoint}." in printed
    assert "In service: fatal_infection version 1, relapse version 1, severe_infection" in printed
    assert (folder / "features.html").is_file() and (folder / "report" / "index.html").is_file()
    with installed.serving(folder) as service:
        variables = f"export CD7WATCH={service.address} TOKEN={service.token}\n"
        answer = installed.output(folder, "bash", "-euo", "pipefail", "-c", variables + request)
    assert "synthetic_model" in answer and "not_validated" in answer
    assert re.findall(r"^(\d+) days: 0\.\d+", answer, re.M) == ["90", "180", "365"]
    assert "multiplies the odds by" in answer


def test_the_tutorial_names_every_step_once() -> None:
    """Installing, serving and the address are blocks of their own, which the test treats apart."""
    starts = [block.split()[0] for block in commands()]
    assert starts.count("pip") == starts.count("export") == 1
