"""A feature table against a registered model's training cohort, as a table for people."""

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
from training.cohort.labels import WINDOW_DAYS
from training.cohort.samples import Samples, require_columns
from training.tracking.drift import Drift, drift
from training.tracking.registry import connect, find
from training.tracking.registry_names import parse_address
from training.tracking.training_quantiles import unpacked


def monitor_table(model: str, samples: Samples, output: Path | None = None) -> list[Drift]:
    """Print which features have moved since training; optionally write all figures as CSV.

    Raises InputError for a wrong or unregistered model and a table without a sample in the model's
    window of days.
    """
    version = find(connect(), parse_address(model))
    stored: dict[str, Any] = mlflow.artifacts.load_dict(
        f"runs:/{version.run_id}/training_quantiles.json"
    )
    protocol = mlflow.artifacts.load_dict(f"runs:/{version.run_id}/protocol.json")
    names, n_training, levels, quantiles, missing = unpacked(stored)
    X = scored_rows(samples, tuple(names), int(protocol["landmark"]))
    found = drift(names, X, levels, quantiles, n_training, missing)
    _show(found, f"{model} (version {version.version})", len(X), n_training)
    if output is not None:
        with replacing(output) as draft:
            pd.DataFrame([vars(one) for one in found]).to_csv(draft, index=False)
    return found


def scored_rows(samples: Samples, names: tuple[str, ...], landmark: int) -> Floats:
    """Each patient's last blood sample in the two weeks up to the landmark, as (n, p)."""
    require_columns(samples, names)
    frame = samples.frame
    usable = (frame["day"] > landmark - WINDOW_DAYS) & (frame["day"] <= landmark)
    if "tissue" in frame:
        usable &= frame["tissue"] != "BM"
    last = frame[usable].sort_values("day", kind="stable").groupby("patient_id").tail(1)
    if last.empty:
        raise InputError(
            f"The model scores samples of day {landmark - WINDOW_DAYS + 1} to {landmark}; the "
            "table has none of them."
        )
    return last[list(names)].to_numpy(np.float64)


def _show(found: list[Drift], model: str, n: int, n_training: int) -> None:
    moved = [one for one in found if one.drifted]
    table = Table(title=f"{n} patients against the {n_training} of {model}", title_justify="left")
    for column in ("feature", "missing", "was", "PSI", "5 % limit", "KS", "p"):
        table.add_column(column, justify="left" if column == "feature" else "right")
    for one in sorted(moved, key=lambda one: np.nan_to_num(one.p_value, nan=1.0)):
        table.add_row(
            one.feature, f"{one.missing:.0%}", f"{one.missing_training:.0%}",
            *(f"{value:.3g}" for value in (one.psi, one.psi_limit, one.ks, one.p_value)),
        )  # fmt: skip
    console = Console()
    if moved:
        console.print(table)
    console.print(f"{len(moved)} of {len(found)} features have moved (Holm, 5 % for the table).")
