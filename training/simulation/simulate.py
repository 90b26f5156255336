"""Simulated cohort on disk: count files or a feature table, outcomes, and the true risks.

Every file is marked as synthetic. Patient i's course, blood and cells come from random streams
determined by the seed and i alone, so the same seed gives the same bytes whatever the number of
processes, and count files and feature table of one seed are of the same patients.
"""

import csv
import functools
import math
import multiprocessing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.arrays import Floats
from features.atomic_write import replacing
from features.errors import InputError
from training.jobs import Progress
from training.output_folder import require_own_folder
from training.simulation.blood.blood_counts import strategies
from training.simulation.blood.follow_up_visits import (
    DRIFT_COLUMNS,
    checked_visits,
    drift_cells,
    with_drift,
)
from training.simulation.cells.cell_counts import draw_sample
from training.simulation.cells.reference_genes import GENOME, simulated_genome
from training.simulation.cells.write_tenx import GeneList, write_tenx
from training.simulation.courses.clinical_course import PRESETS, PROFILES
from training.simulation.courses.oracle import PLANTED_NAMES, TRUTH_COLUMNS, true_risks, truth_rows
from training.simulation.measurement.feature_rows import cohort_features, write_features
from training.simulation.measurement.planted_features import learn_readouts, measured_in_cells
from training.simulation.patients import (
    INFECTION_COLUMNS,
    SimulatedCohort,
    SimulationPlan,
    context_lines,
    count_path,
    draw_cohort,
    infection_rows,
    outcome_lines,
    sample_name,
    sheet_lines,
)
from training.simulation.random_streams import CELLS, stream

COHORT_FILES = {
    "samples.csv", "outcomes.csv", "infections.csv", "truth.csv", "counts", "features.parquet",
}  # fmt: skip
MOST_PATIENTS, FEWEST_CELLS, MOST_CELLS = 99_999, 10, 100_000


@dataclass(frozen=True)
class SimulationResult:
    """The folder, the number of patients, and how many samples they have."""

    directory: Path
    n_patients: int
    n_samples: int


def simulate_cohort(
    directory: Path | str,
    preset: str,
    profile: str = "phase2",
    *,
    n: int = 240,
    seed: int = 1,
    cells: int = 500,
    features_only: bool = False,
    progress: Progress | None = None,
    processes: int = 2,
    visits: tuple[int, ...] = (),
) -> SimulationResult:
    """Write a synthetic cohort of `n` patients with two samples each into `directory`.

    `visits` are days of follow-up visits (see `training.simulation.blood.follow_up_visits`): one
    more sample of each patient who is then alive, relapse-free and followed, while the first two
    stay the same to the byte.

    With counts: samples.csv and counts/*.h5 of `cells` barcodes each. With `features_only`:
    features.parquet in their place, which lacks some columns and is not withheld where there are
    blasts (`training.simulation.measurement.measured_features`). Always outcomes.csv,
    infections.csv and truth.csv. The folder appears whole or not at all; an earlier simulation
    there is replaced, any other folder with files is refused.

    Presets are the |log hazard ratio| per SD of each planted feature: null 0, weak 0.3,
    seed-optimistic 0.8. `progress(step, number, total)` is called after every file.
    Raises InputError for an unknown preset or profile and sizes out of bounds.
    """
    plan = SimulationPlan(seed, n, preset, profile, cells, visits)
    _check_plan(plan, processes)
    require_own_folder(Path(directory), COHORT_FILES, "simulated cohort")
    plan = replace(plan, visits=checked_visits(visits))
    report = progress or (lambda _step, _number, _total: None)
    with replacing(directory) as draft:
        draft.mkdir()
        cohort = draw_cohort(plan)
        if features_only:
            measurements = _write_feature_table(draft, cohort)
        else:
            measurements = _write_counts(draft, cohort, processes, report)
        _write_lines(draft / "outcomes.csv", outcome_lines(cohort))
        _write_rows(draft / "infections.csv", INFECTION_COLUMNS, infection_rows(cohort))
        _write_rows(draft / "truth.csv", *_truth(cohort, measurements))
    return SimulationResult(Path(directory), n, int(cohort.sampled.sum()))


