"""Serial samples: what the landmark super-model tells beside S100A8/A9 alone, and how early.

    python -m benchmarks surveillance
    python -m benchmarks.surveillance --cohorts 5 --n 300

Simulated cohorts with monthly visits for a year. "seed-optimistic" plants effects and a drift
before the event (an assumption, see training/simulation/follow_up_visits.py); "null" plants
nothing, so AUC is 0.5, as many are warned as are alarmed falsely, and a gain may be claimed in 5 %
of cohorts. Printed: AUC by landmark, share warned and median lead time with alarms held at 10 % of
the patients without the event, and how often a gain over the yardstick alone is shown. Finished
cohorts are kept in var/benchmarks.
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
from training.cohort.outcomes import ENDPOINTS, Outcomes, read_outcomes
from training.cohort.samples import Samples, samples_from
from training.simulation.simulate import simulate_cohort
from training.statistics.proportions import clopper_pearson
from training.surveillance.scores import CARRIED, SUPER_MODEL, yardstick
from training.surveillance.surveillance import Survey, label_of, survey

PRESETS, COHORTS, N = ("seed-optimistic", "null"), 20, 300
VISITS = tuple(range(60, 361, 30))
SHOWN_LANDMARKS = ("28", "60", "90", "120", "180", "all")
DRAWS, PERMUTATIONS = 100, 99
ALSO = {"relapse": ("s100a8a9_monocyte",), "fatal_infection": ("s100a8a9_leukocyte",)}


def serial_cohort(preset: str, n: int, seed: int) -> tuple[Samples, Outcomes]:
    """A simulated cohort with monthly visits, as its files would be read."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "cohort"
        simulate_cohort(folder, preset, n=n, seed=seed, features_only=True, visits=VISITS)
        table = samples_from(read_table(folder / "features.parquet"))
        return table, read_outcomes(folder / "outcomes.csv")


def one_cohort(preset: str, n: int, seed: int) -> dict[str, Any]:
    """Both endpoints' measures on one cohort; None where the endpoint cannot be watched."""
    samples, outcomes = serial_cohort(preset, n, seed)
    found: dict[str, Any] = {"preset": preset, "n": n}
    for endpoint in ENDPOINTS:
        try:
            one = survey(samples, outcomes, endpoint, seed=seed, draws=DRAWS,
                         permutations=PERMUTATIONS)  # fmt: skip
            found[endpoint] = measures(one)
        except InputError:
            found[endpoint] = None
    return found


def measures(one: Survey) -> dict[str, Any]:
    """What is kept of a survey: numbers by score, and the verdict."""
    auc = one.by_landmark[one.by_landmark["landmark"].isin(SHOWN_LANDMARKS)]
    warned = one.lead_time[one.lead_time["rate_held_per"] == "patient"].set_index("score")
    columns = ["share_warned", "median_lead_days", "false_alarms", "false_alarms_per_100_visits"]
    return {
        "events": int(one.stacked.with_event.sum()),
        "auc": {name: own.set_index("landmark")["auc"].dropna().astype(float).to_dict()
                for name, own in auc.groupby("score")},
        "warned": {name: row.dropna().to_dict() for name, row in
                   warned[columns].astype(float).iterrows()},
        "state": one.judged.state, "gain": one.gain.value, "p": one.p,
    }  # fmt: skip


def summary(results: list[dict[str, Any]], preset: str, endpoint: str) -> pd.DataFrame:
    """Means over cohorts, a row a score: AUC by landmark and warnings."""
    found = [r[endpoint] for r in results if r["preset"] == preset and r[endpoint]]
    rows = []
    for name in (SUPER_MODEL, yardstick(endpoint), *ALSO[endpoint], CARRIED):
        row: dict[str, object] = {"score": label_of(name)}
        for landmark in SHOWN_LANDMARKS:
            row[landmark] = _mean([one["auc"][name].get(landmark) for one in found])
        for key, title in (("share_warned", "warned"), ("median_lead_days", "lead, days"),
                           ("false_alarms", "false alarms"),
                           ("false_alarms_per_100_visits", "per 100 visits")):  # fmt: skip
            digits = 1 if key in ("median_lead_days", "false_alarms_per_100_visits") else 3
            row[title] = _mean([one["warned"][name].get(key) for one in found], digits)
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(values: list[float | None], digits: int = 3) -> float:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), digits) if known else float("nan")


def shown(results: list[dict[str, Any]], preset: str, endpoint: str) -> str:
    """How often a gain over the yardstick was shown, with the exact interval."""
    found = [r[endpoint] for r in results if r["preset"] == preset and r[endpoint]]
    number = sum(one["state"] == "shown" for one in found)
    low, high = clopper_pearson(number, len(found))
    gain = _mean([one["gain"] for one in found])
    return (
        f"{preset}, {endpoint}: {len(found)} cohorts, median "
        f"{np.median([one['events'] for one in found]):.0f} patients with the event; gain in AUC "
        f"over {label_of(yardstick(endpoint))} alone {gain:.3f}, shown in {number} of {len(found)} "
        f"({low:.0%} to {high:.0%})"
    )


def main(cohorts: int = COHORTS, n: int = N) -> None:
    """Print AUC by landmark, share warned and lead time by preset and endpoint."""
    tasks = [(preset, n, seed) for seed in range(1, cohorts + 1) for preset in PRESETS]
    results = cached_results("surveillance", tasks, one_cohort)
    print(f"{n} synthetic patients a cohort, visits on days 28 and {VISITS[0]} to {VISITS[-1]}")
    for preset in PRESETS:
        for endpoint in ENDPOINTS:
            print(f"\n{shown(results, preset, endpoint)}")
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
