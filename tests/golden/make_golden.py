"""Make the golden model: a small one, kept as files, that every later build must read alike.

Run from the repository root, only when the format or schema version changes:

    python tests/golden/make_golden.py

Synthetic: the patients are drawn here, from no real person's data.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from features.schema import CORE  # noqa: E402  (the repository is not installed)
from models.frozen import FrozenModel, freeze  # noqa: E402
from models.persistence import save  # noqa: E402
from models.risk_model import RiskModel  # noqa: E402

MODEL, CASES = HERE / "relapse", HERE / "cases.json"


def draw(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Synthetic patients; a third feature is missing in one of six."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(CORE))), columns=CORE)
    y = rng.random(n) < 1 / (1 + np.exp(0.6 - 1.3 * X[CORE[0]] - X[CORE[1]]))
    X.loc[rng.random(n) < 1 / 6, CORE[2]] = np.nan
    return X, y.to_numpy().astype(float)


def fit() -> FrozenModel:
    """One kind of candidate per horizon: biomarker, ridge and trees."""
    X, y = draw(110, seed=28)
    asked: dict[int, dict[str, Any]] = {
        90: {"candidates": ("biomarker",), "biomarker": CORE[0]},
        180: {"candidates": ("core_panel",)},
        365: {"candidates": ("lightgbm",)},
    }
    models = {h: RiskModel(n_refits=6, **kwargs).fit(X, y) for h, kwargs in asked.items()}
    return freeze(
        models,
        "relapse",
        28,
        features=CORE,
        training_X=X,
        facts={"provenance": "synthetic", "version": "golden"},
    )


def case_of(model: FrozenModel, x: np.ndarray) -> dict[str, Any]:
    """Inputs and the whole answer, missing values as null."""
    answer = asdict(model.assess(x))
    for horizon in answer["horizons"]:
        horizon["contributions"] = horizon["contributions"].tolist()
    return {"values": [None if np.isnan(v) else v for v in x], "answer": answer}


def main() -> None:
    """Write the model's folder and its answers for ten patients, one of them strange."""
    model = fit()
    save(model, MODEL)
    patients = draw(10, seed=29)[0].to_numpy()
    patients[9] *= 25
    cases = [case_of(model, x) for x in patients]
    CASES.write_text(json.dumps(cases, indent=1, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