def _check_plan(plan: SimulationPlan, processes: int) -> None:
    for kind, name, names in (
        ("preset", plan.preset, PRESETS), ("profile", plan.profile, PROFILES),
    ):  # fmt: skip
        if name not in names:
            raise InputError(f"A {kind} is one of {', '.join(names)}; got {name!r}.")
    bounds = (("n", plan.n, 1, MOST_PATIENTS), ("cells", plan.cells, FEWEST_CELLS, MOST_CELLS),
              ("seed", plan.seed, 0, 2**63 - 1), ("processes", processes, 1, 64))  # fmt: skip
    for name, value, low, high in bounds:
        if not low <= value <= high:
            raise InputError(f"{name} must lie between {low} and {high}; got {value}.")


def _write_counts(
    folder: Path, cohort: SimulatedCohort, processes: int, report: Progress
) -> dict[str, Floats]:
    """Write count files and the sample sheet; return the planted features, (n, k) each."""
    (folder / "counts").mkdir()
    columns = {name: np.full(cohort.sampled.shape, np.nan) for name in PLANTED_NAMES}
    number, total = 0, int(cohort.sampled.sum())
    for patient, samples in _each_patient(folder, cohort.plan, processes):
        for occasion, values in samples.items():
            number += 1
            report("count files", number, total)
            for name, value in values.items():
                columns[name][patient, occasion] = value
    _write_lines(folder / "samples.csv", sheet_lines(cohort))
    return _usable(cohort, columns)


def _each_patient(
    folder: Path, plan: SimulationPlan, processes: int
) -> Iterator[tuple[int, dict[int, dict[str, float]]]]:
    work = functools.partial(_write_patient, folder, plan)
    if processes == 1:
        yield from map(work, range(plan.n))
        return
    # Spawned, since forking a process that runs threads (BLAS, numba) may deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(work, range(plan.n), chunksize=4)


def _write_patient(
    folder: Path, plan: SimulationPlan, patient: int
) -> tuple[int, dict[int, dict[str, float]]]:
    """Write one patient's count files; return the planted features of each sample."""
    cohort = draw_cohort(plan)
    rng = stream(plan.seed, patient, CELLS)
    genome = simulated_genome()
    genes = GeneList(genome.ids, genome.names, GENOME)
    strategy = str(strategies(cohort.state)[patient])
    measurements = {}
    for occasion in np.flatnonzero(cohort.sampled[patient]).tolist():
        sample = draw_sample(
            cohort.state, patient, occasion, cells=plan.cells, genome=genome, rng=rng,
            female=bool(cohort.female[patient]),
        )  # fmt: skip
        path = folder / count_path(sample_name(cohort, patient, occasion))
        write_tenx(path, sample.matrix, genes, "synthetic")
        measurements[occasion] = measured_in_cells(
            sample, strategy, genome, before_infusion=bool(cohort.state.day[patient, occasion] < 0)
        )
    return patient, measurements


def _write_feature_table(folder: Path, cohort: SimulatedCohort) -> dict[str, Floats]:
    """Write features.parquet; return the planted features, (n, k) each."""
    columns = cohort_features(cohort.plan.seed, cohort.state, cohort.plan.cells)
    write_features(folder / "features.parquet", context_lines(cohort), columns, cohort)
    return _usable(cohort, columns)


def _usable(cohort: SimulatedCohort, columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """The planted features of good samples; NaN for the others."""
    return {name: np.where(cohort.usable, columns[name], np.nan) for name in PLANTED_NAMES}


def _truth(
    cohort: SimulatedCohort, measurements: Mapping[str, Floats]
) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    """Header and lines of truth.csv; the oracle sees baseline and landmark only."""
    plan = cohort.plan
    latent, oracle = true_risks(
        cohort.state.latent,
        {name: values[:, :2] for name, values in measurements.items()},
        learn_readouts(plan.cells, simulated_genome()),
        PROFILES[plan.profile],
        plan.preset,
    )
    rows = truth_rows(cohort.patients, cohort.course.response, latent, oracle)
    if not plan.visits:
        return TRUTH_COLUMNS, rows
    drift = drift_cells(cohort.patients, cohort.course, plan.preset)
    return (*TRUTH_COLUMNS, *DRIFT_COLUMNS), with_drift(rows, drift)


def _write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Write lines that all have the first one's columns; nothing for a missing number."""
    first, *rest = lines
    rows = ([_cell(value) for value in line.values()] for line in (first, *rest))
    _write_rows(path, tuple(first), rows)


def _write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _cell(value: object) -> str:
    """A number without trailing zeros, nothing for a missing one."""
    if not isinstance(value, float):
        return str(value)
    return "" if math.isnan(value) else f"{value:.12g}"
