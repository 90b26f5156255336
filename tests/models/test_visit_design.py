"""Design of visits: its columns and its sums against the matrix written out."""

import numpy as np
import pytest

from models.visit_design import MOST_TIMES, visit_design

TIMES = {
    "one": np.full(60, 0.5),
    "landmarks": np.repeat([0.0, 0.4, 1.7], 20)[np.random.default_rng(0).permutation(60)],
    "each its own": np.random.default_rng(1).uniform(0, 2, 60),
}


@pytest.mark.parametrize("time", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("powers", [(), (1,), (1, 2)])
def test_sums_are_those_of_the_columns(time: np.ndarray, powers: tuple[int, ...]) -> None:
    """z, t z, t, t^2 in this order; sums of mass x x' of any mass, also negative."""
    assert len(np.unique(TIMES["each its own"])) > MOST_TIMES
    rng = np.random.default_rng(2)
    z, masses = rng.normal(size=(60, 4)), rng.normal(size=(5, 60))
    t = time[:, None]
    columns = np.concatenate([z, *([t * z] if powers else []), *(t**r for r in powers)], axis=1)
    design = visit_design(z, time, powers)
    np.testing.assert_allclose(design.matrix, columns[design.visit], rtol=1e-14)
    expected = np.einsum("mn,ni,nj->mij", masses, columns, columns)
    np.testing.assert_allclose(design.sums(masses[:, design.visit]), expected, atol=1e-11)


def test_visits_keep_their_order_within_a_time() -> None:
    """So that a fit does not depend on how a sort breaks ties."""
    design = visit_design(np.zeros((5, 1)), np.array([1.0, 0.0, 1.0, 0.0, 1.0]), (1,))
    assert design.visit.tolist() == [1, 3, 0, 2, 4]
