"""Roles of the rows of a gene reference: panel gene, mitochondrial, other RNA, or not RNA."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Bytes
from features.genes.antibodies import antibody_columns
from features.genes.depth_genes import MIN_DEPTH_SHARE, match_depth_genes
from features.genes.gene_names import (
    GeneNames,
    check_rows_are_genes,
    clean_gene_names,
)
from features.genes.panels import PANEL_GENES, match_panel
from features.genes.reference_checks import check_panel_overlap, check_species
from features.genes.viral_rows import Viruses, assign_viruses
from features.kernels.counting import (
    DEPTH_COLUMN,
    MITO,
    NOT_RNA,
    OTHER_GENE,
    OUTSIDE_DEPTH,
    PROTEIN_COLUMN,
    RNA_COLUMN,
)

# Under this many genes a matrix has been filtered, and depths are not comparable.
FEW_GENES = 10_000
# Mitochondrial genes that poly-A capture reads, for references that name genes by id only
# (GENCODE 32: 13 coding, 2 ribosomal).
MITO_IDS = frozenset(
    f"ENSG00000{number}"
    for block in (
        (198888, 198763, 198804, 198712, 228253, 198899, 198938, 198840, 212907, 198886),
        (198786, 198695, 198727, 211459, 210082),
    )
    for number in block
)


# Groups of genes whose absence a row of features states, by their commonest members in blood.
COMMON_GENES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "no_ribosomal_genes": {
            "RPL10": "ENSG00000147403", "RPL13": "ENSG00000167526", "RPL41": "ENSG00000229117",
            "RPS27": "ENSG00000177954", "RPS29": "ENSG00000213741", "RPLP1": "ENSG00000137818",
        },
        "no_noncoding_genes": {"MALAT1": "ENSG00000251562", "NEAT1": "ENSG00000245532"},
    }
)  # fmt: skip


# What a row counts: transcripts, antibodies, or something else (CRISPR guides, another genome).
Kind = Literal["rna", "protein", "other"]
_RNA: Kind = "rna"


@dataclass(frozen=True)
class GeneReference:
    """The rows of a count matrix: Ensembl ids, symbols, and what each row counts.

    Hashable, so that the roles of a reference that many files share are assigned once.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]

    @property
    def is_rna(self) -> tuple[bool, ...]:
        """Which rows are gene expression."""
        return tuple(kind == "rna" for kind in self.kinds)

    def with_antibodies(self, antibodies: "GeneReference") -> "GeneReference":
        """This reference, then the rows of another that counts no RNA: proteins, or other things.

        >>> genes, antibodies = (GeneReference((n,), (n,), all_rna(1)) for n in ("CD4", "CD7_adt"))
        >>> genes.with_antibodies(antibodies).kinds
        ('rna', 'protein')
        """
        kinds: tuple[Kind, ...] = tuple(
            "other" if kind == "other" else "protein" for kind in antibodies.kinds
        )
        return GeneReference(
            self.ids + antibodies.ids, self.names + antibodies.names, self.kinds + kinds
        )


def all_rna(n_rows: int) -> tuple[Kind, ...]:
    """Kinds of a reference without feature types: every row is gene expression.

    >>> all_rna(2)
    ('rna', 'rna')
    """
    return tuple(_RNA for _ in range(n_rows))


@dataclass(frozen=True)
class GeneRoles:
    """`role` (n_rows,) for the kernel, the panel by column, and warnings on the reference.

    The panel's columns are `genes`, then `viruses` (which may come twice: as RNA, and as another
    genome's), then the antibodies `proteins`; `column_kind` (columns + 1,) tells the kernel what
    each counts as and ends with the CAR sequence. `car` is its column, None when the reference
    lacks it. `depth_share` is the share of the depth genes that the reference
    holds, by their UMIs in blood (`features.genes.depth_genes`).
    """

    role: NDArray[np.int16]
    column_kind: Bytes
    genes: tuple[str, ...]
    proteins: tuple[str, ...]
    missing: tuple[str, ...]
    car: int | None
    warnings: tuple[str, ...]
    depth_share: float = 1.0
    viruses: tuple[str, ...] = ()

    @property
    def is_antibody(self) -> Bools:
        """Rows whose counts go into a column of an antibody, (n_rows,)."""
        first = len(self.genes) + len(self.viruses)
        return np.asarray((self.role >= first) & (self.role < first + len(self.proteins)))


@lru_cache(maxsize=8)
def clean_reference(reference: GeneReference) -> GeneReference:
    """A reference with ids and symbols in their usual form (`features.genes.gene_names`).

    >>> clean_reference(GeneReference(("x", "y"), ("GRCh38_CD7", "CAR"), ("rna",) * 2)).names
    ('CD7', 'CAR')
    """
    return GeneReference(
        *clean_gene_names(GeneNames(reference.ids, reference.names, reference.kinds))
    )


