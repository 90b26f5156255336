"""State in a temporary folder, compiled kernels kept between runs, and the real data if present."""

import os
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
# Before any of our modules is imported: they read the environment once.
os.environ["CD7WATCH_VAR"] = tempfile.mkdtemp(prefix="cd7watch-tests-")
os.environ.setdefault("NUMBA_CACHE_DIR", str(REPOSITORY / "var" / "numba"))

from features.settings import data_dir, prepare_libraries  # noqa: E402  (after the environment)

prepare_libraries()


def public_data(name: str) -> Path:
    """Folder of one public data set, or a skip that says where it was looked for."""
    folder = data_dir() / name
    if not folder.is_dir():
        pytest.skip(
            f"The public data set {name} is not at {folder}; set CD7WATCH_DATA to its parent."
        )
    return folder


@pytest.fixture(scope="session")
def carpall() -> Path:
    """Twelve real 10x files of children after CD19 CAR-T therapy."""
    return public_data("carpall")


@pytest.fixture(scope="session")
def pbmc3k() -> Path:
    """2,700 healthy PBMC with published labels."""
    return public_data("pbmc3k") / "pbmc3k.h5ad"


@pytest.fixture(scope="session")
def eccite() -> Path:
    """500 healthy PBMC with RNA and surface protein in the same cells."""
    return public_data("eccite") / "eccite_pbmc_500.h5ad"


@pytest.fixture(scope="session")
def ebmt() -> Path:
    """8,966 stem-cell transplants with cause of death."""
    return public_data("ebmt") / "ebmt2.csv"


@pytest.fixture(scope="session")
def tongji() -> Path:
    """375 patients admitted with COVID-19 and their dated blood values."""
    return public_data("tongji") / "tongji_375.csv"


@pytest.fixture(autouse=True)
def documented(request: pytest.FixtureRequest) -> None:
    """Refuse a test without its sentence."""
    if (
        isinstance(request.node, pytest.Function)
        and not (request.node.function.__doc__ or "").strip()
    ):
        pytest.fail("Every test needs a docstring of one sentence that says what it shows.")
