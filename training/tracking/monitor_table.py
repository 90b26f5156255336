"""Drift monitor: a feature table against a registered model's training cohort, as a table."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from features.arrays import Floats
from features.atomic_write import replacing
from features.errors import InputError
from models.endpoints import WINDOW_DAYS
from training.cohort.at_risk import landmark_rows
from training.cohort.samples import Samples, require_columns, require_same_inputs
from training.tracking.drift import Drift, drift
from training.tracking.registered_model import stored_model
from training.tracking.registry import connect, find_version
from training.tracking.registry_names import parse_address
from training.tracking.training_quantiles import read_quantiles


def monitor_table(model: str, samples: Samples, output: Path | None = None) -> list[Drift]:
    """Print which features have moved since training; optionally write all numbers as CSV.

    Raises InputError for a wrong or unregistered model, a table without a sample in the model's
    window of days, and one that declares an input of the model as another quantity.
    """
    version = find_version(connect(), parse_address(model))
    record: dict[str, Any] = mlflow.artifacts.load_dict(
        f"runs:/{version.run_id}/training_quantiles.json"
    )
    training = read_quantiles(record)
    frozen = stored_model(version)
    require_same_inputs(samples, frozen.covariates)
    X = scored_rows(samples, training.names, frozen.landmark)
    drifts = drift(X, training)
    _print_drifts(drifts, f"{model} (version {version.version})", len(X), training.n)
    if output is not None:
        with replacing(output) as draft:
            pd.DataFrame([vars(one) for one in drifts]).to_csv(draft, index=False)
    return drifts


def scored_rows(samples: Samples, names: tuple[str, ...], landmark: int) -> Floats:
    """Each patient's last blood sample in the two weeks up to the landmark, as (n, p)."""
    require_columns(samples, names)
    rows = list(landmark_rows(samples, landmark).values())
    if not rows:
        raise InputError(
            f"The model scores samples of day {landmark - WINDOW_DAYS + 1} to {landmark}; the "
            "table has none of them."
        )
    return samples.frame.iloc[rows][list(names)].to_numpy(np.float64)


def _print_drifts(drifts: list[Drift], model: str, n: int, n_training: int) -> None:
    drifted = [one for one in drifts if one.drifted]
    table = Table(title=f"{n} patients against the {n_training} of {model}", title_justify="left")
    for column in ("feature", "missing", "was", "PSI", "5 % limit", "KS", "p"):
        table.add_column(column, justify="left" if column == "feature" else "right")
    for one in sorted(drifted, key=lambda one: np.nan_to_num(one.p_value, nan=1.0)):
        table.add_row(
            one.feature, f"{one.missing:.0%}", f"{one.missing_training:.0%}",
            *(f"{value:.3g}" for value in (one.psi, one.psi_limit, one.ks, one.p_value)),
        )  # fmt: skip
    console = Console()
    if drifted:
        console.print(table)
    console.print(f"{len(drifted)} of {len(drifts)} features have moved (Holm, 5 % for the table).")
