"""The user's own cell types: usual words, a label map, and labels that are neither."""

import csv
from pathlib import Path

import pytest

from features.celltypes import call_cells
from features.celltypes.labels import (
    NAMES,
    TYPES,
    WORDS,
    LabelColumn,
    plain_label,
    read_label_map,
    types_of_labels,
    usual_words,
)
from features.errors import InputError


def words() -> list[dict[str, str]]:
    """Rows of the shipped table."""
    with WORDS.open(newline="") as file:
        return list(csv.DictReader(file))


def test_names_are_those_of_typing() -> None:
    """Read without the module that calls cells."""
    assert call_cells.NAMES == NAMES


def test_every_word_has_one_of_our_types() -> None:
    """And no two words of the same plain form differ."""
    assert {row["type"] for row in words()} <= set(TYPES)
    assert len(usual_words()) == len(words())
    assert [types_of_labels([row["word"]])[0] for row in words()] == [
        row["type"] for row in words()
    ]


@pytest.mark.parametrize(
    ("label", "cell_type"),
    [
        ("cd14_monocyte", "cd14_monocyte"),
        ("CD14+ Mono", "cd14_monocyte"),
        ("FCGR3A+ Mono", "cd16_monocyte"),
        ("Naive CD4 T", "cd4_t"),
        ("CD8 T", "cd8_t"),
        ("DC", "cdc"),
        ("CD16- NK cells", "nk"),
        ("NK_CD56bright", "nk"),
        ("Tem/Temra cytotoxic T cells", "cd8_t"),
        ("Megakaryocytes/platelets", "platelet"),
        ("gamma-delta T cells", "other_t"),
        ("CL:0000084", "other_t"),
        ("CD8-positive, alpha-beta T cell", "cd8_t"),
        ("natural killer cell", "nk"),
        ("non-classical monocyte", "cd16_monocyte"),
        ("T_cells", "other_t"),
        ("monocytes", "monocyte"),
        ("T-ALL blasts", "early_t_precursor"),
        ("precursor B", "precursor_b"),
        ("Pro-B cells", "precursor_b"),
        ("AML blast", "myeloid_blast"),
        ("nan", "unknown"),
    ],
)
def test_usual_words_are_understood(label: str, cell_type: str) -> None:
    """Of Seurat's tutorial, Azimuth, CellTypist, the Cell Ontology, and our own."""
    assert types_of_labels([label]) == [cell_type]


@pytest.mark.parametrize(
    "label", ["blasts", "CD4- T", "CD4-CD8- T cells", "Macrophages", "Cycling cells", "7"]
)
def test_what_could_be_several_types_is_no_usual_word(label: str) -> None:
    """A minus sign is no plus sign, and a cluster's number is no type."""
    with pytest.raises(InputError, match="usual words for them, but these are none"):
        types_of_labels([label])


def test_all_unknown_labels_are_listed_with_their_cells() -> None:
    """At once, the commonest first, with the way out."""
    with pytest.raises(InputError, match=r"'7' \(3 cells\), 'Soup' \(1 cells\); give --label-map"):
        types_of_labels(["7", "B", "7", "Soup", "7"])


def test_a_map_decides_before_the_words(tmp_path: Path) -> None:
    """Labels of clusters get types; a usual word may be given another type."""
    path = tmp_path / "map.csv"
    path.write_text("\ufefflabel,type\n7,nk\nDC,pDC\n0,T cells\n\n")
    pairs = read_label_map(path)
    assert pairs == (("7", "nk"), ("DC", "pdc"), ("0", "other_t"))
    assert types_of_labels(["7", "DC", "0", "B"], dict(pairs)) == ["nk", "pdc", "other_t", "b"]


def test_the_faults_of_a_map_come_together(tmp_path: Path) -> None:
    """Types that are none, and a label with two."""
    path = tmp_path / "map.csv"
    path.write_text("label,type\n1,lymph\n2,nk\n2,b\n3\n")
    with pytest.raises(
        InputError, match=r"row 1: 'lymph' is no type; row 3: '2' has two types; row"
    ):
        read_label_map(path)


@pytest.mark.parametrize("text", ["1,nk\n", "", "cluster,type\n1,nk\n"])
def test_a_map_needs_its_columns(tmp_path: Path, text: str) -> None:
    """Names in the first line."""
    path = tmp_path / "map.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="has the columns label,type"):
        read_label_map(path)


def test_a_file_that_is_no_text_is_no_map(tmp_path: Path) -> None:
    """A picture, or no file at all."""
    (tmp_path / "map.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00")
    for name, rule in (("map.csv", "A table must be text"), ("absent.csv", "can be read, but")):
        with pytest.raises(InputError, match=rule):
            read_label_map(tmp_path / name)


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "cp1252"), ("\t", "utf-16")])
def test_a_map_as_a_spreadsheet_saves_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """Delimiter and encoding of the country, as in every other table."""
    path = tmp_path / "map.csv"
    lines = ("label,type", "Fräulein,nk", "0,b")
    path.write_text("\r\n".join(lines).replace(",", delimiter), encoding=encoding)
    assert read_label_map(path) == (("Fräulein", "nk"), ("0", "b"))


def test_a_map_is_part_of_a_samples_key() -> None:
    """The resume log compares the text of a column and its map."""
    assert repr(LabelColumn("a", (("1", "nk"),))) != repr(LabelColumn("a", (("1", "b"),)))


def test_plain_forms() -> None:
    """Case, plus signs, plurals and fillers."""
    assert {plain_label(text) for text in ("B cell", "b_cells", "B-Cells", "B")} == {"b"}
