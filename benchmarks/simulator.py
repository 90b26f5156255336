"""Simulator against published rates, and its two ways to make features against each other.

    python -m benchmarks.simulator

First, rates of 20,000 simulated patients without planted effects, complete follow-up, beside the
trials' (their 95 % intervals where given). Then, for 60 patients with 500 cells a sample, features
from count files beside those drawn without: mean, SD, mean standard error, correlation with the
latent state, and correlation of both ways beside the one that their standard errors leave. Then the
intervals of the CD7-negative share (unresolved, width, coverage of the latent share, NK cells as
standard), and how many samples from count files carry each warning.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import Refusal
from features.pipeline.sample import summarise
from features.table.sample_sheet import read_sheet
from training.simulation.blood.blood_counts import strategies
from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.courses.clinical_course import PRESETS, ClinicalCourse
from training.simulation.courses.oracle import PLANTED_NAMES
from training.simulation.measurement.feature_rows import cohort_features
from training.simulation.measurement.measured_cd7 import nk_error
from training.simulation.measurement.pooled_sums import draw_sums
from training.simulation.patients import SimulatedCohort, SimulationPlan, draw_cohort
from training.simulation.simulate import simulate_cohort

N = 20_000
PUBLISHED = {
    "phase2": {  # Blood 2025, doi 10.1182/blood.2025029299, n = 55
        "response": "0.89", "median event-free survival, months": "5.0",
        "median overall survival, months": "8.5", "non-relapse mortality": "0.20",
        "fatal infection": "0.09 (0.03-0.20)", "transplant": "0.35", "dead within 30 days": "0",
    },
    "phase1": {  # Tan et al., J Hematol Oncol 2023;16:34, n = 20
        "response": "0.95", "relapse within 24 months": "0.30 (6 of 20)",
        "median month of relapse": "6 (4.0-10.9)", "median event-free survival, months":
        "11.0 (6.7-12.5)", "event-free at 24 months": "0.37 (0.14-0.60)",
        "median overall survival, months": "18.3 (12.5-20.8)", "alive at 24 months":
        "0.42 (0.19-0.66)", "transplant": "0.35",
    },
}  # fmt: skip
FEATURES = (
    *PLANTED_NAMES, "monocyte_fraction", "s100a8a9_leukocyte", "cd7neg_t_fraction", "cd7_t_rate",
    "clr_cd14_monocyte", "clr_nk",
)  # fmt: skip


def rates(course: ClinicalCourse) -> dict[str, float]:
    """A trial's rates with complete follow-up."""
    has_relapse = course.relapse < 24
    other = np.isfinite(course.other)
    infection = np.isfinite(course.infection)
    return {
        "response": course.response.mean(),
        "relapse within 24 months": has_relapse.mean(),
        "median month of relapse": float(np.median(course.relapse[has_relapse])),
        "median event-free survival, months": float(np.median(course.event)),
        "event-free at 24 months": (course.event > 24).mean(),
        "median overall survival, months": float(np.median(course.death)),
        "alive at 24 months": (course.death > 24).mean(),
        "non-relapse mortality": (infection | other).mean(),
        "fatal infection": infection.mean(),
        "transplant": np.isfinite(course.transplant).mean(),
        "dead within 30 days": (course.death * 30.4375 <= 30).mean(),
    }


def rate_table(profile: str) -> pd.DataFrame:
    """Published rates of one trial and those simulated under every preset."""
    columns = {
        preset: rates(draw_cohort(SimulationPlan(1, N, preset, profile, 500)).course)
        for preset in PRESETS
    }
    simulated = pd.DataFrame(columns).loc[list(PUBLISHED[profile])].round(3)
    return simulated.assign(published=PUBLISHED[profile])


def features_from_counts(folder: Path) -> pd.DataFrame:
    """Features of all count files, indexed by patient and occasion (0 baseline, 1 landmark)."""
    rows = {}
    for sample in read_sheet(folder / "samples.csv"):
        at = int(sample.patient_id[3:]) - 1, int(sample.sample_id.endswith("B"))
        try:
            rows[at] = summarise(sample)
        except Refusal as refusal:
            print(f"refused: {sample.sample_id}: {refusal}")
    return pd.DataFrame.from_dict(rows, orient="index")


def reliability(values: pd.Series, errors: pd.Series) -> float:
    """Share of the variance between patients that is not the readings' error."""
    return max(1 - float((errors**2).mean() / values.var()), 0.0)


