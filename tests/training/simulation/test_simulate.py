"""A simulated cohort on disk: reproducible to the byte, readable, planted features recoverable."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError, Refusal
from features.pipeline.sample import summarise
from features.table.feature_table import read_table
from features.table.sample_sheet import read_sheet
from training.cohort.outcomes import read_outcomes
from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.courses.oracle import PLANTED_NAMES
from training.simulation.measurement.feature_rows import cohort_features
from training.simulation.patients import OCCASIONS, SimulationPlan, draw_cohort
from training.simulation.simulate import simulate_cohort


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file by its relative path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty patients with strong effects, 500 cells a sample."""
    folder = tmp_path_factory.mktemp("simulated") / "cohort"
    simulate_cohort(folder, "seed-optimistic", n=30, seed=5, processes=1)
    return folder


@pytest.fixture(scope="module")
def rows(cohort: Path) -> pd.DataFrame:
    """Features of the count files as the feature code computes them; spoilt samples refused."""
    summaries = []
    for sample in read_sheet(cohort / "samples.csv"):
        try:
            summaries.append(summarise(sample))
        except Refusal as refusal:
            summaries.append({"sample_id": sample.sample_id, "refused": str(refusal)})
    return pd.DataFrame(summaries)


def test_processes_change_no_byte(tmp_path: Path) -> None:
    """One process and two write the same files; another seed writes others."""
    for name, processes, seed in (("one", 1, 2), ("two", 2, 2), ("other", 1, 3)):
        simulate_cohort(tmp_path / name, "weak", n=5, seed=seed, cells=60, processes=processes)
    one, two, other = (digests(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert "samples.csv" in one
    assert all(one[name] != other[name] for name in one)


def test_both_ways_simulate_the_same_patients(cohort: Path, tmp_path: Path) -> None:
    """With --features-only the outcomes are byte for byte those of the count files."""
    simulate_cohort(tmp_path / "f", "seed-optimistic", n=30, seed=5, features_only=True)
    assert (tmp_path / "f/outcomes.csv").read_bytes() == (cohort / "outcomes.csv").read_bytes()
    infections = [(path / "infections.csv").read_bytes() for path in (tmp_path / "f", cohort)]
    assert infections[0] == infections[1]
    assert set(digests(tmp_path / "f")) == {
        "features.parquet", "infections.csv", "outcomes.csv", "truth.csv",
    }  # fmt: skip
    assert read_table(tmp_path / "f/features.parquet").provenance == "synthetic"
    again = simulate_cohort(tmp_path / "g", "seed-optimistic", n=30, seed=5, features_only=True)
    truth, first = ((tmp_path / name / "truth.csv").read_bytes() for name in "fg")
    assert truth == first
    assert again.n_samples == 60


def test_outcomes_and_sheet_are_readable(cohort: Path) -> None:
    """The project's own readers accept both sheets; two samples each, none after death."""
    outcomes = read_outcomes(cohort / "outcomes.csv").frame
    sheet = read_sheet(cohort / "samples.csv")
    assert len(outcomes) == 30
    assert set(outcomes["provenance"]) == {"synthetic"}
    assert len(sheet) == 60
    assert {row.texts["enrichment"] for row in sheet} == {"none"}


def test_spoilt_samples_are_refused_and_only_they(cohort: Path, rows: pd.DataFrame) -> None:
    """Quality control finds exactly the samples that were simulated as spoilt."""
    plan = SimulationPlan(5, 30, "seed-optimistic", "phase2", 500)
    spoilt = {
        f"SIM{i + 1:05d}_{OCCASIONS[o]}" for i, o in np.argwhere(draw_cohort(plan).state.poor > 0)
    }
    is_refused = rows["refused"].notna() if "refused" in rows else np.zeros(len(rows), bool)
    assert set(rows["sample_id"][is_refused]) == spoilt
    assert set(rows["provenance"][~is_refused]) == {"synthetic"}


def test_planted_features_are_recovered_from_the_counts(rows: pd.DataFrame) -> None:
    """Each planted latent value correlates above 0.75 with its feature at the landmark."""
    state = draw_cohort(SimulationPlan(5, 30, "seed-optimistic", "phase2", 500)).state
    landmark = rows[rows["sample_id"].str.endswith("B") & rows["n_cells"].notna()]
    patient = landmark["sample_id"].str[3:8].astype(int).to_numpy() - 1
    for name in PLANTED_NAMES:
        values = landmark[name].to_numpy(float)
        has_value = ~np.isnan(values)
        assert has_value.sum() >= 20
        r = np.corrcoef(state.latent[name][patient[has_value]], values[has_value])[0, 1]
        assert r > 0.75, name


def expected_correlation(
    one: pd.Series, other: pd.Series, one_se: pd.Series, other_se: pd.Series
) -> float:
    """Correlation of two readings with independent errors: root of the product of reliabilities."""
    shares = [1 - (se**2).mean() / value.var() for value, se in ((one, one_se), (other, other_se))]
    return float(np.sqrt(max(shares[0], 0.0) * max(shares[1], 0.0)))


@pytest.mark.parametrize(
    "name",
    [
        *PLANTED_NAMES, "monocyte_fraction", "t_fraction", "s100a8a9_leukocyte",
        "cd7neg_t_fraction", "clr_cd14_monocyte", "clr_nk",
    ],
)  # fmt: skip
def test_drawn_features_have_the_counted_ones_size(rows: pd.DataFrame, name: str) -> None:
    """For the same patients, features drawn without counts agree with those from counts.

    At the landmark: mean difference under half a between-patient SD, SDs within a factor of 1.5,
    and the correlation that both readings' own errors leave, less two of its standard errors.
    """
    plan = SimulationPlan(5, 30, "seed-optimistic", "phase2", 500)
    columns = cohort_features(plan.seed, draw_cohort(plan).state, plan.cells)
    landmark = rows[rows["sample_id"].str.endswith("B") & rows["n_cells"].notna()]
    patient = landmark["sample_id"].str[3:8].astype(int).to_numpy() - 1
    names = (name, f"{name}_se")
    counted = landmark[list(names)].astype(float).reset_index(drop=True)
    drawn = pd.DataFrame({column: columns[column][patient, 1] for column in names})
    both = counted[name].notna() & drawn[name].notna()
    counted, drawn = counted[both], drawn[both]
    assert len(counted) >= 20
    spread = counted[name].std()
    assert abs((counted[name] - drawn[name]).mean()) < 0.5 * spread
    assert 1 / 1.5 < drawn[name].std() / spread < 1.5
    expected = expected_correlation(
        counted[name], drawn[name], counted[f"{name}_se"], drawn[f"{name}_se"]
    )
    r = np.corrcoef(counted[name], drawn[name])[0, 1]
    assert np.arctanh(r) > np.arctanh(expected) - 2 / np.sqrt(len(counted) - 3)  # Fisher's z


def test_good_samples_carry_no_warning_that_is_not_due(rows: pd.DataFrame) -> None:
    """No check of fit, of sex, CD34 or progenitors complains; blasts only where they are drawn."""
    state = draw_cohort(SimulationPlan(5, 30, "seed-optimistic", "phase2", 500)).state
    blasts = state.composition[..., simulated_genome().types.index("blast_like_t")]
    good = rows[rows["n_cells"].notna()]
    due = {"s100_nonmyeloid_wide", "s100_standardised_wide", "cd7_unresolved", "cd7_nk_standard"}
    for sample, warnings in zip(good["sample_id"], good["warnings"].fillna(""), strict=True):
        share = blasts[int(sample[3:8]) - 1, OCCASIONS.index(sample[-1])]
        others = {code for code in warnings.split(";") if code and code not in due}
        assert all("blast" in code for code in others), warnings
        assert not others or share > 0, warnings
        assert share < 0.02 or {"blasts", "blasts_among_t"} <= others, warnings


def test_cells_and_both_sheets_agree_on_the_sex(rows: pd.DataFrame, cohort: Path) -> None:
    """The sample sheet states the outcome sheet's sex, both sexes occur and no cell contradicts."""
    outcomes = pd.read_csv(cohort / "outcomes.csv").set_index("patient_id")["sex"]
    sheet = pd.read_csv(cohort / "samples.csv")
    assert (sheet["patient_sex"] == sheet["patient_id"].map(outcomes)).all()
    assert set(outcomes) == {"female", "male"}
    assert not rows["warnings"].fillna("").str.contains("sex_contradicts").any()


def test_truth_is_constant_under_null(tmp_path: Path) -> None:
    """Without effects everyone has the base rate, given the state or given the features."""
    simulate_cohort(tmp_path / "null", "null", n=20, features_only=True)
    truth = pd.read_csv(tmp_path / "null/truth.csv")
    spread = truth.groupby(["endpoint", "transplant", "horizon"])[["latent_risk", "oracle_risk"]]
    assert (spread.std() == 0).all().all()
    primary = truth[(truth["transplant"] == "ignored") & (truth["horizon"] == 180)]
    means = primary.groupby("endpoint")["oracle_risk"].mean()
    assert means["relapse"] == pytest.approx(0.356, abs=0.005)
    assert means["fatal_infection"] == pytest.approx(0.0875, abs=0.005)


def test_a_patients_course_does_not_depend_on_the_cohort(tmp_path: Path) -> None:
    """The first patients of a larger cohort are the smaller cohort's."""
    for n in (6, 9):
        simulate_cohort(tmp_path / str(n), "weak", n=n, seed=4, features_only=True)
    small, large = (
        (tmp_path / name / "outcomes.csv").read_text().splitlines() for name in ("6", "9")
    )
    assert large[:7] == small


def test_progress_is_reported_for_every_file(tmp_path: Path) -> None:
    """The report counts up to the number of samples."""
    reports: list[tuple[str, int, int]] = []
    simulate_cohort(
        tmp_path / "c",
        "weak",
        n=2,
        cells=20,
        processes=1,
        progress=lambda *step: reports.append(step),
    )
    assert reports == [("count files", i, 4) for i in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"preset": "strong"}, "A preset is one of null, weak, seed-optimistic; got 'strong'"),
        ({"profile": "phase3"}, "A profile is one of phase2, phase1; got 'phase3'"),
        ({"n": 0}, "n must lie between 1 and"),
        ({"cells": 1}, "cells must lie between 10 and"),
        ({"seed": -1}, "seed must lie between 0 and"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    change: dict[str, object], match: str, tmp_path: Path
) -> None:
    """The rule and the value; no folder is left behind."""
    arguments = {"preset": "weak", "n": 2, "features_only": True, **change}
    with pytest.raises(InputError, match=match):
        simulate_cohort(tmp_path / "c", **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """Only a new folder or an earlier simulation is written to; the latter is replaced."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files; name another"):
        simulate_cohort(tmp_path, "weak", n=2, features_only=True)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    for seed in (1, 2):
        simulate_cohort(tmp_path / "c", "weak", n=2, seed=seed, features_only=True)
    assert len(list(tmp_path.iterdir())) == 2
