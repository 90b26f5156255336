"""Clinical scores at every boundary."""

import numpy as np
import pytest

from models.comparators import (
    car_hematotox,
    easix,
    m_easix,
)

GOOD = {"plt": 200.0, "anc": 3.0, "hb": 12.0, "crp": 0.5, "ferritin": 100.0}

# Input, value, points: from the published table of CAR-HEMATOTOX (Blood 2021;138:2499).
BOUNDARIES = [
    ("plt", 175.1, 0), ("plt", 175.0, 1), ("plt", 75.0, 1), ("plt", 74.9, 2), ("plt", 0.0, 2),
    ("anc", 1.2, 0), ("anc", 1.19, 1), ("anc", 0.0, 1),
    ("hb", 9.0, 0), ("hb", 8.9, 1),
    ("crp", 2.9, 0), ("crp", 3.0, 1),
    ("ferritin", 649.9, 0), ("ferritin", 650.0, 1), ("ferritin", 2000.0, 1),
    ("ferritin", 2000.1, 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "points"), BOUNDARIES)
def test_car_hematotox_boundaries(name: str, value: float, points: int) -> None:
    """One input at a boundary, all others good, gives that input's points."""
    assert car_hematotox(**{**GOOD, name: value}).item() == points


# Platelets, neutrophils, haemoglobin, CRP, ferritin, points: added up by hand.
WORKED = [
    (200.0, 3.0, 12.0, 0.5, 100.0, 0),
    (150.0, 1.0, 10.0, 1.0, 500.0, 2),
    (150.0, 1.5, 10.0, 1.0, 800.0, 2),
    (60.0, 0.4, 8.0, 6.0, 2500.0, 7),
    (60.0, 2.0, 9.5, 2.0, 2500.0, 4),
    (180.0, 1.1, 8.5, 3.0, 649.0, 3),
]


@pytest.mark.parametrize(("plt", "anc", "hb", "crp", "ferritin", "points"), WORKED)
def test_car_hematotox_worked_cases(
    plt: float, anc: float, hb: float, crp: float, ferritin: float, points: int
) -> None:
    """Several inputs together add up."""
    assert car_hematotox(plt, anc, hb, crp, ferritin).item() == points


@pytest.mark.parametrize("name", list(GOOD))
def test_car_hematotox_needs_all_inputs(name: str) -> None:
    """A score without one of its inputs is missing, not lower."""
    assert np.isnan(car_hematotox(**{**GOOD, name: np.nan}))


# LDH (U/L), creatinine or CRP (mg/dL), platelets (10^9/L), index.
INDEX = [(250.0, 1.0, 250.0, 1.0), (400.0, 0.8, 20.0, 16.0), (180.0, 0.0, 90.0, 0.0)]


@pytest.mark.parametrize(("ldh", "second", "plt", "index"), INDEX)
def test_easix_and_m_easix(ldh: float, second: float, plt: float, index: float) -> None:
    """EASIX with creatinine and m-EASIX with CRP are LDH x that / platelets."""
    assert easix(ldh, second, plt).item() == pytest.approx(index)
    assert m_easix(ldh, second, plt).item() == pytest.approx(index)


def test_easix_without_platelets_is_missing() -> None:
    """Zero or missing platelets leave the index undefined; other patients keep theirs."""
    values = easix([200.0, 200.0, 200.0], [1.0, 1.0, 1.0], [0.0, np.nan, 100.0])
    np.testing.assert_array_equal(values, [np.nan, np.nan, 2.0])
