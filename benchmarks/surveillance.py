"""Surveillance: gain in AUC and lead time of the landmark super-model over S100A8/A9 alone.

    python -m benchmarks surveillance
    python -m benchmarks.surveillance --cohorts 5 --n 300

Simulated cohorts with monthly visits for a year. "seed-optimistic" plants effects and a drift
before the event (an assumption, see training/simulation/blood/follow_up_visits.py); "null" plants
nothing: AUC is 0.5, the share warned equals the share of false alarms, and a gain may be claimed
in 5 % of cohorts. Printed: AUC by landmark, share warned and median lead time with alarms held at
10 % of the patients without the event, and how often a gain over the reference score is shown.
Finished cohorts are kept in var/benchmarks.
"""

import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from benchmarks._results import cached_results
from features.errors import InputError
from features.settings import prepare_libraries
from features.table.feature_table import read_table
from models.endpoints import EXCLUSIVE_ENDPOINTS
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import read_outcomes
from training.simulation.simulate import simulate_cohort
from training.statistics.significance.proportions import clopper_pearson
from training.surveillance.result_tables import label_of
from training.surveillance.scores import CARRIED_FORWARD, SUPER_MODEL, reference_score
from training.surveillance.surveillance import Resampling, SurveillanceResult, surveillance

PRESETS, COHORTS, N = ("seed-optimistic", "null"), 20, 300
VISITS = tuple(range(60, 361, 30))
PRINTED_LANDMARKS = ("28", "60", "90", "120", "180", "all")
BOOTSTRAPS, PERMUTATIONS = 100, 99
ALSO = {"relapse": ("s100a8a9_monocyte",), "fatal_infection": ("s100a8a9_leukocyte",)}


def serial_cohort(preset: str, n: int, seed: int) -> Cohort:
    """A simulated cohort with monthly visits, as its files would be read."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "cohort"
        simulate_cohort(folder, preset, n=n, seed=seed, features_only=True, visits=VISITS)
        table = read_table(folder / "features.parquet")
        return cohort_of(table, read_outcomes(folder / "outcomes.csv"))


def one_cohort(preset: str, n: int, seed: int) -> dict[str, Any]:
    """Both endpoints' measures on one cohort; None where surveillance of one is refused."""
    cohort = serial_cohort(preset, n, seed)
    resampling = Resampling(BOOTSTRAPS, PERMUTATIONS, seed)
    by_endpoint: dict[str, Any] = {"preset": preset, "n": n}
    for endpoint in EXCLUSIVE_ENDPOINTS:
        try:
            by_endpoint[endpoint] = measures(surveillance(cohort, endpoint, resampling=resampling))
        except InputError:
            by_endpoint[endpoint] = None
    return by_endpoint


def measures(one: SurveillanceResult) -> dict[str, Any]:
    """Numbers by score, and the verdict, of one endpoint's surveillance."""
    auc = one.by_landmark[one.by_landmark["landmark"].isin(PRINTED_LANDMARKS)]
    lead_time = one.lead_time[one.lead_time["rate_held_per"] == "patient"].set_index("score")
    columns = ["share_warned", "median_lead_days", "false_alarms", "false_alarms_per_100_visits"]
    return {
        "events": int(one.stack.with_event.sum()),
        "auc": {name: rows.set_index("landmark")["auc"].dropna().astype(float).to_dict()
                for name, rows in auc.groupby("score")},
        "warned": {name: row.dropna().to_dict() for name, row in
                   lead_time[columns].astype(float).iterrows()},
        "state": one.verdict.state, "gain": one.gain.value, "p": one.p,
    }  # fmt: skip


def summary(results: list[dict[str, Any]], preset: str, endpoint: str) -> pd.DataFrame:
    """Means over cohorts, a row a score: AUC by landmark and warnings."""
    cohorts = _estimable(results, preset, endpoint)
    rows = []
    for name in (SUPER_MODEL, reference_score(endpoint), *ALSO[endpoint], CARRIED_FORWARD):
        row: dict[str, object] = {"score": label_of(name)}
        for landmark in PRINTED_LANDMARKS:
            row[landmark] = _mean([one["auc"][name].get(landmark) for one in cohorts])
        for key, title in (("share_warned", "warned"), ("median_lead_days", "lead, days"),
                           ("false_alarms", "false alarms"),
                           ("false_alarms_per_100_visits", "per 100 visits")):  # fmt: skip
            digits = 1 if key in ("median_lead_days", "false_alarms_per_100_visits") else 3
            row[title] = _mean([one["warned"][name].get(key) for one in cohorts], digits)
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(values: list[float | None], digits: int = 3) -> float:
    numbers = [value for value in values if value is not None]
    return round(float(np.mean(numbers)), digits) if numbers else float("nan")


def _estimable(results: list[dict[str, Any]], preset: str, endpoint: str) -> list[dict[str, Any]]:
    return [one[endpoint] for one in results if one["preset"] == preset and one[endpoint]]


def gain_sentence(results: list[dict[str, Any]], preset: str, endpoint: str) -> str:
    """How often a gain over the reference score was shown, with the exact interval."""
    cohorts = _estimable(results, preset, endpoint)
    number = sum(one["state"] == "shown" for one in cohorts)
    low, high = clopper_pearson(number, len(cohorts))
    gain = _mean([one["gain"] for one in cohorts])
    return (
        f"{preset}, {endpoint}: {len(cohorts)} cohorts, median "
        f"{np.median([one['events'] for one in cohorts]):.0f} patients with the event; gain in AUC "
        f"over {label_of(reference_score(endpoint))} alone {gain:.3f}, shown in {number} of "
        f"{len(cohorts)} ({low:.0%} to {high:.0%})"
    )


def main(cohorts: int = COHORTS, n: int = N) -> None:
    """Print AUC by landmark, share warned and lead time by preset and endpoint."""
    tasks = [(preset, n, seed) for seed in range(1, cohorts + 1) for preset in PRESETS]
    results = cached_results("surveillance", tasks, one_cohort)
    print(f"{n} synthetic patients a cohort, visits on days 28 and {VISITS[0]} to {VISITS[-1]}")
    for preset in PRESETS:
        for endpoint in EXCLUSIVE_ENDPOINTS:
            print(f"\n{gain_sentence(results, preset, endpoint)}")
            print(summary(results, preset, endpoint).to_string(index=False, na_rep="-"))


@click.command()
@click.option("--cohorts", type=click.IntRange(1), default=COHORTS, show_default=True)
@click.option("--n", type=click.IntRange(30), default=N, show_default=True)
def command(cohorts: int, n: int) -> None:
    """Run the surveillance benchmark on fewer or more cohorts."""
    prepare_libraries()
    main(cohorts, n)


if __name__ == "__main__":
    command()
