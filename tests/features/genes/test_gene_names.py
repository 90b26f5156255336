"""Gene names as tools write them, against the same reference in its usual form."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from features.errors import InputError
from features.genes.annotation import GeneReference, Kind, all_rna, assign_roles, clean_reference
from features.genes.gene_names import GeneNames, check_rows_are_genes, clean_gene_names
from features.genes.panels import PANEL_GENES, gene_ids

REFERENCE = Path(os.environ.get("CD7WATCH_DATA", "../shared/data")) / "carpall/CAR-T10310325.h5"
MITO = {"MT-ND1": "ENSG00000198888", "MT-CO1": "ENSG00000198804", "MT-ND2": "ENSG00000198763"}
CLONES = {"AC009133.1": "ENSG00000280001", "RP11-34P13.7": "ENSG00000238009"}
OTHERS = {f"GENE{i}": f"ENSG00000{900000 + i}" for i in range(300)}
GENES = {**gene_ids(), **MITO, **CLONES, **OTHERS, "CAT_scFv": "CAT_scFv"}

Form = Callable[[str, str], tuple[str, str]]
FORMS: dict[str, Form] = {
    "GRCh38_": lambda i, n: (f"GRCh38_{i}", f"GRCh38_{n}"),
    "GRCh38______": lambda i, n: (f"GRCh38______{i}", f"GRCh38______{n}"),
    "GRCh38-": lambda i, n: (f"GRCh38-{n}", f"GRCh38-{n}"),
    "hg38---": lambda i, n: (f"hg38---{n}", f"hg38---{n}"),
    "h-": lambda i, n: (f"h-{n}", f"h-{n}"),
    "human_": lambda i, n: (f"human_{n}", f"human_{n}"),
    "homo_sapiens_": lambda i, n: (f"homo_sapiens_{n}", f"homo_sapiens_{n}"),
    "GRCh38-2020-A_": lambda i, n: (f"GRCh38-2020-A_{i}", f"GRCh38-2020-A_{n}"),
    "_hg38": lambda i, n: (f"{n}_hg38", f"{n}_hg38"),
    "symbol_id": lambda i, n: (f"{n}_{i}", f"{n}_{i}"),
    "id_symbol": lambda i, n: (f"{i}_{n}", f"{i}_{n}"),
    "id.version-symbol": lambda i, n: (f"{i}.7-{n}", f"{i}.7-{n}"),
    "symbol (id)": lambda i, n: (f"{n} ({i})", f"{n} ({i})"),
    "symbol|id": lambda i, n: (i, f"{n}|{i}"),
    "id|symbol beside symbol": lambda i, n: (f"{i}|{n}", n),
    "GRCh38_symbol_id": lambda i, n: (f"GRCh38_{n}_{i}", f"GRCh38_{n}_{i}"),
    "swapped": lambda i, n: (n, i),
    "ids alone": lambda i, n: (i, i),
    "versions": lambda i, n: (f"{i}.15", n),
    "blanks": lambda i, n: (f"{i} ", f" {n} "),
    "quotes": lambda i, n: (f'"{i}"', f"'{n}'"),
    "bytes": lambda i, n: (f"b'{i}'", f"b'{n}'"),
    "small letters": lambda i, n: (n.lower(), n.lower()),
    "make.names": lambda i, n: (n.replace("-", "."), n.replace("-", ".")),
    "underscores": lambda i, n: (n.replace("-", "_"), n.replace("-", "_")),
}


def reference(form: Form) -> GeneReference:
    """The genes of this test, written in one form."""
    labels = [form(gene_id, name) for name, gene_id in GENES.items()]
    ids, names = zip(*labels, strict=True)
    return GeneReference(ids, names, all_rna(len(ids)))


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_the_field_gives_the_roles_of_the_usual_one(form: str) -> None:
    """Panel columns, mitochondria and the CAR are the same rows, whatever the names look like."""
    usual = assign_roles(reference(lambda i, n: (i, n)), "CAT_scFv")
    roles = assign_roles(reference(FORMS[form]), "CAT_scFv")
    np.testing.assert_array_equal(roles.role, usual.role)
    assert (roles.genes, roles.missing, roles.car) == (usual.genes, usual.missing, usual.car)
    assert roles.warnings == usual.warnings


@pytest.mark.parametrize("form", ["symbol_id", "hg38---", "make.names", "small letters", "swapped"])
def test_symbols_are_those_of_the_usual_form(form: str) -> None:
    """All of them; clone names keep their dots. The CAR, no gene, may look otherwise."""
    names = clean_reference(reference(FORMS[form])).names
    assert names[:-1] == tuple(GENES)[:-1]
    assert names[-1].upper().replace("-", "_") == "CAT_SCFV"


def test_a_reference_in_the_usual_form_is_unchanged() -> None:
    """36,602 genes of a Cell Ranger reference, to the letter."""
    if not REFERENCE.exists():
        pytest.skip(f"the public samples are not at {REFERENCE.parent}")
    with h5py.File(REFERENCE) as file:
        ids, names = (
            tuple(text.decode() for text in file[f"matrix/features/{key}"][:])
            for key in ("id", "name")
        )
    labels = GeneNames(ids, names, all_rna(len(ids)))
    assert clean_gene_names(labels) == labels


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("h-CD7", "h-CD7"),
        ("CD7_ENSG00000173762", "CD7_ENSG00000173762"),
        ("HLA.DRA", "HLA.DRA"),
        ("cd7", "cd7"),
        ("GRCh38_CD7", "CD7"),
        ("1-Mar", "MARCH1"),
        ("Mar-01", "MARCH1"),
        ("9-Sep", "SEPT9"),
        ("2-Mar-1", "MARCH2-1"),
        ("2024-09-09 00:00:00", "SEPT9"),
        ("C1ORF112", "C1orf112"),
        ("MARCH1", "MARCH1"),
        ("NKX2-1", "NKX2-1"),
    ],
)
def test_one_odd_name_among_usual_ones(name: str, symbol: str) -> None:
    """Only what can be nothing else is renamed alone: a human genome's prefix, a date."""
    names = (*GENES, name)
    assert clean_gene_names(GeneNames(names, names, all_rna(len(names)))).names[-1] == symbol