def both_ways(name: str, measurements: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """One column of both ways' features, where both have a value."""
    return pd.DataFrame({"counts": measurements[name].astype(float), "drawn": draws[name]}).dropna()


def feature_table(
    cohort: SimulatedCohort, measurements: pd.DataFrame, draws: pd.DataFrame
) -> pd.DataFrame:
    """Features from counts and drawn ones at the landmark, for the patients of one plan."""
    patients, lines = measurements.index, {}
    for name in FEATURES:
        pair = both_ways(name, measurements, draws)
        errors = both_ways(f"{name}_se", measurements, draws).loc[pair.index]
        line = {
            f"{part} {way}": getattr(pair[way], part)() for part in ("mean", "std") for way in pair
        }
        line |= {f"error {way}": errors[way].mean() for way in pair}
        line["r of both"] = pair["counts"].corr(pair["drawn"])
        line["r expected"] = np.sqrt(np.prod([reliability(pair[w], errors[w]) for w in pair]))
        if name in cohort.state.latent:
            latent = pd.Series(cohort.state.latent[name][patients], patients)
            line |= {f"r with state, {way}": pair[way].corr(latent) for way in pair}
        lines[name] = line
    return pd.DataFrame(lines).T.round(3)


def cd7_table(
    cohort: SimulatedCohort, measurements: pd.DataFrame, draws: pd.DataFrame
) -> dict[str, float]:
    """The CD7-negative share's intervals by both ways, where products do not hide CD7."""
    shows_cd7 = strategies(cohort.state)[measurements.index] != "blocked"
    usable = shows_cd7 & measurements["t_fraction"].notna()
    line: dict[str, float] = {"samples": int(usable.sum())}
    for way, table in (("counts", measurements[usable]), ("drawn", draws[usable])):
        low, high = (table[f"cd7neg_t_fraction_{end}"].astype(float) for end in ("low", "high"))
        true = table["latent share"]
        line[f"unresolved {way}"] = table["cd7neg_unresolved"].mean()
        line[f"width {way}"] = (high - low).mean()
        line[f"covers {way}"] = ((low <= true) & (true <= high)).mean()
    line["NK standard counts"] = (
        measurements[usable]["warnings"].fillna("").str.contains("cd7_nk_standard").mean()
    )
    line["NK standard drawn"] = draws[usable]["NK standard"].mean()
    return line


def drawn_features(cohort: SimulatedCohort, patients: pd.Index, occasion: int) -> pd.DataFrame:
    """Features of one occasion without counts, and where NK cells are the standard of CD7."""
    plan, genome = cohort.plan, simulated_genome()
    columns = cohort_features(plan.seed, cohort.state, plan.cells)
    sums = draw_sums(plan.seed, cohort.state, plan.cells, genome)
    columns["NK standard"] = nk_error(sums, cohort.state.day, genome)[1]
    at = patients.to_numpy(int)
    return pd.DataFrame({name: of_all[at, occasion] for name, of_all in columns.items()}, patients)


def two_ways(plan: SimulationPlan, folder: Path) -> None:
    """Print both ways' features of a simulated cohort, CD7 intervals and warnings."""
    cohort, from_counts, lines = draw_cohort(plan), features_from_counts(folder), {}
    for occasion, day in enumerate(("before", "landmark")):
        measurements = from_counts.xs(occasion, level=1)
        draws = drawn_features(cohort, measurements.index, occasion)
        share = cohort.state.cd7_negative[measurements.index, occasion]
        measurements, draws = (
            table.assign(**{"latent share": share}) for table in (measurements, draws)
        )
        lines[day] = cd7_table(cohort, measurements, draws)
    print(feature_table(cohort, measurements, draws).to_string())
    print(f"\nCD7-negative share, products that do not hide CD7\n{pd.DataFrame(lines).round(3)}")
    codes = from_counts["warnings"].dropna().str.split(";").explode().value_counts()
    print(f"\nwarnings of {len(from_counts)} samples from count files\n{codes.to_string()}")


def main() -> None:
    """Print the rate tables, the two ways' features, and how long each way takes."""
    for profile in PUBLISHED:
        print(f"\n{profile}: {N:,} simulated patients\n{rate_table(profile).to_string()}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "cohort"
        start = time.monotonic()
        simulate_cohort(folder, "seed-optimistic", n=60)
        seconds = time.monotonic() - start
        print(f"\n120 count files of 500 cells: {seconds:.0f} s in two processes")
        plan = SimulationPlan(1, 60, "seed-optimistic", "phase2", 500)
        two_ways(plan, folder)
        start = time.monotonic()
        simulate_cohort(folder, "seed-optimistic", n=5000, features_only=True)
        print(f"\nfeatures only, 5,000 patients: {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
