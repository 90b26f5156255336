"""INFECTIONS.csv: every rule has its sentence; rates agree with days counted one by one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from features.errors import InputError
from training.cohort.infections import (
    REQUIRED,
    check_infection_outcomes,
    check_infections,
    infection_rates,
    infections_by_patient,
    infections_digest,
    is_of_group,
    organism_group,
    poisson_interval,
    read_infections,
)
from training.cohort.outcomes import Outcomes, check_outcomes

GOOD = {"patient_id": "a", "day": "12", "grade": "3", "organism": "CMV"}


def infections(*rows: dict[str, str]) -> pd.DataFrame:
    """Infections that differ from a severe one with cytomegalovirus on day 12."""
    return check_infections(pd.DataFrame([GOOD | row for row in rows], columns=list(REQUIRED)))


def followed(**end: str) -> Outcomes:
    """Patients followed to a day; `60d` died on day 60 of infection, `60r` of relapse."""
    rows = []
    for patient, day in end.items():
        dead, day = day[-1] in "dr", day.rstrip("dr")
        cause = {"d": "infection", "r": "relapse"}.get(end[patient][-1], "")
        rows.append(
            {"patient_id": patient, "followup_day": "400" if dead else f"D{day}", "relapse_day": "",
             "death_day": day if dead else "", "death_cause": cause, "transplant_day": "",
             "response_day28": "CR"}
        )  # fmt: skip
    return check_outcomes(pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"patient_id": " "}, "line 2: patient_id must be given"),
        ({"day": ""}, "line 2: day is missing"),
        ({"day": "soon"}, "day must be a number of days since infusion"),
        ({"grade": ""}, "grade must be a whole number from 1 to 5"),
        ({"grade": "0"}, "grade must be a whole number from 1 to 5"),
        ({"grade": "6"}, "grade must be a whole number from 1 to 5"),
        ({"grade": "2.5"}, "grade must be a whole number from 1 to 5"),
        ({"grade": "severe"}, "grade must be a whole number from 1 to 5"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(row: dict[str, str], sentence: str) -> None:
    """The sentence names the line and the rule, and none of the row's own values."""
    with pytest.raises(InputError, match=sentence) as refusal:
        infections(row)
    assert not {v for v in row.values() if v.strip()} & set(str(refusal.value).split())


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (("patient_id", "day", "grade"), "organism is missing"),
        ((*REQUIRED, "day"), "day is there twice"),
    ],
)
def test_wrong_columns_are_refused(columns: tuple[str, ...], sentence: str) -> None:
    """A column too few, twice or unknown is named."""
    with pytest.raises(InputError, match=sentence):
        check_infections(pd.DataFrame([["1"] * len(columns)], columns=list(columns)))


def test_the_same_infection_twice_is_refused_but_two_organisms_are_two() -> None:
    """Patient, day and organism make an infection; an organism not found counts as one too."""
    assert len(infections({}, {"organism": "Aspergillus"}, {"organism": ""})) == 3
    with pytest.raises(InputError, match="line 3: this infection was given before"):
        infections({}, {})
    with pytest.raises(InputError, match="line 4: this infection was given before"):
        infections({}, {"organism": ""}, {"organism": "NA"})


def test_a_file_is_read_as_typed(tmp_path: Path) -> None:
    """Blanks after commas, an unknown organism and a day before infusion are fine."""
    path = tmp_path / "INFECTIONS.csv"
    path.write_text("patient_id, day, grade, organism\n007, -3, 2,\n007, 40.5, 5, E. coli\n")
    found = read_infections(path)
    assert found["patient_id"].tolist() == ["007", "007"]
    assert found["day"].tolist() == [-3, 40.5]
    assert found["organism"].tolist() == [None, "E. coli"]
    assert found["group"].tolist() == ["not identified", "bacterial"]
    with pytest.raises(InputError, match="does not exist"):
        read_infections(tmp_path / "absent.csv")


def test_no_infection_at_all_is_an_answer() -> None:
    """A table with its header only gives windows without events, not an error."""
    none = check_infections(pd.DataFrame(columns=list(REQUIRED)))
    rates = infection_rates(none, followed(a="400"))
    assert rates["events"].tolist() == [0, 0, 0, 0]
    assert (rates["low"] == 0).all() and (rates["high"] > 0).all()
    assert infections_by_patient(none).empty


@pytest.mark.parametrize(
    ("group", "names"),
    {
        "bacterial": ("Escherichia coli", "E. coli", "VRE", "Enterobacter cloacae",
                      "Enterococcus faecium", "C. difficile", "Coagulase-negative staphylococcus"),
        "viral": ("Cytomegalovirus", "CMV", "BK virus", "HHV-6", "SARS-CoV-2", "Adenovirus", "RSV"),
        "fungal": ("Candida krusei", "Aspergillus fumigatus", "Pneumocystis jirovecii", "Mucor",
                   "Cryptococcus neoformans"),
        "mixed": ("CMV and E. coli",),
        "other": ("Toxoplasma gondii", "Strongyloides"),
    }.items(),
)  # fmt: skip
def test_organisms_fall_into_their_groups(group: str, names: tuple[str, ...]) -> None:
    """Usual spellings of what is found after CAR-T therapy; the letters' case does not matter."""
    for name in names:
        assert {organism_group(n) for n in (name, name.upper(), name.lower())} == {group}