@lru_cache(maxsize=8)
def assign_roles(
    reference: GeneReference, car_gene: str | None = None, viruses: Viruses = ()
) -> GeneRoles:
    """Assign to every row of a reference the role of its counts.

    `viruses` are names of rows by virus, as the sample sheet lists them.

    Raises `InputError` for mouse genes and for a reference with no genes in common with the panel.
    """
    original, reference = reference, clean_reference(reference)
    is_rna = np.array(reference.is_rna, dtype=bool)
    rna_ids = _blank_unless(is_rna, reference.ids)
    rna_names = _blank_unless(is_rna, reference.names)
    check_species(rna_ids, rna_names)
    row_of_gene = match_panel(rna_ids, rna_names)
    in_depth, depth_share = match_depth_genes(rna_ids, rna_names)
    check_panel_overlap(len(row_of_gene), int(is_rna.sum()), int(in_depth.sum()))
    check_rows_are_genes(*_rna_rows(reference))
    genes = tuple(sorted(row_of_gene, key=lambda gene: row_of_gene[gene]))
    mito = _mitochondrial(rna_ids, rna_names)
    panel_rows = [row_of_gene[gene] for gene in genes]
    role = np.where(in_depth, OTHER_GENE, OUTSIDE_DEPTH).astype(np.int16)
    role[mito] = MITO
    role[panel_rows] = np.arange(len(genes))
    _add_duplicates(role, rna_names, genes, row_of_gene)
    role[~is_rna] = NOT_RNA
    labels = (reference.ids, reference.names, original.ids, original.names)
    car_rows = _car_rows(labels, car_gene)
    is_taken = np.array([kind == "protein" for kind in reference.kinds], bool)
    is_taken[car_rows] = True
    viral_columns, viral_kinds = assign_viruses(
        role, labels, viruses, first_column=len(genes), is_taken=is_taken
    )
    first_antibody = len(genes) + len(viral_columns)
    proteins = _assign_antibodies(role, reference, first_antibody)
    car = first_antibody + len(proteins) if car_rows else None
    role[car_rows] = first_antibody + len(proteins)
    missing = tuple(sorted(set(PANEL_GENES) - set(genes)))
    warnings = (
        *(("two_genomes",) if reference.kinds != original.kinds else ()),
        *_warnings(is_rna, bool(mito)),
        *_absent_groups(rna_ids, rna_names),
        *(("few_depth_genes",) if depth_share < MIN_DEPTH_SHARE else ()),
    )
    kinds = _column_kinds(in_depth[panel_rows], viral_kinds, len(proteins))
    return GeneRoles(
        role, kinds, genes, proteins, missing, car, warnings, depth_share, viral_columns
    )


def _column_kinds(panel_in_depth: Bools, viral_kinds: Bytes, n_proteins: int) -> Bytes:
    """What each column of the panel counts as: genes, viruses, antibodies, then the CAR."""
    genes = np.where(panel_in_depth, DEPTH_COLUMN, RNA_COLUMN)
    return np.array([*genes, *viral_kinds, *[PROTEIN_COLUMN] * n_proteins, RNA_COLUMN], np.uint8)


def _assign_antibodies(
    role: NDArray[np.int16], reference: GeneReference, first_column: int
) -> tuple[str, ...]:
    """Give antibodies their columns, from the first on; rows of one column are summed."""
    columns = antibody_columns(
        (row, name)
        for row, (name, kind) in enumerate(zip(reference.names, reference.kinds, strict=True))
        if kind == "protein"
    )
    for number, rows in enumerate(columns.values()):
        role[rows] = first_column + number
    return tuple(columns)


def _blank_unless(is_rna: Bools, texts: Sequence[str]) -> list[str]:
    """Ids or names by row, empty where a row counts something else than RNA."""
    return [text if ok else "" for text, ok in zip(texts, is_rna.tolist(), strict=True)]


def _rna_rows(reference: GeneReference) -> tuple[list[str], list[str]]:
    """Ids and names of the RNA rows."""
    rows = [row for row, ok in enumerate(reference.is_rna) if ok]
    return [reference.ids[row] for row in rows], [reference.names[row] for row in rows]


def _mitochondrial(ids: Sequence[str], names: Sequence[str]) -> list[int]:
    by_name = [row for row, name in enumerate(names) if name.startswith("MT-")]
    return by_name or [row for row, i in enumerate(ids) if i.partition(".")[0] in MITO_IDS]


def _add_duplicates(
    role: NDArray[np.int16],
    names: Sequence[str],
    genes: tuple[str, ...],
    row_of_gene: dict[str, int],
) -> None:
    """Give GENE-1 or GENE.1 (a tool's names for a repeated GENE) the column of GENE."""
    column = {gene: i for i, gene in enumerate(genes) if names[row_of_gene[gene]] == gene}
    for row, name in enumerate(names):
        if name[-2:-1] in ("-", ".") and name[-1].isdigit() and name[:-2] in column:
            role[row] = column[name[:-2]]


def _car_rows(labels: Iterable[Sequence[str]], car_gene: str | None) -> list[int]:
    """Rows of the CAR sequence by id or name; in any case where no spelling is equal."""
    if car_gene is None:
        return []
    columns = list(labels)
    rows = [row for names in columns for row, name in enumerate(names) if name == car_gene]
    if not rows:  # a file in capitals or small letters alone
        folded = car_gene.casefold()
        rows = [row for names in columns for row, n in enumerate(names) if n.casefold() == folded]
    return rows


def _absent_groups(ids: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Groups of which the reference holds no common gene, by name or id."""
    labels = {*names, *(i.partition(".")[0] for i in ids)}
    return tuple(
        code for code, genes in COMMON_GENES.items() if labels.isdisjoint({*genes, *genes.values()})
    )


def _warnings(is_rna: Bools, has_mito: bool) -> tuple[str, ...]:
    few = ("few_genes",) if int(is_rna.sum()) < FEW_GENES else ()
    return few + (() if has_mito else ("no_mito_genes",))
