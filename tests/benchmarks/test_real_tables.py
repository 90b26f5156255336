"""A declared table becomes a cohort with the same events; faulty declarations are refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks._real_tables import (
    cohort_of_table,
    declaration_from,
    protocol_of,
    read_declaration,
    read_table,
)
from features.errors import InputError

CODED = {
    "features": ["age", "disease"], "core_panel": ["age"], "time": "months", "code": "cause",
    "events": ["Viral"], "competing": ["Relapse"], "horizon": 24, "site": "centre",
}  # fmt: skip


def coded_table(folder: Path) -> Path:
    """Four patients: the event, a competing one, one lost early, one followed through."""
    path = folder / "table.csv"
    pd.DataFrame(
        {"age": [50, 60, np.nan, 20], "disease": ["AML", "CML", "AML", "CML"],
         "months": [3.5, 0, 6, 40], "cause": ["Viral", "Relapse", "Alive", "Alive"],
         "centre": ["a", "a", "b", "b"]}
    ).to_csv(path, index=False)  # fmt: skip
    return path


def test_a_coded_table_becomes_a_cohort(tmp_path: Path) -> None:
    """Words are indicators; codes are event, competing and follow-up; labels follow from them."""
    table = read_table(coded_table(tmp_path), declaration_from(CODED, "x.json"))
    assert list(table.X.columns) == ["age", "disease_AML", "disease_CML"]
    assert table.core == ("age",)
    cohort, protocol = cohort_of_table(table), protocol_of(table)
    assert cohort.at_risk.time.tolist() == pytest.approx([3.5, 0.01, 6, 40])
    assert cohort.at_risk.code.tolist() == [2, 3, 0, 0]
    assert cohort.at_risk.site.tolist() == ["a", "a", "b", "b"]
    assert protocol.endpoints[0].events == ("fatal_infection",)
    dealt = cohort_of_table(table, np.array([1, 0, 3, 2]))
    assert dealt.at_risk.code.tolist() == [3, 2, 0, 0]


def test_a_binary_outcome_counts_by_the_horizon(tmp_path: Path) -> None:
    """1 has the event within the horizon, 0 is followed past it, an empty cell is left out."""
    path = tmp_path / "table.csv"
    pd.DataFrame({"x": [1, 2, 3], "died": [1, 0, np.nan]}).to_csv(path, index=False)
    one = declaration_from({"features": ["x"], "outcome": "died", "horizon": 30}, "x.json")
    table = read_table(path, one)
    assert table.event.tolist() == [True, False]
    assert table.core == ("x",)
    assert (table.time <= 30).tolist() == [True, False]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"features": ["x"]}, "has no 'horizon'"),
        ({"features": ["x"], "horizon": 3, "panel": []}, "the unknown key 'panel'"),
        ({"features": ["x"], "horizon": 3}, "names neither"),
        ({"features": ["x"], "horizon": 3, "outcome": "y", "time": "t", "code": "c",
          "events": ["1"]}, "names both"),
        ({"features": ["x"], "horizon": 0.5, "outcome": "y"}, "a whole number from 1; got 0.5"),
        ([], "must hold one JSON object"),
    ],
)  # fmt: skip
def test_faulty_declarations_are_refused(tmp_path: Path, content: object, words: str) -> None:
    """Each with the rule that it breaks."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=words):
        read_declaration(path)


def test_a_column_that_the_table_lacks_is_named(tmp_path: Path) -> None:
    """By its name."""
    one = declaration_from({**CODED, "features": ["weight"], "core_panel": []}, "x.json")
    with pytest.raises(InputError, match="it lacks 'weight'"):
        read_table(coded_table(tmp_path), one)
