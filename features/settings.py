"""Settings from environment variables: folders of state and test data, addresses, libraries.

No other module reads the environment; they take what they need as arguments.
"""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def var_dir() -> Path:
    """Folder of all state (models, databases, demo cohort): CD7WATCH_VAR, or var/ here."""
    return Path(os.environ.get("CD7WATCH_VAR", REPOSITORY / "var")).resolve()


def data_dir() -> Path:
    """Folder of the public data sets that some tests and benchmarks read: CD7WATCH_DATA."""
    return Path(os.environ.get("CD7WATCH_DATA", REPOSITORY.parent / "shared" / "data")).resolve()


def mlflow_uri() -> str:
    """MLflow tracking address: MLFLOW_TRACKING_URI, or the SQLite file under var/."""
    return os.environ.get("MLFLOW_TRACKING_URI", f"sqlite:///{var_dir() / 'mlflow.db'}")


def database_url() -> str:
    """Service database: CD7WATCH_DATABASE_URL, or the SQLite file under var/."""
    return os.environ.get("CD7WATCH_DATABASE_URL", f"sqlite:///{var_dir() / 'service.db'}")


def prepare_libraries() -> None:
    """Set what numba, BentoML and MLflow read from the environment, before they are imported."""
    var = var_dir()
    os.environ.setdefault("NUMBA_CACHE_DIR", str(var / "numba"))
    os.environ.setdefault("BENTOML_HOME", str(var / "bentoml"))
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # "1" is not understood
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
