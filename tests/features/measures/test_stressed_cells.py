"""Features withheld without mitochondrial genes."""

import math

from features import schema
from features.measures.stressed_cells import CD7_WITHOUT_MITO, WITHOUT_MITO, withhold_without_mito

VALUES = dict.fromkeys(schema.SAMPLE_NUMBERS, 0.5)


def missing(source: str) -> set[str]:
    """Columns that are missing afterwards."""
    after = withhold_without_mito(VALUES, source)  # type: ignore[arg-type]  # a literal
    assert list(after) == list(VALUES)
    return {name for name, value in after.items() if math.isnan(value)}


def test_what_moves_is_withheld_with_its_error() -> None:
    """Named features, their errors and the interval; the rest stays."""
    names = {*WITHOUT_MITO, *CD7_WITHOUT_MITO}
    errors = {f"{name}_se" for name in names} & set(VALUES)
    ends = {f"{name}_{end}" for name in ("cd7neg_t_fraction", "s100a8a9_nonmyeloid")
            for end in ("low", "high")}  # fmt: skip
    assert missing("rna") == names | errors | ends
    assert withhold_without_mito(VALUES, "rna")["cd7neg_unresolved"] == 1.0


def test_cd7_by_protein_stays() -> None:
    """The antibody sees stressed cells too; only what rests on CD7 RNA is withheld."""
    assert {"cd7neg_t_fraction", "cd7neg_t_activation", "cd7neg_t_fraction_low"}.isdisjoint(
        missing("protein")
    )
    assert {"cd7neg_t_fraction_rna", "cd7_t_rate", "dc_fraction"} <= missing("protein")


def test_ends_follow_their_value() -> None:
    """S100A8/A9 outside myeloid cells goes with its ends; the standardised level stays."""
    for source in ("rna", "protein"):
        columns = missing(source)
        assert {"s100a8a9_nonmyeloid_low", "s100a8a9_nonmyeloid_high"} <= columns
        assert not any(name.startswith("s100a8a9_standardised") for name in columns)
