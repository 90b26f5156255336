"""Section 4: both quantities, at the landmark (its tests: `test_divergence`) and over time."""

from training.study.biomarkers.monocytes import monocyte_section


def test_both_quantities_over_time(seeded) -> None:
    """Both quantities are followed over windows, each with its table and its sentence."""
    section = monocyte_section(seeded)
    assert [t.name for t in section.tables] == ["monocyte_fraction_over_time", "amc_over_time"]
    assert len(section.notes) == 2 and len(section.pictures) == 4
