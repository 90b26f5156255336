"""Expected expression of the kinds of cell, changed by a patient's state."""

import numpy as np
import pytest

from features.genes.panels import ACTIVATION, S100
from features.sheet_measures.chimerism import XIST, Y_GENES
from training.simulation.blood.latent_state import PANELS
from training.simulation.cells.expression_profiles import (
    MOVING_GENES,
    ambient_profile,
    kind_shares,
    kinds,
    moving_rates,
    of_sex,
    profiles,
    relative_depth,
)
from training.simulation.cells.reference_genes import T_TYPES, simulated_genome

GENOME = simulated_genome()
UNCHANGED = {name: np.ones(()) for name in PANELS}


def test_profiles_add_up_and_move_only_their_panel() -> None:
    """Twice the activation doubles its genes in CD7-negative T cells, relative to the others."""
    base = profiles(GENOME, UNCHANGED)
    shifted = profiles(GENOME, {**UNCHANGED, "cd7neg_t_activation": np.array(2.0)})
    np.testing.assert_allclose(shifted.sum(axis=1), 1.0)
    ratio = shifted / np.where(base > 0, base, 1)
    columns = GENOME.columns(ACTIVATION)
    for i, (_, negative) in enumerate(kinds(GENOME)):
        expected = 2.0 if negative else 1.0
        np.testing.assert_allclose(ratio[i, columns], expected, rtol=0.01)
    assert ratio[0, GENOME.columns(S100)[0]] == 1.0


def test_both_ways_to_simulate_share_the_rates() -> None:
    """The few moving genes of many samples equal the full profile of each."""
    factors = {name: np.exp(0.3 * np.arange(3.0)) for name in PANELS}
    shifted, total = moving_rates(GENOME, factors)
    one = profiles(GENOME, {name: factor[2] for name, factor in factors.items()})
    np.testing.assert_allclose(
        shifted[2] / total[2][:, None], one[:, GENOME.columns(MOVING_GENES)], rtol=1e-12
    )


def test_cd7_negative_cells_lack_cd7() -> None:
    """CD7 falls about tenfold in the T types' CD7-negative form and nowhere else."""
    cd7 = profiles(GENOME, UNCHANGED)[:, GENOME.columns(("CD7",))[0]]
    level = dict(zip(kinds(GENOME), cd7, strict=True))
    for name in T_TYPES:
        assert level[name, True] < 0.15 * level[name, False]


def test_cells_show_the_genes_of_one_sex() -> None:
    """A female patient's profiles lack Y, a male one's XIST; the other genes keep their ratios."""
    base = profiles(GENOME, UNCHANGED)
    xist, y_genes = GENOME.columns((XIST,)), GENOME.columns(Y_GENES)
    female, male = (of_sex(base, GENOME, female=is_female) for is_female in (True, False))
    assert (female[:, y_genes] == 0).all()
    assert (male[:, xist] == 0).all()
    assert (female[:, xist] > 0).all()
    assert (male[:, y_genes] > 0).all()
    np.testing.assert_allclose(female.sum(axis=1), 1.0)
    s100, cd7 = GENOME.columns(("S100A8", "CD7"))
    np.testing.assert_allclose(female[:, s100] / female[:, cd7], base[:, s100] / base[:, cd7])


def test_kind_shares_split_the_t_cells() -> None:
    """Shares keep their sum, and the negative part of each T type is the given share."""
    composition = np.full((2, 15), 1 / 15)
    shares = kind_shares(GENOME, composition, np.array([0.1, 0.9]))
    np.testing.assert_allclose(shares.sum(axis=-1), 1.0)
    np.testing.assert_allclose(shares[1, 15:], 0.9 / 15)


def test_ambient_rna_is_the_mixture_of_the_cells() -> None:
    """A sample of one kind has that kind's profile as its ambient RNA."""
    profile = profiles(GENOME, UNCHANGED)
    only = np.eye(len(profile))[3]
    ambient = ambient_profile(profile, only, relative_depth(GENOME))
    assert ambient == pytest.approx(profile[3])
