"""The feature table drawn without counts is a feature table like any other."""

from pathlib import Path

import numpy as np
import pytest

from features.measures.history import add_history
from features.table.feature_table import read_table
from training.simulation.measurement.feature_rows import cohort_features, write_features
from training.simulation.patients import SimulationPlan, context_lines, draw_cohort

PLAN = SimulationPlan(3, 300, "weak", "phase2", 500)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 300 simulated patients."""
    path = tmp_path_factory.mktemp("table") / "features.parquet"
    cohort = draw_cohort(PLAN)
    columns = cohort_features(PLAN.seed, cohort.state, PLAN.cells)
    write_features(path, context_lines(cohort), columns, cohort)
    return path


def test_it_reads_back_as_synthetic_with_spoilt_samples_refused(table: Path) -> None:
    """The reader accepts it; every sample is a row or a named refusal."""
    features_table = read_table(table)
    cohort = draw_cohort(PLAN)
    assert features_table.provenance == "synthetic"
    assert features_table.columns.num_rows == cohort.usable.sum()
    assert len(features_table.refused_samples) == (cohort.sampled & ~cohort.usable).sum() > 0


def test_history_is_the_features_own(table: Path) -> None:
    """Changes and slopes are those of `features.measures.history` on the rows without them."""
    rows = [row for row in read_table(table).to_rows() if row["patient_id"] == "SIM00001"]
    again = add_history(rows)
    assert [repr(row) for row in rows] == [repr(row) for row in again]


def test_fractions_carry_binomial_errors(table: Path) -> None:
    """The spread of monocyte shares around the truth is their standard error."""
    cohort = draw_cohort(PLAN)
    columns = cohort_features(PLAN.seed, cohort.state, PLAN.cells)
    from training.simulation.cells.reference_genes import simulated_genome

    types = simulated_genome().types
    of = {name: cohort.state.composition[..., types.index(name)] for name in types}
    true = (of["cd14_monocyte"] + of["cd16_monocyte"]) / (1 - of["platelet"] - of["erythroid"])
    z = (columns["monocyte_fraction"] - true) / columns["monocyte_fraction_se"]
    assert z.std() == pytest.approx(1.0, abs=0.12)
    assert np.abs(z.mean()) < 0.2
