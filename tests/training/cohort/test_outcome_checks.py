"""Days of an outcome table that contradict each other or mean something else."""

import pandas as pd
import pytest

from features.errors import InputError
from training.cohort.outcomes import check_outcomes

GOOD = {
    "followup_day": "400", "relapse_day": "", "death_day": "", "death_cause": "",
    "transplant_day": "", "response_day28": "CR",
}  # fmt: skip


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Patients who differ from one followed for 400 days without an event."""
    return pd.DataFrame([{"patient_id": f"P{i}"} | GOOD | row for i, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"relapse_day": "0"}, "line 2: relapse_day 0 is the day of the infusion; leave it empty"),
        ({"transplant_day": "0"}, "line 2: transplant_day 0 is the day of the infusion"),
        ({"relapse_day": "20"}, "line 2: relapse_day is before day 28, on which response_day28"),
        ({"relapse_day": "yes"}, "line 2: relapse_day must be a number of days since infusion"),
        ({"relapse_day": "6 months"}, "line 2: relapse_day is in months; count days"),
        ({"followup_day": "45322"}, "line 2: followup_day looks like a date as Excel stores it"),
        ({"age": "430"}, "line 2: age must be a number between 0 and 120"),
    ],
)
def test_a_day_that_cannot_be_one_is_refused(row: dict[str, str], sentence: str) -> None:
    """The line, the rule and the way out; the relapse on day 28 itself is possible."""
    with pytest.raises(InputError, match=sentence):
        check_outcomes(table(row))
    check_outcomes(table({"relapse_day": "28"}, {"relapse_day": "20", "response_day28": "PR"}))


def test_a_column_of_flags_is_no_column_of_days() -> None:
    """0 and 1 throughout are no and yes; one fault for the column, not one for each line."""
    rows = table({"relapse_day": "0"}, {"relapse_day": "1"}, {"relapse_day": "0"})
    with pytest.raises(
        InputError, match="relapse_day holds only 0 and 1, which look like no and"
    ) as e:
        check_outcomes(rows)
    assert "\n" not in str(e.value)


def test_months_are_no_days() -> None:
    """Half of a cohort under 28 days and nobody beyond 118 is months, unless it says days."""
    months = ["3", "6.5", "12", "24", "9", "36"]
    with pytest.raises(InputError, match="followup_day looks like months"):
        check_outcomes(table(*({"followup_day": month} for month in months)))
    as_days = table(*({"followup_day": f"D{round(float(month))}"} for month in months))
    assert check_outcomes(as_days).frame["followup_day"].max() == 36
    check_outcomes(table(*({"followup_day": str(10 * float(month))} for month in months)))
