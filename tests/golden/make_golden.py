"""Make the golden model: a small one, kept as files, that every later build must read alike.

Run from the repository root, only when the format or schema version changes:

    python -m tests.golden.make_golden

Synthetic: the patients are drawn here, from no real person's data.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from features.arrays import Floats
from features.schema import CORE
from models.frozen import FrozenModel
from models.persistence import save
from tests.models.simulated_visits import draw_patients, fit_with_refits, frozen_models

HERE = Path(__file__).resolve().parent
MODEL, CASES = HERE / "severe_infection", HERE / "cases.json"
LATER = 100.0  # day of the cases that are not at the landmark


def fitted() -> FrozenModel:
    """Severe infection, which has all there is to store: four events, terms in time, refits.

    Its features have the names of our core panel, so that the service can be asked.
    """
    patients = draw_patients(120, seed=28)
    models = fit_with_refits(patients, refits=6)
    model = frozen_models(patients, models, CORE)["severe_infection"]
    model.manifest["version"] = "golden"
    return model


def case_of(model: FrozenModel, x: Floats, day: float | None) -> dict[str, Any]:
    """Inputs and the whole answer, missing values as null."""
    answer = asdict(model.assess(x, day=day))
    for horizon in answer["horizons"]:
        for name in ("contributions", "risk_if_average"):
            horizon[name] = horizon[name].tolist()
    return {"day": day, "values": [None if np.isnan(v) else v for v in x], "answer": answer}


def main() -> None:
    """Write the model's folder and its answers for ten patients, one of them strange."""
    model = fitted()
    save(model, MODEL)
    rows = draw_patients(10, seed=29).X
    rows[9] *= 25
    cases = [case_of(model, x, None if i % 2 else LATER) for i, x in enumerate(rows)]
    CASES.write_text(json.dumps(cases, indent=1, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
