"""What the whole procedure finds when there is something to find, and what it then claims.

    python -m benchmarks power
    python -m benchmarks.power --cohorts 50 --n 60

Simulated cohorts of the preset "seed-optimistic" (|log HR| 0.8 per SD of two features per
endpoint), the whole protocol. Printed per size: how often the gate promotes (power); AUC and
Brier score of the served model on 5,000 new patients beside the oracle's, the best possible from
the measured features; and optimism, the reported out-of-fold AUC minus the AUC on the new
patients. The permutation test draws 39 times instead of the protocol's 200, as exact but a little
less powerful: the power shown is a lower bound. Finished cohorts are kept in var/benchmarks.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import (
    fit_all,
    labels_and_design,
    model_maker,
    quick_verdict,
    synthetic_cohort,
)
from benchmarks._new_patients import NEW, new_patients
from benchmarks._sizes import by_endpoint_and_size, cohorts_of_sizes, command
from training.cohort.outcomes import ENDPOINTS
from training.cohort.protocol import Protocol
from training.evaluation.feasibility import refusal

PRESET, SIZES, COHORTS = "seed-optimistic", (30, 60, 120, 300), 10
PROTOCOL = replace(Protocol(), permutations=39)


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Both endpoints of one cohort: verdict, reported measures, and those on new patients."""
    cohort = synthetic_cohort(PRESET, n, seed)
    protocol = PROTOCOL
    found: dict[str, Any] = {"n": n}
    for endpoint in ENDPOINTS:
        own = quick_verdict(cohort, endpoint, protocol, always_measure=True)
        labelled, design = labels_and_design(cohort, endpoint, protocol)
        if refusal(labelled) is None:
            model = fit_all(design, model_maker(protocol, endpoint)(protocol.seed))
            new = new_patients(PRESET, endpoint)
            own["candidate"] = model.candidate_
            own["new"] = new.scores(model.predict_proba(new.design.X)[:, 1])
        found[endpoint] = own
    return found


def ceilings() -> pd.DataFrame:
    """The oracle's and the prevalence's scores on the new patients."""
    rows = []
    for endpoint in ENDPOINTS:
        new = new_patients(PRESET, endpoint)
        for name, risk in (
            ("oracle", new.oracle),
            ("prevalence", np.full(len(new.oracle), new.prevalence())),
        ):
            rows.append({"endpoint": endpoint, "risk": name, **new.scores(risk)})
    return pd.DataFrame(rows)


def summary(results: list[dict[str, Any]], best: pd.DataFrame) -> pd.DataFrame:
    """One row per endpoint and size; means over the cohorts that could carry a model."""
    oracle = best[best["risk"] == "oracle"].set_index("endpoint")
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        row = _row(fits, oracle.loc[endpoint, "auc"], oracle.loc[endpoint, "brier"])
        rows.append({"endpoint": endpoint, "n": n, **row})
    return pd.DataFrame(rows)


def _row(fits: list[dict[str, Any]], best_auc: float, best_brier: float) -> dict[str, object]:
    modelled = [fit for fit in fits if "new" in fit]
    assessable = [fit for fit in fits if fit["assessable"]]
    champions = sum(fit["state"] == "champion" for fit in fits)
    row: dict[str, object] = {
        "cohorts": len(fits), "models": len(modelled), "assessable": len(assessable),
        "power": f"{champions / len(fits):.0%}",
    }  # fmt: skip
    if modelled:
        served = float(np.mean([fit["new"]["auc"] for fit in modelled]))
        brier = float(np.mean([fit["new"]["brier"] for fit in modelled]))
        over = [_optimism(fit) for fit in modelled if fit["metrics"]["auc"]["value"] is not None]
        error = np.std(over, ddof=1) / np.sqrt(len(over)) if len(over) > 1 else np.nan
        row |= {
            "AUC": f"{served:.3f}", "best": f"{best_auc:.3f}", "share": f"{served / best_auc:.1%}",
            "share over 0.5": f"{(served - 0.5) / (best_auc - 0.5):.0%}",
            "Brier": f"{brier:.4f}", "best Brier": f"{best_brier:.4f}",
            "optimism (SE)": f"{np.mean(over):+.3f} ({error:.3f})",
        }  # fmt: skip
    return row


def _optimism(fit: dict[str, Any]) -> float:
    """Reported AUC minus the served model's AUC on new patients."""
    return float(fit["metrics"]["auc"]["value"] - fit["new"]["auc"])


def main(sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS) -> None:
    """Print power, discrimination and optimism by size."""
    best = ceilings()
    results = cohorts_of_sizes("power", one_cohort, sizes, cohorts)
    print(f"On {NEW} new synthetic patients:\n{best.round(4).to_string(index=False)}")
    print("\nGoals at n = 300: 95 % (relapse) and 90 % (fatal infection) of the best AUC;")
    print("optimism within 0.03 at 60 and 0.02 from 120 on")
    print(summary(results, best).to_string(index=False, na_rep="-"))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