def test_a_patient_is_summed_up() -> None:
    """First day, worst grade, number and groups of each, in the order of patients."""
    found = infections_by_patient(
        infections(
            {"patient_id": "b"}, {"day": "50", "grade": "5", "organism": "E. coli"}, {"day": "9"}
        )
    )
    assert found.index.tolist() == ["a", "b"]
    assert found.loc["a"].tolist() == [9.0, 5, 2, "bacterial, viral"]


def test_poisson_limits_agree_with_published_examples_and_their_definition() -> None:
    """14 events in 400 person-years (StatsDirect): 0.019135 to 0.058724; 0 events: up to 3.689."""
    assert np.allclose(np.array(poisson_interval(14)) / 400, [0.019135, 0.058724], atol=5e-7)
    assert np.allclose(poisson_interval(0), [0, 3.688879], atol=1e-6)  # epitools, pois.exact
    for events in (1, 3, 40):
        low, high = poisson_interval(events)
        assert np.isclose(poisson.sf(events - 1, low), 0.025)
        assert np.isclose(poisson.cdf(events, high), 0.025)


def day_by_day(
    rows: pd.DataFrame, ends: dict[str, int], first: int, last: float
) -> tuple[int, int]:
    """Events and patient-days of a window, counted one day at a time."""
    events = days = 0
    for patient, end in ends.items():
        own = rows[rows["patient_id"] == patient]["day"].tolist()
        for day in range(end + 1):
            if first <= day <= last:
                days += 1
                events += sum(int(d) == day for d in own)
    return events, days


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 300), min_size=1),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 300)), max_size=12, unique=True),
)
def test_rates_agree_with_days_counted_one_by_one(
    ends: dict[str, int], drawn: list[tuple[str, int]]
) -> None:
    """Every window's events and patient-days; together they are all events and all days."""
    inside = [(p, d) for p, d in drawn if p in ends and d <= ends[p]]
    rows = infections(*({"patient_id": p, "day": str(d)} for p, d in inside))
    rates = infection_rates(rows, followed(**{p: str(d) for p, d in ends.items()}))
    bounds = ((0, 30), (31, 90), (91, 180), (181, np.inf))
    for row, (first, last) in zip(rates.itertuples(), bounds, strict=True):
        assert (row.events, row.patient_days) == day_by_day(rows, ends, first, last)
        if row.patient_days:
            assert np.isclose(row.rate, 100 * row.events / row.patient_days)
            assert row.low <= row.rate <= row.high
        else:
            assert np.isnan([row.rate, row.low, row.high]).all()
    assert rates["events"].sum() == len(inside)
    assert rates["patient_days"].sum() == sum(ends.values()) + len(ends)


def test_time_ends_with_death_and_mild_infections_can_be_left_out() -> None:
    """A patient who died on day 60 adds nothing later; grade 2 is not severe; who counts once."""
    rows = infections(
        {"grade": "2"}, {"day": "40"}, {"day": "45"}, {"patient_id": "b", "day": "-4"}
    )
    outcomes = followed(a="60d", b="400")
    every, severe = infection_rates(rows, outcomes), infection_rates(rows, outcomes, min_grade=3)
    assert every["events"].tolist() == [1, 2, 0, 0]
    assert severe["events"].tolist() == [0, 2, 0, 0]
    assert every["patients"].tolist() == [2, 2, 1, 1]
    assert every["patients_infected"].tolist() == [1, 1, 0, 0]
    assert every["patient_days"].tolist() == [62, 90, 90, 220]


def test_the_digest_is_that_of_the_content() -> None:
    """Order of rows, number format and empty organisms do not change it; every cell does."""
    rows = ({}, {"day": "40", "organism": ""}, {"patient_id": "b", "day": "-4"})
    digest = infections_digest(infections(*rows))
    assert digest == infections_digest(infections(*rows[::-1]))
    assert digest == infections_digest(infections({"day": "12.0"}, *rows[1:]))
    changes = ({"day": "13"}, {"grade": "4"}, {"organism": "HSV"}, {"patient_id": "c"})
    digests = {infections_digest(infections(change, *rows[1:])) for change in changes}
    assert len(digests | {digest, infections_digest(infections(*rows[1:]))}) == 6


def test_a_group_is_told_by_each_organism() -> None:
    """A mixed infection is of each of its groups; one without an organism of none."""
    organisms = ("CMV", "E. coli; CMV", "Aspergillus", None)
    assert [is_of_group(o, "viral") for o in organisms] == [True, True, False, False]
    assert [is_of_group(o, "bacterial") for o in organisms] == [False, True, False, False]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"patient_id": "zoe"}, "1 patient_id is not among them"),
        ({"day": "61"}, "line 2: day is after the patient's death or last contact"),
        ({"patient_id": "b", "grade": "5"}, "line 2: grade 5 is a fatal infection"),
        ({"patient_id": "c", "grade": "5"}, "line 2: grade 5 is a fatal infection"),
    ],
)
def test_infections_that_outcomes_contradict_are_refused(
    row: dict[str, str], sentence: str
) -> None:
    """An unknown patient, an infection after death, a fatal one without a death from infection."""
    outcomes = followed(a="60d", b="400", c="90r")
    check_infection_outcomes(infections({"grade": "5"}), outcomes)
    with pytest.raises(InputError, match=sentence) as refusal:
        check_infection_outcomes(infections(row), outcomes)
    assert "zoe" not in str(refusal.value)
