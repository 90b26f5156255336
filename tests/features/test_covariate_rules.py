"""The rules of a declaration: each fault of each kind has its sentence."""

import pytest

from features import schema
from features.covariate_rules import faults

TEXTS = {"label": "Adenovirus load", "meaning": "adenovirus DNA in plasma"}
NUMBER = TEXTS | {"kind": "number", "unit": "IU/mL", "low": 0, "high": 1e8}
CATEGORY = TEXTS | {"kind": "category", "values": ["none", "steroids"]}


@pytest.mark.parametrize(
    "entry",
    [
        NUMBER, NUMBER | {"healthy": [0, 100]}, NUMBER | {"low": -1.5, "unit": "fraction"},
        TEXTS | {"kind": "flag"}, CATEGORY,
    ],
)  # fmt: skip
def test_right_declarations_have_no_fault(entry: dict[str, object]) -> None:
    """Each kind with its keys, and a healthy range at will."""
    assert list(faults("adv_load", entry)) == []


@pytest.mark.parametrize(
    "name",
    ["CMV", "1st", "cmv load", "", "a" * 61, "anc", "monocyte_fraction", "cmv_se", "path",
     "sample_id", "monocyte_fraction_change", "monocyte_fraction_se", "covariates", "größe"],
)  # fmt: skip
def test_wrong_names(name: str) -> None:
    """No snake case, one of our columns, a standard error: one sentence that says to rename it."""
    (fault,) = faults(name, NUMBER)
    assert fault.endswith("rename it.") or fault.endswith("rename yours.")


def test_no_column_of_the_schema_can_be_declared() -> None:
    """Every column of the table is taken, those that come later too."""
    assert all(list(faults(name, NUMBER)) for name in schema.TABLE_COLUMNS)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (3, "several keys"),
        (TEXTS, "kind is number, flag, category, but none came"),
        (NUMBER | {"kind": "text"}, "kind is number, flag, category, but 'text' came"),
        (NUMBER | {"kind": ["flag"]}, "kind is number"),
        ({k: v for k, v in NUMBER.items() if k != "unit"}, "unit is missing"),
        (NUMBER | {"valus": []}, "'valus' came; remove it"),
        (TEXTS | {"kind": "flag", "unit": "yes"}, "'unit' came; remove it"),
        (NUMBER | {"label": ""}, "label is one line of 1 to 80"),
        (NUMBER | {"label": "CMV\nload"}, "label is one line"),
        (NUMBER | {"meaning": 3}, "meaning is one line"),
        (NUMBER | {"unit": " IU"}, "unit is one line"),
        (NUMBER | {"unit": "0 or 1"}, "one that pages rewrite"),
        (NUMBER | {"unit": "log ratio"}, "one that pages rewrite"),
        (NUMBER | {"low": 3, "high": 3}, "low lies below high"),
        (NUMBER | {"high": float("inf")}, "finite numbers"),
        (NUMBER | {"high": float("nan")}, "finite numbers"),
        (NUMBER | {"high": 10**400}, "finite numbers"),
        (NUMBER | {"high": 1e101}, "finite numbers up to 1e100"),
        (NUMBER | {"low": True}, "finite numbers"),
        (NUMBER | {"low": "0"}, "finite numbers"),
        (NUMBER | {"healthy": [100, 0]}, "healthy is two numbers"),
        (NUMBER | {"healthy": [0, 1e9]}, "healthy is two numbers"),
        (NUMBER | {"healthy": 5}, "healthy is two numbers"),
        (CATEGORY | {"values": ["one"]}, "values are 2 to 50"),
        (CATEGORY | {"values": ["one", "one"]}, "values are 2 to 50"),
        (CATEGORY | {"values": ["one", 2]}, "values are 2 to 50"),
        (CATEGORY | {"values": "none"}, "values are 2 to 50"),
    ],
)
def test_each_fault_has_one_sentence(entry: object, sentence: str) -> None:
    """Rule, what came, way out, under the column's name."""
    (fault,) = faults("adv_load", entry)
    assert fault.startswith("adv_load: ") and sentence in fault and fault.endswith(".")
