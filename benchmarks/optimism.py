"""Does the reported AUC hold on new patients: out-of-fold AUC minus that on 5,000 new patients.

    python -m benchmarks optimism
    python -m benchmarks.optimism --cohorts 10 --n 60

Simulated cohorts of the preset "seed-optimistic", without the permutation test, so that there can
be many. Cross-validation learns from four fifths of the patients, so the report errs on the low
side in small cohorts. Where the protocol leaves whole sites out, it learns from fewer still and is
asked about a hospital it has not seen, while the new patients come from the same ones. Two columns
tell that apart: folds by patient; and the same folds by site against what they stand for, new
patients of each hospital under a model that learned from the others. Goal: within 0.03 at 60
patients and 0.02 from 120 on. Finished cohorts are kept in var/benchmarks.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import fit_all, labels_and_design, model_maker, synthetic_cohort
from benchmarks._new_patients import new_patients
from benchmarks._sizes import by_endpoint_and_size, cohorts_of_sizes, command
from features.arrays import Ints
from training.cohort.outcomes import ENDPOINTS
from training.cohort.protocol import Protocol
from training.evaluation.cross_validation import cross_validate
from training.evaluation.design import Design
from training.evaluation.feasibility import refusal
from training.evaluation.folds import FoldPlan, fold_plan
from training.statistics.auc import auc, pair_matrices

PRESET, SIZES, COHORTS, REPEATS = "seed-optimistic", (60, 120, 300), 40, 3
PROTOCOL = Protocol()
KINDS = ("folds as given", "by patient", "by site, at a new hospital")


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Differences of each endpoint that could carry a model, by kind of folds."""
    cohort = synthetic_cohort(PRESET, n, seed)
    found: dict[str, Any] = {"n": n}
    for endpoint in ENDPOINTS:
        labelled, design = labels_and_design(cohort, endpoint, PROTOCOL)
        if refusal(labelled) is None:
            new = new_patients(PRESET, endpoint)
            model = fit_all(design, model_maker(PROTOCOL, endpoint)(PROTOCOL.seed))
            truth = new.scores(model.predict_proba(new.design.X)[:, 1])["auc"]
            nowhere = replace(design, site=np.full(len(design.y), "", dtype=object))
            as_given, plan = reported(design, endpoint)
            by_site = plan.by == "site"
            unseen = auc_at_unseen_site(design, new.design, endpoint) if by_site else np.nan
            found[endpoint] = {
                "folds as given": as_given - truth,
                "by patient": reported(nowhere, endpoint)[0] - truth,
                "by site, at a new hospital": as_given - unseen,
            }
    return found


def auc_at_unseen_site(design: Design, new: Design, endpoint: str) -> float:
    """AUC on each site's new patients of a model that learned from the other sites."""
    sites = np.intersect1d(design.site.astype(str), new.site.astype(str))
    risk = np.zeros(len(new.y))
    for site in sites:
        there, others = new.site == site, np.flatnonzero(design.site != site)
        model = fit_all(part_of(design, others), model_maker(PROTOCOL, endpoint)(PROTOCOL.seed))
        risk[there] = model.predict_proba(new.X[there])[:, 1]
    known = np.isin(new.site, sites)
    weight = np.where(known, new.weights(), 0.0)
    return auc(risk, new.y, weight, np.searchsorted(sites, new.site.astype(str)))


def part_of(design: Design, patients: Ints) -> Design:
    """The design of some of its patients."""
    own = {name: getattr(design, name)[patients] for name in ("y", "time", "code", "site")}
    panel = None if design.panel is None else design.panel[patients]
    return replace(design, X=design.X.iloc[patients], panel=panel, **own)


def reported(design: Design, endpoint: str) -> tuple[float, FoldPlan]:
    """Out-of-fold AUC as the evaluation reports it, from fewer repeats, and its folds."""
    plan = fold_plan(design.y, design.site, REPEATS, PROTOCOL.folds, PROTOCOL.seed)
    oof = cross_validate(design, plan, model_maker(PROTOCOL, endpoint), seed=PROTOCOL.seed)
    wins, pairs = pair_matrices(oof.logit, design.y, oof.weight, plan.stratum)
    return float(wins.sum() / pairs.sum()), plan


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """Mean difference and its standard error per endpoint, size and kind of folds."""
    rows = []
    for endpoint, n, own in by_endpoint_and_size(results):
        row: dict[str, object] = {"endpoint": endpoint, "n": n, "cohorts": len(own)}
        for kind in KINDS:
            values = np.array([one[kind] for one in own if np.isfinite(one[kind])])
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            mean = values.mean() if len(values) else np.nan
            row[f"{kind} (SE)"] = f"{mean:+.3f} ({error:.3f})"
        rows.append(row)
    return pd.DataFrame(rows)


def main(sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS) -> None:
    """Print the table."""
    results = cohorts_of_sizes("optimism", one_cohort, sizes, cohorts)
    print("Reported AUC minus AUC on new patients")
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
