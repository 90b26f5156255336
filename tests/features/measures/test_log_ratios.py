"""Centred log-ratios against draws of a multinomial, and where they are missing."""

import math

import numpy as np
import pytest

from features.celltypes.cell_types import NAMES, Typing
from features.further_columns import CLR_PARTS
from features.measures.log_ratios import PART_TYPES, centred_log_ratios, log_ratio_features

CELLS_BY_TYPE = {"cd14_monocyte": 200, "cd4_t": 500, "nk": 100, "b": 40, "hspc": 3}


def typing_of(cells_by_type: dict[str, int]) -> Typing:
    """Calls with so many cells of each type."""
    call = np.repeat([NAMES.index(name) for name in cells_by_type], list(cells_by_type.values()))
    return Typing(call.astype(np.int8), np.ones(call.size, np.float32))


def test_errors_are_those_of_multinomial_draws() -> None:
    """4,000 draws of 1,000 cells of six types spread as the formula says, the rarest at 3 %."""
    rng, shares = np.random.default_rng(1), np.array([0.4, 0.25, 0.2, 0.08, 0.04, 0.03])
    values = np.array([centred_log_ratios(n)[0] for n in rng.multinomial(1000, shares, 4000)])
    errors = centred_log_ratios(np.round(1000 * shares).astype(np.int64))[1]
    assert errors == pytest.approx(values.std(axis=0), rel=0.06)


def test_values_sum_to_nothing_and_differ_by_log_ratios() -> None:
    """The definition: differences of two parts are ln of their ratio, the mean is zero."""
    columns = log_ratio_features(typing_of(CELLS_BY_TYPE), "none")
    values = {name: columns[f"clr_{name}"] for name, _ in CLR_PARTS}
    assert sum(values.values()) == pytest.approx(0)
    assert values["cd4_t"] - values["nk"] == pytest.approx(math.log(500.5 / 100.5))
    assert values["cd4_t"] - values["pdc"] == pytest.approx(math.log(500.5 / 0.5))


def test_loss_of_one_type_leaves_the_ratios_of_the_others() -> None:
    """Without monocytes all fractions rise; the differences of the other parts stay."""
    before, after = (
        log_ratio_features(typing_of(cells), "none")
        for cells in (CELLS_BY_TYPE, {**CELLS_BY_TYPE, "cd14_monocyte": 0})
    )
    for name in ("nk", "b"):
        difference = [row["clr_cd4_t"] - row[f"clr_{name}"] for row in (before, after)]
        assert difference[0] == pytest.approx(difference[1])
    assert after["clr_cd14_monocyte"] < before["clr_cd14_monocyte"] - 4


def test_every_blast_is_one_part() -> None:
    """Blasts of all lineages that can be called count together; every other part is a type."""
    blasts = [name for name in PART_TYPES["blast"] if name in NAMES]
    assert "blast_like_t" in blasts
    cells = {"cd4_t": 100, **dict.fromkeys(blasts, 10)}
    columns = log_ratio_features(typing_of(cells), "none")
    ratio = math.log((10 * len(blasts) + 0.5) / 100.5)
    assert columns["clr_blast"] - columns["clr_cd4_t"] == pytest.approx(ratio)
    assert {name for name, _ in CLR_PARTS} - set(PART_TYPES) <= set(NAMES)


@pytest.mark.parametrize("enrichment", ["sorted", "product", None])
def test_missing_where_composition_means_nothing(enrichment: str | None) -> None:
    """Missing unless nothing was enriched, without cells, and where labels split no monocytes."""
    assert _all_missing(log_ratio_features(typing_of(CELLS_BY_TYPE), enrichment))
    assert _all_missing(log_ratio_features(typing_of({"platelet": 9}), "none"))
    whole = typing_of(CELLS_BY_TYPE)
    unsplit = Typing(whole.call, whole.confidence, "labels", has_split_monocytes=False)
    assert _all_missing(log_ratio_features(unsplit, "none"))


def _all_missing(columns: dict[str, float]) -> bool:
    return all(math.isnan(value) for value in columns.values())
