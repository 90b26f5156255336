"""Tests that commit hooks and `make lint` are the same commands, and that a hook stops a commit."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from features.settings import REPOSITORY

CONFIG = ".pre-commit-config.yaml"


def hooks() -> list[dict[str, object]]:
    """The hooks of the one local repository."""
    (repository,) = yaml.safe_load((REPOSITORY / CONFIG).read_text())["repos"]
    assert repository["repo"] == "local"  # nothing is downloaded
    entries: list[dict[str, object]] = repository["hooks"]
    return entries


def test_hooks_are_the_checks_of_make_lint() -> None:
    """Each hook calls one target of `make lint`, and no target is left out."""
    checks = re.search(r"^CHECKS := (.*)$", (REPOSITORY / "Makefile").read_text(), re.M)
    assert checks is not None
    assert [hook["entry"] for hook in hooks()] == [f"make {name}" for name in checks[1].split()]
    assert {hook["language"] for hook in hooks()} == {"system"}


def test_a_large_file_is_not_committed(tmp_path: Path) -> None:
    """pre-commit runs the hook from the configuration and refuses a file over 1 MB by name."""
    for name in (CONFIG, "Makefile"):
        shutil.copy(REPOSITORY / name, tmp_path)

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, check=False,
            env=os.environ | {"PRE_COMMIT_HOME": str(tmp_path.parent / "pre-commit")},
        )  # fmt: skip

    run("git", "init", "--quiet")
    (tmp_path / "small.csv").write_text("a\n")
    run("git", "add", "--all")
    hook = (str(Path(sys.executable).with_name("pre-commit")), "run", "large-files", "--all-files")
    first = run(*hook)
    assert first.returncode == 0, first.stdout + first.stderr
    (tmp_path / "large.csv").write_bytes(b"0" * 1_100_000)
    run("git", "add", "large.csv")
    second = run(*hook)
    assert second.returncode == 1
    assert "do not belong in the repository: large.csv" in second.stdout
