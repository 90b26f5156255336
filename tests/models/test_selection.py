"""The paired one-standard-error rule."""

import numpy as np
import pytest

from models.selection import paired_difference, simplest_within_one_error


def test_error_is_that_of_the_paired_t_test() -> None:
    """Mean and standard error are those of the textbook's paired comparison."""
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=30), rng.normal(size=30)
    mean, error = paired_difference(one, two, np.ones(30))
    assert mean == pytest.approx(np.mean(one - two))
    assert error == pytest.approx(np.std(one - two, ddof=1) / np.sqrt(30))


def test_weight_equals_repetition() -> None:
    """A patient of weight 3 counts like three of weight 1."""
    rng = np.random.default_rng(1)
    one, two, times = rng.normal(size=12), rng.normal(size=12), rng.integers(1, 4, 12)
    weighted = paired_difference(one, two, times.astype(float))
    repeated = paired_difference(np.repeat(one, times), np.repeat(two, times), np.ones(times.sum()))
    assert weighted == pytest.approx(repeated)


def test_rows_of_a_patient_are_one_observation() -> None:
    """Copying every patient's row does not shrink the error when the patients are given."""
    rng = np.random.default_rng(2)
    one, two = rng.normal(size=10), rng.normal(size=10)
    plain = paired_difference(one, two, np.ones(10))
    copied = paired_difference(
        np.tile(one, 3), np.tile(two, 3), np.ones(30), np.tile(np.arange(10), 3)
    )
    assert copied == pytest.approx(plain)


def test_simplest_of_equals_wins() -> None:
    """A richer candidate that is better by less than one error loses."""
    rng = np.random.default_rng(3)
    rich = rng.uniform(0.4, 0.8, 50)
    simple = rich + rng.normal(0.01, 0.2, 50)
    chosen, table = simplest_within_one_error(
        {"simple": simple, "rich": rich}, ["simple", "rich"], np.ones(50)
    )
    assert table["simple"]["difference"] <= table["simple"]["standard_error"]
    assert chosen == "simple"


def test_clearly_better_wins() -> None:
    """A richer candidate that is better for nearly everyone is chosen."""
    rng = np.random.default_rng(4)
    rich = rng.uniform(0.4, 0.8, 50)
    simple = rich + rng.normal(0.2, 0.2, 50)
    losses = {"simple": simple, "rich": rich}
    assert simplest_within_one_error(losses, ["simple", "rich"], np.ones(50))[0] == "rich"


def test_pairing_matters() -> None:
    """Losses that vary widely between patients still tell candidates apart, patient by patient."""
    rng = np.random.default_rng(5)
    rich = rng.uniform(0, 5, 60)
    simple = rich + 0.1 + rng.normal(0, 0.05, 60)
    assert simple.mean() - rich.mean() < np.std(rich, ddof=1) / np.sqrt(60)
    losses = {"simple": simple, "rich": rich}
    assert simplest_within_one_error(losses, ["simple", "rich"], np.ones(60))[0] == "rich"


def test_the_reference_is_reported_and_not_selected() -> None:
    """Prevalence stays in the table when it may not be selected, even as the best."""
    losses = {"prevalence": np.full(20, 0.5), "core_panel": np.full(20, 0.6)}
    chosen, table = simplest_within_one_error(losses, ["core_panel"], np.ones(20))
    assert chosen == "core_panel"
    assert table["prevalence"]["difference"] == pytest.approx(-0.1)
