"""Does the reported AUC hold on new patients: out-of-fold AUC minus that on 5,000 new patients.

    python -m benchmarks optimism
    python -m benchmarks.optimism --cohorts 10 --n 60

Simulated cohorts of the preset "seed-optimistic", without the permutation test, so that there can
be many. Cross-validation learns from four fifths of the patients, so the report errs on the low
side in small cohorts. Where the protocol leaves whole sites out, it learns from fewer still and is
asked about a hospital it has not seen, while the new patients come from the same ones; beside it
stand folds by patient, to tell that apart. Goal: within 0.03 at 60 patients and 0.02 from 120 on.
Finished cohorts are kept in var/benchmarks.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import fit_all, labelled_design, maker, synthetic_cohort
from benchmarks._new_patients import new_patients
from benchmarks._sizes import by_endpoint_and_size, cohorts_of_sizes, command
from training.cross_validation import Design, cross_validate
from training.discrimination import pair_matrices
from training.fit import refusal
from training.folds import fold_plan
from training.outcomes import ENDPOINTS
from training.protocol import Protocol

PRESET, SIZES, COHORTS, REPEATS = "seed-optimistic", (60, 120, 300), 40, 3
PROTOCOL = Protocol()


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Differences of each endpoint that could carry a model, by kind of folds."""
    samples, outcomes = synthetic_cohort(PRESET, n, seed)
    found: dict[str, Any] = {"n": n}
    for endpoint in ENDPOINTS:
        labelled, design = labelled_design(samples, outcomes, endpoint, PROTOCOL)
        if refusal(labelled) is None:
            new = new_patients(PRESET, endpoint)
            model = fit_all(design, maker(PROTOCOL, endpoint)(PROTOCOL.seed))
            truth = new.scores(model.predict_proba(new.design.X)[:, 1])["auc"]
            nowhere = replace(design, site=np.full(len(design.y), "", dtype=object))
            found[endpoint] = {
                "as given": reported(design, endpoint) - truth,
                "by patient": reported(nowhere, endpoint) - truth,
            }
    return found


def reported(design: Design, endpoint: str) -> float:
    """Out-of-fold AUC as the evaluation reports it, from fewer repeats."""
    plan = fold_plan(design.y, design.site, REPEATS, PROTOCOL.folds, PROTOCOL.seed)
    oof = cross_validate(design, plan, maker(PROTOCOL, endpoint), PROTOCOL.seed)
    wins, pairs = pair_matrices(oof.logit, design.y, oof.weight, plan.stratum)
    return float(wins.sum() / pairs.sum())


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """Mean difference and its standard error per endpoint, size and kind of folds."""
    rows = []
    for endpoint, n, own in by_endpoint_and_size(results):
        row: dict[str, object] = {"endpoint": endpoint, "n": n, "cohorts": len(own)}
        for kind in ("as given", "by patient"):
            values = np.array([one[kind] for one in own])
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            mean = values.mean() if len(values) else np.nan
            row[f"folds {kind} (SE)"] = f"{mean:+.3f} ({error:.3f})"
        rows.append(row)
    return pd.DataFrame(rows)


def main(sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS) -> None:
    """Print the table."""
    results = cohorts_of_sizes("optimism", one_cohort, sizes, cohorts)
    print("Reported AUC minus AUC on new patients")
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
