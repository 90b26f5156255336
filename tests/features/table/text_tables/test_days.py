"""Days since infusion as people write them."""

import pytest

from features.table.text_tables.days import FIRST_DAY, LAST_DAY, parse_day

FORMS = ("{}", "{}.0", "{},0", "D{}", "d{}", "Day {}", "day_{}", "DAY{}", " {} ", "{} d", "{} days",
         "Day {} post infusion")  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("day", [0, 7, 28, 365, -5])
def test_usual_forms_give_the_number(form: str, day: int) -> None:
    """Every form of every day, before and after the infusion."""
    assert parse_day(form.format(day)) == day


@pytest.mark.parametrize("form", ["+{}", "D+{}", "Day +{}", "d +{}", "+{}.0"])
def test_a_plus_sign_changes_nothing(form: str) -> None:
    """Transplant wards write day +28."""
    assert parse_day(form.format(28)) == 28


@pytest.mark.parametrize("minus", ["\u2212", "\u2013", "\u2010", "\uff0d"])
def test_a_minus_sign_of_typography_is_a_minus(minus: str) -> None:
    """Word and Excel replace the hyphen; full width comes from Chinese input."""
    assert parse_day(f"{minus}5") == parse_day(f"D{minus}5") == parse_day(f"D {minus}5") == -5


@pytest.mark.parametrize(
    "text",
    ["", "NA", "baseline", "screening", "28.5", "28,5", "2024-01-31", "31.01.2024", "1/2/2024",
     "45322", "20240131", "M3", "3 months", "week 4", "D28b", "1e1", "28-30", "1,000", "1_0",
     "inf", "nan", str(FIRST_DAY - 1), str(LAST_DAY + 1)],
)  # fmt: skip
def test_anything_else_is_no_day(text: str) -> None:
    """A date, a month, a serial number of Excel, words and ranges are no day."""
    assert parse_day(text) is None
