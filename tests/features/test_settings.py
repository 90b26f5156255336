"""Tests of where state lies and of what child processes read from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from features import settings

NAMES = (
    "CD7WATCH_VAR", "CD7WATCH_DATABASE_URL", "BENTOML_HOME", "NUMBA_CACHE_DIR", "PYTHONPATH",
    "PYTHONSAFEPATH",
)  # fmt: skip


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without our variables, in an empty folder; both are restored afterwards."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_a_checkout_keeps_its_state(environment: pytest.MonkeyPatch) -> None:
    """In a checkout state lies in the repository, whatever the current folder."""
    assert settings.is_checkout()
    assert settings.var_dir() == settings.REPOSITORY / "var"


def test_an_installed_package_keeps_state_in_the_current_folder(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Never beside the packages: they may lie in site-packages."""
    environment.setattr(settings, "REPOSITORY", tmp_path / "site-packages")
    assert settings.var_dir() == tmp_path / "var"
    assert settings.database_url() == f"sqlite:///{tmp_path}/var/service.db"


def test_relative_paths_become_absolute(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Children run in other folders and must find the same state."""
    environment.setenv("CD7WATCH_VAR", "state")
    environment.setenv("BENTOML_HOME", "store")
    environment.setenv("CD7WATCH_DATABASE_URL", "sqlite:///ward.db")
    settings.prepare_libraries()
    assert os.environ["CD7WATCH_VAR"] == str(tmp_path / "state")
    assert os.environ["BENTOML_HOME"] == str(tmp_path / "store")
    assert settings.database_url() == f"sqlite:///{tmp_path}/ward.db"


@pytest.mark.parametrize("url", ["postgresql+psycopg://me@host/ward", "sqlite:////srv/ward.db"])
def test_other_addresses_stay(environment: pytest.MonkeyPatch, url: str) -> None:
    """A server's address and an absolute file are left as they are."""
    environment.setenv("CD7WATCH_DATABASE_URL", url)
    settings.prepare_libraries()
    assert settings.database_url() == url


def test_children_import_our_packages(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child takes models from the repository although the current folder holds another."""
    (tmp_path / "models.py").write_text("raise RuntimeError('the wrong module')\n")
    settings.prepare_libraries()
    settings.prepare_libraries()  # a child calls it again
    assert os.environ["PYTHONPATH"] == str(settings.REPOSITORY)
    code = "import models; print(models.__file__)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == str(settings.REPOSITORY / "models" / "__init__.py")


def test_site_packages_do_not_come_before_the_standard_library(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Installed packages are on the search path anyway, after the standard library."""
    environment.setattr(settings, "REPOSITORY", tmp_path / "site-packages")
    settings.prepare_libraries()
    assert "PYTHONPATH" not in os.environ
    assert os.environ["PYTHONSAFEPATH"] == "1"
