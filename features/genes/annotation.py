"""Roles of the rows of a gene reference: panel gene, mitochondrial, other RNA, or not RNA."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Bytes
from features.errors import InputError
from features.genes.panels import PANEL_GENES, match_panel
from features.kernels.counting import DEPTH_COLUMN, MITO, NOT_RNA, OTHER_GENE, RNA_COLUMN

# Under this many genes a matrix has been filtered, and depths are not comparable.
FEW_GENES = 10_000
# A reference with fewer panel genes than this holds other genes, or names genes otherwise.
MIN_PANEL_GENES = 20
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


# What a row counts: transcripts, antibodies, or something else (CRISPR guides, another genome).
Kind = Literal["rna", "protein", "other"]
_RNA: Kind = "rna"
GENOMES = ("GRCh38", "GRCh37", "hg38", "hg19")


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


def all_rna(n_rows: int) -> tuple[Kind, ...]:
    """Kinds of a reference without feature types: every row is gene expression.

    >>> all_rna(2)
    ('rna', 'rna')
    """
    return tuple(_RNA for _ in range(n_rows))


@dataclass(frozen=True)
class GeneRoles:
    """`role` (n_rows,) for the kernel, the panel by column, and warnings on the reference.

    The panel's columns are `genes`, then the antibodies `proteins`; `column_kind` (columns + 1,)
    tells the kernel what each counts as and ends with the CAR sequence. `car` is its column, None
    when the reference lacks it.
    """

    role: NDArray[np.int16]
    column_kind: Bytes
    genes: tuple[str, ...]
    proteins: tuple[str, ...]
    missing: tuple[str, ...]
    car: int | None
    warnings: tuple[str, ...]


def strip_genome_prefix(name: str) -> str:
    """A gene name or id without the genome prefix that references of several genomes add.

    >>> [strip_genome_prefix(name) for name in ("GRCh38_CD7", "GRCh38______CD7", "CAT_scFv", "CD7")]
    ['CD7', 'CD7', 'CAT_scFv', 'CD7']
    """
    genome, underscore, rest = name.partition("_")
    return rest.lstrip("_") if underscore and genome in GENOMES else name


def check_species(ids: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a reference with mouse genes, whose counts are not the patient's.

    Raises `InputError`. Mouse genes are recognised by id (ENSMUSG), by genome prefix (mm10_,
    GRCm39_) or, in a list of names alone, by mitochondrial genes written mt-.

    >>> check_species(["ENSG00000173762"], ["CD7"])
    """
    n_mouse = sum("ENSMUSG" in i for i in ids) or sum(
        n.startswith(("mm10_", "GRCm38_", "GRCm39_")) for n in names
    )
    n_mouse_mt = sum(n.startswith("mt-") for n in names)
    if n_mouse or (n_mouse_mt and not any(n.startswith("MT-") for n in names)):
        raise InputError(
            f"The matrix must hold human genes, but {max(n_mouse, n_mouse_mt):,} of its genes are "
            "mouse; give the counts against a human reference."
        )


@lru_cache(maxsize=8)
def assign_roles(reference: GeneReference, car_gene: str | None = None) -> GeneRoles:
    """Assign to every row of a reference the role of its counts.

    Raises `InputError` for mouse genes and for a reference with no genes in common with the panel.
    """
    ids = [strip_genome_prefix(i) for i in reference.ids]
    names = [strip_genome_prefix(n) for n in reference.names]
    is_rna = np.array(reference.is_rna, dtype=bool)
    rna_names = [n if ok else "" for n, ok in zip(names, reference.is_rna, strict=True)]
    rna_ids = [i if ok else "" for i, ok in zip(ids, reference.is_rna, strict=True)]
    check_species(rna_ids, rna_names)
    row_of_gene = match_panel(rna_ids, rna_names)
    _check_panel_overlap(row_of_gene, len(names))
    genes = tuple(sorted(row_of_gene, key=lambda gene: row_of_gene[gene]))
    role = np.full(len(names), OTHER_GENE, np.int16)
    mito = _mitochondrial(rna_ids, rna_names)
    role[mito] = MITO
    role[[row_of_gene[gene] for gene in genes]] = np.arange(len(genes))
    _add_duplicates(role, rna_names, genes, row_of_gene)
    role[~is_rna] = NOT_RNA
    car = _assign_car(role, (ids, names), car_gene, len(genes))
    missing = tuple(sorted(set(PANEL_GENES) - set(genes)))
    column_kind = np.array([DEPTH_COLUMN] * len(genes) + [RNA_COLUMN], np.uint8)
    return GeneRoles(role, column_kind, genes, (), missing, car, _warnings(is_rna, bool(mito)))


def _mitochondrial(ids: Sequence[str], names: Sequence[str]) -> list[int]:
    by_name = [row for row, name in enumerate(names) if name.startswith("MT-")]
    return by_name or [row for row, i in enumerate(ids) if i.partition(".")[0] in MITO_IDS]


def _check_panel_overlap(row_of_gene: dict[str, int], n_rows: int) -> None:
    if len(row_of_gene) < MIN_PANEL_GENES:
        raise InputError(
            "The matrix must hold human genes by Ensembl id or symbol, but only "
            f"{len(row_of_gene)} of its {n_rows:,} rows are genes of our panels; check its gene "
            "names."
        )


def _add_duplicates(
    role: NDArray[np.int16],
    names: Sequence[str],
    genes: tuple[str, ...],
    row_of_gene: dict[str, int],
) -> None:
    """Give GENE-1, GENE-2 (a tool's names for a repeated GENE) the column of GENE."""
    column = {gene: i for i, gene in enumerate(genes) if names[row_of_gene[gene]] == gene}
    for row, name in enumerate(names):
        if name[-2:-1] == "-" and name[-1].isdigit() and name[:-2] in column:
            role[row] = column[name[:-2]]


def _assign_car(
    role: NDArray[np.int16],
    labels: Iterable[Sequence[str]],
    car_gene: str | None,
    column: int,
) -> int | None:
    rows = [row for names in labels for row, name in enumerate(names) if name == car_gene]
    if car_gene is None or not rows:
        return None
    role[rows] = column
    return column


def _warnings(is_rna: Bools, has_mito: bool) -> tuple[str, ...]:
    few = ("few_genes",) if int(is_rna.sum()) < FEW_GENES else ()
    return few + (() if has_mito else ("no_mito_genes",))
