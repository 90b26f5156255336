"""Declared covariates: read from the file, written as JSON, compared by what a value means."""

import re
from pathlib import Path

import pytest

from features import schema
from features.covariates import (
    covariates_of,
    document,
    features_with,
    kind,
    number_covariates,
    read_covariates,
    require_same_quantities,
    text_covariates,
)
from features.errors import InputError
from features.schema import Category, Feature
from features.settings import REPOSITORY

FILE = """
[adv_load]
kind = "number"
label = "Adenovirus load"
meaning = "adenovirus DNA in plasma"
unit = "IU/mL"
low = 0
high = 1e8
healthy = [0, 100]
[treated]
kind = "flag"
label = "Treated"
meaning = "treated at the draw"
[bridging]
kind = "category"
label = "Bridging"
meaning = "therapy before infusion"
values = ["none", "steroids"]
"""


def declared(folder: Path, text: str = FILE) -> Path:
    """A file of declarations, written as a Windows editor does."""
    path = folder / "covariates.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    return path


def test_a_file_gives_features_and_categories_in_its_order(tmp_path: Path) -> None:
    """Numbers and flags become features of their own group, a category keeps its values."""
    number, flag, category = read_covariates(declared(tmp_path))
    assert number == Feature(
        "adv_load", "Adenovirus load", "adenovirus DNA in plasma", "IU/mL", 0.0, 1e8, "covariate",
        healthy=(0.0, 100.0),
    )  # fmt: skip
    assert isinstance(flag, Feature) and (flag.unit, flag.low, flag.high) == ("0 or 1", 0.0, 1.0)
    assert category == Category(
        "bridging", "therapy before infusion", ("none", "steroids"), "Bridging"
    )
    assert [kind(one) for one in (number, flag, category)] == ["number", "flag", "category"]


def test_json_brings_the_declarations_back(tmp_path: Path) -> None:
    """What goes into metadata and manifest is read as it was declared."""
    covariates = read_covariates(declared(tmp_path))
    assert covariates_of([document(one) for one in covariates], "a table") == covariates


def test_every_fault_of_a_file_comes_at_once(tmp_path: Path) -> None:
    """One line each, with file and column."""
    text = FILE.replace('unit = "IU/mL"\n', "").replace('"flag"', '"bit"').replace("[bri", "[Bri")
    with pytest.raises(InputError) as caught:
        read_covariates(declared(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["adv_load", "treated", "'Bridging'"]
    assert all(line.startswith("covariates.toml: ") for line in lines)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "declares none"),
        (b"[a\n", r"is none \(.*line 1"),
        (b"[a]\nkind = 1\n[a]\nkind = 2", "is none"),
        (b"\xff\xfe[", "no UTF-8"),
        (b"cmv = 3", "cmv: a column is declared by several keys"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    """Nothing declared, no TOML, a column twice, another encoding: a true reason each."""
    (tmp_path / "covariates.toml").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_covariates(tmp_path / "covariates.toml")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    """The operating system's reason stands in the sentence."""
    with pytest.raises(InputError, match="No such file"):
        read_covariates(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "documents",
    [{}, ["adv_load"], [{"kind": "flag"}], [{"name": "anc", "kind": "flag"}],
     [{"name": "a", "kind": "flag", "label": "A", "meaning": "a"}] * 2],
)  # fmt: skip
def test_foreign_json_is_refused(documents: object) -> None:
    """Metadata that somebody edited by hand ends in a sentence that names the source."""
    with pytest.raises(InputError, match=r"features\.parquet"):
        covariates_of(documents, "features.parquet")


def test_lookups_follow_the_schema(tmp_path: Path) -> None:
    """The schema's features come first and stay the same; categories are no features."""
    covariates = read_covariates(declared(tmp_path))
    described = features_with(covariates)
    assert list(described) == [*schema.ALL_FEATURES, "adv_load", "treated"]
    assert described["anc"] is schema.ALL_FEATURES["anc"]
    assert [c.name for c in number_covariates(covariates)] == ["adv_load", "treated"]
    assert [c.name for c in text_covariates(covariates)] == ["bridging"]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (("IU/mL", "copies/mL"), True),
        (('kind = "flag"', 'kind = "category"\nvalues = ["no", "yes"]'), True),
        (('"steroids"', '"chemotherapy"'), True),
        (("high = 1e8", "high = 1e9"), False),
        (('label = "Adenovirus load"', 'label = "CMV"'), False),
        (('["none", "steroids"]', '["steroids", "none"]'), False),
        (("[adv_load]", "[bk_load]"), False),
    ],
)
def test_a_name_is_one_quantity(tmp_path: Path, change: tuple[str, str], differs: bool) -> None:
    """Another kind, unit or set of values is refused; ranges, words and other names are not."""
    covariates = read_covariates(declared(tmp_path))
    others = read_covariates(declared(tmp_path, FILE.replace(*change)))
    if not differs:
        require_same_quantities(covariates, others, source="one", other_source="other")
        return
    with pytest.raises(InputError, match=r"in one and .* in other; give one of them another name"):
        require_same_quantities(covariates, others, source="one", other_source="other")


def test_the_example_of_the_documentation_is_right(tmp_path: Path) -> None:
    """docs/covariates.md declares a column of each kind."""
    text = (REPOSITORY / "docs" / "covariates.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    covariates = read_covariates(declared(tmp_path, example))
    assert [kind(covariate) for covariate in covariates] == ["number", "flag", "category"]
