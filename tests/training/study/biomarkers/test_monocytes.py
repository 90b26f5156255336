"""Section 4: both quantities, at the landmark (its tests: `test_contrast`) and over time."""

from training.study.biomarkers.monocytes import monocytes


def test_monocytes_say_when_the_gap_opens(seeded) -> None:
    """Both quantities are followed over windows, each with its table and its sentence."""
    section = monocytes(seeded)
    assert [t.name for t in section.tables] == ["monocyte_fraction_over_time", "amc_over_time"]
    assert len(section.notes) == 2 and len(section.pictures) == 4
