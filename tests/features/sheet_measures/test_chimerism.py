"""Donor share by sex genes: cells of known sex, groups of known rates, and when it is missing."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.pipeline.sample import summarise
from features.sheet_measures.chimerism import (
    XIST,
    Y_GENES,
    chimerism_features,
    contradicts_sexes,
)
from features.table.row import warning_codes
from features.table.sample_sheet import sheet_row

DIFFERENT = {"patient_sex": "male", "donor_sex": "female", "enrichment": "none"}
GENES = (XIST, *Y_GENES)
RATES = {"cd4_t": 1.0, "nk": 0.8, "cd14_monocyte": 0.5}  # as a share of the T cells'


def blood(female_t: float, female_other: float, n: int = 1500) -> tuple[CellCounts, Typing]:
    """A third each of T, NK cells and monocytes with these shares of female cells."""
    rng = np.random.default_rng(8)
    types = np.array(list(RATES))[np.arange(n) % 3]
    share = np.where(types == "cd4_t", female_t, female_other)
    female = rng.random(n) < share
    depth = rng.lognormal(np.log(2000), 0.4, n).astype(np.int64)
    mean = depth / 1e4 * np.array([RATES[t] for t in types])
    panel = np.zeros((n, len(GENES)), np.int32)
    panel[:, 0] = np.where(female, rng.negative_binomial(1.5, 1.5 / (1.5 + 20 * mean)), 0)
    panel[:, 1] = np.where(female, 0, rng.negative_binomial(4, 4 / (4 + 17 * mean)))
    call = np.array([NAMES.index(t) for t in types], np.int8)
    counts = CellCounts(depth + 500, depth, depth * 0, panel, GENES, depth=depth)
    return counts, Typing(call, np.ones(n, np.float32))


@pytest.mark.parametrize(("in_t", "in_others"), [(0.9, 0.1), (0.05, 0.5), (0.5, 0.5)])
def test_t_cells_and_leukocytes_have_shares_of_their_own(in_t: float, in_others: float) -> None:
    """Donor T cells beside a patient's monocytes, as after CAR-T cells of a donor."""
    columns = chimerism_features(*blood(in_t, in_others), DIFFERENT)
    assert columns["donor_t_fraction"] == pytest.approx(in_t, abs=0.04)
    whole = (in_t + 2 * in_others) / 3
    assert columns["donor_cell_fraction"] == pytest.approx(whole, abs=0.04)
    assert 0.002 < columns["donor_cell_fraction_se"] < 0.04


def test_a_male_donor_has_the_rest() -> None:
    """Exchanging both sexes gives one less the share, with the same error."""
    sample = blood(0.3, 0.3)
    female = chimerism_features(*sample, DIFFERENT)
    male = chimerism_features(*sample, {**DIFFERENT, "patient_sex": "female", "donor_sex": "male"})
    for name in ("donor_cell_fraction", "donor_t_fraction"):
        assert male[name] == pytest.approx(1 - female[name])
        assert male[f"{name}_se"] == female[f"{name}_se"]


@pytest.mark.parametrize(
    "texts",
    [
        {"patient_sex": "male", "donor_sex": "male"},
        {"patient_sex": "male", "donor_sex": None},
        {"patient_sex": None, "donor_sex": "female"},
    ],
)
def test_it_is_missing_unless_the_sexes_differ(texts: dict[str, str | None]) -> None:
    """Equal sexes or one that is not stated: no share."""
    columns = chimerism_features(*blood(0.5, 0.5), {**DIFFERENT, **texts})
    assert all(math.isnan(value) for value in columns.values())


def test_it_is_missing_without_cells_or_genes() -> None:
    """Under 50 cells, without XIST, and with three of the Y genes; sorted cells have no total."""
    counts, typing = blood(0.5, 0.5)
    few = np.arange(counts.n_cells) < 120  # 40 T cells among 120 leukocytes
    columns = chimerism_features(counts.select(few), typing.select(few), DIFFERENT)
    assert math.isnan(columns["donor_t_fraction"])
    assert not math.isnan(columns["donor_cell_fraction"])
    for genes in (("MALAT1", *Y_GENES), (XIST, *Y_GENES[:3], "A", "B", "C")):
        columns = chimerism_features(replace(counts, genes=genes), typing, DIFFERENT)
        assert math.isnan(columns["donor_t_fraction"])
    columns = chimerism_features(counts, typing, {**DIFFERENT, "enrichment": "sorted"})
    assert math.isnan(columns["donor_cell_fraction"])
    assert not math.isnan(columns["donor_t_fraction"])


@pytest.mark.parametrize(
    ("patient", "donor", "female", "contradicts"),
    [
        ("male", "male", 0.9, True), ("male", None, 0.9, True), ("male", "male", 0.1, False),
        ("female", "female", 0.05, True), ("female", None, 0.95, False),
        ("male", "female", 0.9, False), (None, "male", 0.9, False), (None, None, 0.9, False),
    ],
)  # fmt: skip
def test_cells_of_a_sex_that_nobody_has_contradict_the_sheet(
    patient: str | None, donor: str | None, female: float, contradicts: bool
) -> None:
    """Over a fifth of them; never where the sexes differ or the patient's is not stated."""
    texts = {"patient_sex": patient, "donor_sex": donor}
    assert contradicts_sexes(*blood(female, female), texts) == contradicts


def test_a_count_file_gives_the_share(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """From the file's rows to the feature row, and a warning where the sheet says otherwise."""
    rng = np.random.default_rng(0)
    counts = blood.counts.tolil()
    female = np.arange(blood.counts.shape[0]) < 120
    for gene in (XIST, *Y_GENES):
        counts[:, blood.names.index(gene)] = 0
    for gene, cells in ((XIST, female), ("DDX3Y", ~female)):
        umis = np.where(cells, rng.poisson(4.0, female.size), 0)
        counts[:, blood.names.index(gene)] = umis[:, None]
    path = tenx_writer(tmp_path / "x.h5", replace(blood, counts=sparse.csr_matrix(counts)))
    row = summarise(sheet_row(path, enrichment="none", patient_sex="male", donor_sex="female"))
    assert row["donor_cell_fraction"] == pytest.approx(0.3, abs=0.02)
    assert "sex_contradicts" not in warning_codes(row)
    same = summarise(sheet_row(path, enrichment="none", patient_sex="female", donor_sex="female"))
    assert math.isnan(float(str(same["donor_cell_fraction"])))
    assert "sex_contradicts" in warning_codes(same)


def test_real_samples_are_of_the_sex_that_they_show(carpall: Path) -> None:
    """Blood of a boy: no cell of a female donor, and no contradiction where the sheet says male."""
    path = carpall / "CAR-T10310325.h5"
    row = summarise(sheet_row(path, enrichment="none", patient_sex="male", donor_sex="female"))
    assert float(str(row["donor_cell_fraction"])) < 0.02
    right = summarise(sheet_row(path, enrichment="none", patient_sex="male"))
    wrong = summarise(sheet_row(path, enrichment="none", patient_sex="female"))
    assert "sex_contradicts" not in warning_codes(right)
    assert "sex_contradicts" in warning_codes(wrong)
