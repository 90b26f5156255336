"""Any real table: our model beside tuned peers on the same folds, the gate on permuted outcomes.

    python -m benchmarks.real TABLE.csv DECLARATION.json
    python -m benchmarks real

The JSON file declares the columns, see `benchmarks._real_tables`; without arguments the transplant
registry (`ebmt`) is read. Printed: AUC, Brier score, O/E and slope by patient folds of our model
(the ridge, as it is served), tuned logistic regression and tuned LightGBM; the difference of our
Brier score to each with its interval (patients redrawn), goal: within 0.003 of the better; the
gate's verdict; and how often it promotes when outcomes are dealt to other patients of the same site
(about 5 of 100 expected; goal: at most 10).
"""

import time
from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np
import pandas as pd

from benchmarks._cross_validation import cross_validate
from benchmarks._fits import FitCase, fit_case, patient_scores, verdicts
from benchmarks._peers import tuned_lightgbm, tuned_logistic
from benchmarks._real_tables import (
    RealTable,
    cohort_of_table,
    declaration_from,
    protocol_of,
    read_declaration,
    read_table,
)
from benchmarks._shares import share
from features.arrays import Floats, Ints
from features.errors import InputError, exits_with_sentence
from features.settings import data_dir, prepare_libraries
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import auc
from training.statistics.accuracy.brier import bootstrap_mean, brier, squared_loss
from training.statistics.bootstrap import bootstrap_copies, measure
from training.statistics.calibration.calibration_curve import (
    calibration_slope,
    observed_over_expected,
)

OURS, PEERS = "ours", {"tuned logistic": tuned_logistic, "tuned LightGBM": tuned_lightgbm}
PERMUTED, REDRAWS, GOAL = 100, 2000, 0.003
EBMT = {
    "features": ["dissub", "match", "tcd", "year", "age"], "time": "time", "code": "cod",
    "events": ["Bacterial", "Viral", "Fungal"], "competing": ["Relapse", "GvHD", "Other"],
    "horizon": 24, "repeats": 1, "words": "fatal infection",
}  # fmt: skip


def out_of_fold_of_all(case: FitCase) -> dict[str, OutOfFold]:
    """Out-of-fold scores of our model and the peers, on the same folds, of a table's one event."""
    endpoint = case.endpoints[0]
    ours = patient_scores(case, [endpoint])[endpoint.name]
    design, seed = case.evaluation_data(endpoint).design, case.protocol.seed
    peers = {
        name: cross_validate(design, ours.plan, make, seed=seed) for name, make in PEERS.items()
    }
    return {OURS: ours, **peers}


def figures(scores: Mapping[str, OutOfFold], y: Floats) -> pd.DataFrame:
    """One row a model: AUC, Brier, O/E, slope, and our Brier minus its, with the interval."""
    rows = []
    for name, oof in scores.items():
        risk, label, weight = oof.risk.ravel(), np.tile(y, len(oof.risk)), oof.weight.ravel()
        areas = [
            auc(r, y, w, f) for r, w, f in zip(oof.logit, oof.weight, oof.plan.fold, strict=True)
        ]
        rows.append({
            "model": name, "AUC": f"{np.mean(areas):.3f}",
            "Brier": f"{brier(risk, label, weight):.4f}",
            "O/E": f"{observed_over_expected(risk, label, weight):.2f}",
            "slope": f"{calibration_slope(risk, label, weight):.2f}",
            "ours minus it (95 %)": "-" if name == OURS else difference(scores[OURS], oof, y),
        })  # fmt: skip
    return pd.DataFrame(rows)


def difference(one: OutOfFold, other: OutOfFold, y: Floats) -> str:
    """Paired Brier difference with its interval from redrawing patients."""
    (ours, weight), (theirs, _) = (squared_loss(o.risk, y, one.weight) for o in (one, other))
    loss = ours - theirs
    draws = bootstrap_mean(loss, weight, bootstrap_copies(len(y), REDRAWS, 0))
    result = measure(float(loss.sum() / weight.sum()), draws)
    return f"{result.value:+.4f} ({result.low:+.4f} to {result.high:+.4f})"


def permuted_order(site: tuple[str, ...], seed: int) -> Ints:
    """Patients whose outcomes each patient gets, (n,), of the same site."""
    rng, order = np.random.default_rng(seed), np.arange(len(site))
    names = np.array(site)
    for name in np.unique(names):
        members = np.flatnonzero(names == name)
        order[members] = rng.permutation(members)
    return order


def print_table(table: RealTable, permuted: int = PERMUTED) -> None:
    """Print models, verdict, and promotions with permuted outcomes."""
    protocol = protocol_of(table)
    case = fit_case(cohort_of_table(table), protocol)
    if not case.endpoints:
        raise InputError(
            f"A table needs 5 patients with and 5 without the event by {protocol.primary_horizon}, "
            f"and 10 followed to it; this one has {case.events['event']} with it."
        )
    endpoint = case.endpoints[0]
    print(f"{case.cohort.at_risk.n} patients, {case.events['event']} with {endpoint.words} "
          f"by {protocol.primary_horizon}, {len(protocol.features)} columns; "
          f"{protocol.repeats} x {protocol.folds} folds")  # fmt: skip
    start = time.perf_counter()
    scores = out_of_fold_of_all(case)
    print(figures(scores, case.labels(endpoint).y).to_string(index=False))
    print(f"goal: ours within {GOAL} of the better ({time.perf_counter() - start:.0f} s)")
    verdict = verdicts(case)["event"]
    print(f"gate: {verdict['states'][0]}, p {verdict['p']:.3g} "
          f"{'; '.join(verdict['failures'][0])}")  # fmt: skip
    promoted, assessable = promotions(table, permuted)
    print(f"outcomes permuted: {promoted} promoted of {assessable}, {share(promoted, assessable)}; "
          "about 5 % expected, goal: at most 10 %")  # fmt: skip


def promotions(table: RealTable, permuted: int) -> tuple[int, int]:
    """Champions and assessable fits over tables with permuted outcomes."""
    protocol, promoted, assessable = protocol_of(table), 0, 0
    for seed in range(permuted):
        order = permuted_order(table.site, seed)
        one = verdicts(fit_case(cohort_of_table(table, order), protocol))["event"]
        assessable += one["assessable"]
        promoted += one["assessable"] and one["states"][0] == "champion"
    return promoted, assessable


def main() -> None:
    """The transplant registry."""
    print_table(read_table(data_dir() / "ebmt" / "ebmt2.csv", declaration_from(EBMT, "ebmt")))


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.argument("declaration", type=click.Path(path_type=Path))
@click.option("--permuted", type=click.IntRange(0), default=PERMUTED, show_default=True)
@exits_with_sentence
def command(table: Path, declaration: Path, permuted: int) -> None:
    """Our model beside tuned peers on TABLE (CSV), whose columns DECLARATION (JSON) names."""
    prepare_libraries()
    if not table.is_file():
        raise InputError(f"The table is a CSV file; there is none at {table}.")
    print_table(read_table(table, read_declaration(declaration)), permuted)


if __name__ == "__main__":
    command()
