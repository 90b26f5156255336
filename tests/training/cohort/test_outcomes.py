"""OUTCOMES.csv: every rule has its sentence, and first events follow the definitions."""

from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError
from training.cohort.outcomes import (
    check_outcomes,
    first_event,
    read_outcomes,
    standard_endpoint,
)

GOOD = {
    "patient_id": "a", "followup_day": "400", "relapse_day": "", "death_day": "",
    "death_cause": "", "transplant_day": "", "response_day28": "CR",
}  # fmt: skip


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Rows that differ from a patient followed for 400 days without event."""
    return pd.DataFrame([GOOD | {"patient_id": f"p{i}"} | row for i, row in enumerate(rows)])


def test_first_event_follows_the_definitions() -> None:
    """Relapse death without a relapse day, infection after relapse, infection, other, censored."""
    outcomes = check_outcomes(
        table(
            {"death_day": "90", "death_cause": "relapse"},
            {"relapse_day": "50", "death_day": "80", "death_cause": "infection"},
            {"death_day": "70", "death_cause": "infection"},
            {"death_day": "60", "death_cause": "other"},
            {},
            {"relapse_day": "60", "death_day": "60", "death_cause": "infection"},
        )
    )
    day, code = first_event(outcomes)
    assert day.tolist() == [90, 50, 70, 60, 400, 60]
    assert code.tolist() == [1, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"followup_day": ""}, "line 2: followup_day is missing"),
        ({"followup_day": "soon"}, "followup_day must be a number of days since infusion"),
        ({"followup_day": "nan"}, "followup_day is missing"),
        ({"followup_day": "inf"}, "followup_day must be a number of days"),
        ({"relapse_day": "501"}, "relapse_day is after followup_day"),
        ({"transplant_day": "501"}, "transplant_day is after followup_day"),
        ({"death_day": "-3", "death_cause": "other"}, "death_day is before the infusion"),
        ({"death_day": "60"}, "death_day and death_cause go together"),
        ({"death_cause": "other"}, "death_day and death_cause go together"),
        ({"death_day": "60", "death_cause": "fungus"}, "death_cause must be one of relapse,"),
        ({"response_day28": "yes"}, "response_day28 must be one of CR"),
        ({"relapse_day": "90", "death_day": "60", "death_cause": "other"}, "after death_day"),
        ({"patient_id": " "}, "patient_id must be given, but it is empty"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(row: dict[str, str], sentence: str) -> None:
    """The sentence names the line and the rule, and none of the row's own values."""
    with pytest.raises(InputError, match=sentence) as refusal:
        check_outcomes(table(row))
    assert "\n" not in str(refusal.value)
    for value in ("soon", "501", "fungus"):
        assert value not in str(refusal.value)


def test_columns_and_patients_are_checked(tmp_path: Path) -> None:
    """Missing and doubled columns, doubled patients, no rows, no file, no table."""
    with pytest.raises(InputError, match="transplant_day is missing; add it"):
        check_outcomes(table({}).drop(columns="transplant_day"))
    with pytest.raises(InputError, match=r"transplant_day is missing: rename .*'transplnt_day'"):
        check_outcomes(table({}).rename(columns={"transplant_day": "transplnt_day"}))
    with pytest.raises(InputError, match="age is there twice"):
        check_outcomes(table({}).assign(age="1", **{" age": "2"}))
    with pytest.raises(InputError, match="line 3: this patient was given before"):
        check_outcomes(table({"patient_id": "a"}, {"patient_id": "a"}))
    with pytest.raises(InputError, match="at least one patient"):
        check_outcomes(table({}).iloc[:0])
    with pytest.raises(InputError, match="does not exist"):
        read_outcomes(tmp_path / "absent.csv")
    (tmp_path / "odd.csv").write_text('a,b\n"1,2\n3,4,5\n')
    with pytest.raises(InputError, match="a cell in quotes must end with a quote"):
        read_outcomes(tmp_path / "odd.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match="the table needs a header with the columns patient_id"):
        read_outcomes(tmp_path / "empty.csv")


def test_an_unknown_column_is_named_and_ignored() -> None:
    """A note names it and what it may mean; the frame has no such column."""
    notes: list[str] = []
    outcomes = check_outcomes(table({}).assign(mood="good", agee="7"), tell=notes.append)
    assert notes == [
        "outcomes line 1: unknown column 'mood' is ignored.",
        "outcomes line 1: unknown column 'agee' is ignored; age may be meant.",
    ]
    assert not {"mood", "agee", "age"} & set(outcomes.frame.columns)


def test_all_faults_are_told_at_once() -> None:
    """One message with a line for each rule that is broken, and the lines that break it."""
    rows = (
        {"followup_day": "soon"},
        {"death_day": "60"},
        {"death_day": "61"},
        {"relapse_day": "-4"},
    )
    with pytest.raises(InputError) as refusal:
        check_outcomes(table(*rows))
    first, *lines = str(refusal.value).splitlines()
    assert first == "outcomes has 3 faults:"
    assert [line.split(":")[0].strip() for line in lines] == [
        "line 2", "line 3 and line 4", "line 5",
    ]  # fmt: skip


def test_dates_count_from_the_infusion() -> None:
    """Columns of dates, and dates in columns of days; the dates serve other tables."""
    dated = table({"relapse_day": "2024-03-01", "infusion_date": "2024-01-31"})
    dated = dated.rename(columns={"relapse_day": "Relapse date"})
    outcomes = check_outcomes(dated)
    assert outcomes.frame["relapse_day"].tolist() == [30.0]
    assert outcomes.infusion_dates == {"p0": "2024-01-31"}
    with pytest.raises(InputError, match="is a date, but infusion_date"):
        check_outcomes(dated.drop(columns="infusion_date"))


def test_words_are_read_as_meant() -> None:
    """Case, synonyms of sex, yes and no; "no" and "never" for an event that did not happen."""
    row = {
        "relapse_day": "no", "transplant_day": "never", "death_day": "D60",
        "death_cause": "Infection", "response_day28": "cr", "sex": "M", "site": "NA",
    }  # fmt: skip
    frame = check_outcomes(table(row)).frame
    assert frame[["relapse_day", "transplant_day"]].isna().all(axis=None)
    assert frame["death_day"].tolist() == [60.0]
    assert frame[["death_cause", "response_day28", "sex"]].iloc[0].tolist() == [
        "infection",
        "CR",
        "male",
    ]
    assert frame["site"].tolist() == [None]


def test_digest_is_of_the_content(tmp_path: Path) -> None:
    """Order of rows, spaces and 90 or 90.0 do not make other outcomes; another day does."""
    one = table({"relapse_day": "90"}, {})
    one.to_csv(tmp_path / "one.csv", index=False)
    other = one.iloc[::-1].assign(relapse_day=["", " 90.0"])
    other.to_csv(tmp_path / "other.csv", index=False)
    digest = read_outcomes(tmp_path / "one.csv").digest
    assert read_outcomes(tmp_path / "other.csv").digest == digest
    assert check_outcomes(table({"relapse_day": "91"}, {})).digest != digest


def test_endpoint_names() -> None:
    """The error of a wrong endpoint lists the endpoints."""
    assert standard_endpoint("relapse").event_codes == (1,)
    sentence = "one of relapse, fatal_infection, severe_infection; got 'death'"
    with pytest.raises(InputError, match=sentence):
        standard_endpoint("death")
