"""Simulator against published rates, and its two ways to make features against each other.

    python -m benchmarks.simulator

First, rates of 20,000 simulated patients without planted effects, complete follow-up, beside the
trials' (their 95 % intervals where given). Then, for 60 patients with 500 cells a sample, features
from count files beside those drawn without: mean, SD and correlation with the latent state.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import Refusal
from features.pipeline.sample import summarise
from features.table.sample_sheet import read_sheet
from training.simulation.clinical_course import PRESETS, ClinicalCourse
from training.simulation.feature_rows import cohort_features
from training.simulation.oracle import PLANTED_NAMES
from training.simulation.patients import SimulationPlan, draw_cohort
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
FEATURES = (*PLANTED_NAMES, "monocyte_fraction", "s100a8a9_leukocyte", "cd7neg_t_fraction")


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
    """Features of the landmark samples' count files, indexed by patient."""
    rows = {}
    for sample in read_sheet(folder / "samples.csv"):
        if sample.sample_id.endswith("B"):
            try:
                rows[int(sample.patient_id[3:]) - 1] = summarise(sample)
            except Refusal as refusal:
                print(f"refused: {sample.sample_id}: {refusal}")
    return pd.DataFrame.from_dict(rows, orient="index")


def feature_table(plan: SimulationPlan, folder: Path) -> pd.DataFrame:
    """Features from counts and simulated ones at the landmark, for the patients of one plan."""
    cohort = draw_cohort(plan)
    simulated = cohort_features(plan.seed, cohort.state, plan.cells)
    from_counts = features_from_counts(folder)
    patients, lines = from_counts.index, {}
    for name in FEATURES:
        pair = pd.DataFrame(
            {"counts": from_counts[name].astype(float), "drawn": simulated[name][patients, 1]}
        )
        line = {
            f"{part} {way}": getattr(pair[way], part)() for part in ("mean", "std") for way in pair
        }
        if name in cohort.state.latent:
            latent = pd.Series(cohort.state.latent[name][patients], patients)
            line |= {f"r with state, {way}": pair[way].corr(latent) for way in pair}
        lines[name] = line
    return pd.DataFrame(lines).T.round(3)


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
        print(feature_table(plan, folder).to_string())
        start = time.monotonic()
        simulate_cohort(folder, "seed-optimistic", n=5000, features_only=True)
        print(f"\nfeatures only, 5,000 patients: {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
