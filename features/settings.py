"""Settings from environment variables: folders of state and test data, addresses, libraries.

No other module reads the environment; they take what they need as arguments.
"""

import os
from pathlib import Path

# The folder that holds our packages: the repository in a checkout, else site-packages or a Bento.
REPOSITORY = Path(__file__).resolve().parent.parent


def is_checkout() -> bool:
    """Whether we run from the repository, and not as an installed package or in a Bento."""
    return (REPOSITORY / "pyproject.toml").is_file()


def var_dir() -> Path:
    """Folder of all state (models, databases, demo cohort): CD7WATCH_VAR, or by default var/.

    That is var/ of the repository in a checkout. Installed, it is var/ of the current folder, so
    that each study keeps its state in the folder it is worked on in; site-packages is no place
    for patients' data.
    """
    default = (REPOSITORY if is_checkout() else Path.cwd()) / "var"
    return Path(os.environ.get("CD7WATCH_VAR", default)).resolve()


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
    """Set what numba, BentoML, MLflow and child processes read from the environment.

    Call it before those libraries are imported.
    """
    var = var_dir()
    os.environ.setdefault("NUMBA_CACHE_DIR", str(var / "numba"))
    os.environ.setdefault("BENTOML_HOME", str(var / "bentoml"))
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # "1" is not understood
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    _fix_paths_for_children(var)
    _let_children_import_our_packages()


def _fix_paths_for_children(var: Path) -> None:
    """Make paths absolute: BentoML's workers and reader processes run in another folder."""
    os.environ["CD7WATCH_VAR"] = str(var)
    os.environ["BENTOML_HOME"] = str(Path(os.environ["BENTOML_HOME"]).absolute())
    scheme, _, file = os.environ.get("CD7WATCH_DATABASE_URL", "").partition(":///")
    if scheme.startswith("sqlite") and file and not file.startswith((":", "file:")):
        os.environ["CD7WATCH_DATABASE_URL"] = f"{scheme}:///{Path(file).resolve()}"


def _let_children_import_our_packages() -> None:
    """Keep the current folder out of the search path of every Python process started from here.

    `python -m` and `python -c` put the current folder first, and with it a stranger's models/ or
    training/. Pools (multiprocessing, joblib), BentoML's workers and reader processes all start
    that way. In a checkout and in a Bento our packages are found through PYTHONPATH instead;
    site-packages is on the path anyway, and must not come before the standard library.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if REPOSITORY.name in {"site-packages", "dist-packages"}:
        return
    search_path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(REPOSITORY) not in search_path:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPOSITORY), *search_path]))