def test_dates_of_r_are_symbols_too() -> None:
    """make.names writes X1.Mar."""
    names = (*(name.replace("-", ".") for name in GENES), "X1.Mar", "CD7.1")
    assert clean_gene_names(GeneNames(names, names, all_rna(len(names)))).names[-2:] == (
        "MARCH1",
        "CD7-1",
    )


def barnyard(human: str, mouse: str) -> GeneReference:
    """A reference of two genomes with these prefixes."""
    n_others = 1_000
    names = [f"{human}{name}" for name in (*GENES, *(f"LOC{i}" for i in range(n_others)))]
    names += [f"{mouse}{name.capitalize()}" for name in (*GENES, *(f"Gm{i}" for i in range(900)))]
    return GeneReference(tuple(names), tuple(names), all_rna(len(names)))


@pytest.mark.parametrize(
    ("human", "mouse"), [("GRCh38_", "mm10___"), ("hg19-", "mm10-"), ("h-", "m-")]
)
def test_of_two_genomes_the_human_rows_count(human: str, mouse: str) -> None:
    """Mouse rows become another kind, so that they add to no total, and the row says so."""
    ref = barnyard(human, mouse)
    cleaned = clean_reference(ref)
    is_mouse = [name.startswith(mouse) for name in ref.names]
    assert [kind == "other" for kind in cleaned.kinds] == is_mouse
    assert "two_genomes" in assign_roles(ref, "CAT_scFv").warnings
    assert assign_roles(ref, "CAT_scFv").car is not None


def test_mouse_symbols_are_refused_as_mouse() -> None:
    """Title case in most rows, without ids or prefixes."""
    names = tuple(name.capitalize() for name in GENES)
    with pytest.raises(InputError, match="are mouse or of another species"):
        assign_roles(GeneReference(names, names, all_rna(len(names))))


def test_antibodies_keep_their_names() -> None:
    """Small letters of the RNA rows say nothing of the rows of antibodies."""
    kinds: tuple[Kind, ...] = (*all_rna(len(PANEL_GENES)), "protein")
    names = (*(gene.lower() for gene in PANEL_GENES), "anti-CD7_clone")
    assert clean_gene_names(GeneNames(names, names, kinds)).names[-1] == "anti-CD7_clone"


@pytest.mark.parametrize("tail", ["a1b2", ""])
def test_rows_of_probes_are_refused(tail: str) -> None:
    """Cell Ranger's raw_probe_bc_matrix: id GENE_ID|GENE_NAME|HASH, name GENE_NAME|HASH."""
    rows = [(f"{i}|{n}|{k}{tail}", f"{n}|{k}{tail}") for n, i in GENES.items() for k in range(2)]
    ids, names = zip(*rows, strict=True)
    with pytest.raises(InputError, match=r"several probes .* in place of raw_probe_bc_matrix"):
        assign_roles(GeneReference(ids, names, all_rna(len(ids))))


def test_rows_of_transcripts_are_refused() -> None:
    """kallisto and salmon count transcripts: three to a gene."""
    ids = [f"ENST00000{100000 + i}.2" for i in range(30)]
    with pytest.raises(InputError, match="its 30 rows are transcripts"):
        check_rows_are_genes(ids, list(PANEL_GENES[:30]))


def test_repeated_symbols_of_a_whole_reference_pass() -> None:
    """A twentieth of GENCODE's symbols repeat (Y_RNA)."""
    names = [*(f"G{i}" for i in range(950)), *["Y_RNA"] * 50]
    check_rows_are_genes(names, names)


def test_the_rate_table_is_a_reference_too() -> None:
    """Names of the shipped table are in their usual form."""
    path = Path("features/genes/cell_type_rates.csv")
    with path.open(newline="") as file:
        names = tuple(row[0] for row in list(csv.reader(file))[1:])
    assert clean_gene_names(GeneNames(names, names, all_rna(len(names)))).names == names
