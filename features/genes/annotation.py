"""What each row of a reference is: a panel gene, mitochondrial, plain RNA, or not to be counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools
from features.errors import InputError
from features.genes.panels import PANEL_GENES, match_panel
from features.kernels.counting import IGNORED, MITO, PLAIN

# Under this many genes a matrix has been filtered, and depths no longer mean what they did.
FEW_GENES = 10_000
# A reference shares nothing with ours when fewer of the panel's genes than this are found.
FEWEST_PANEL_GENES = 20
# Mitochondrial genes that poly-A capture sees, for references that name genes by id only
# (GENCODE 32: 13 coding, 2 ribosomal).
MITO_IDS = frozenset(
    f"ENSG00000{number}"
    for block in (
        (198888, 198763, 198804, 198712, 228253, 198899, 198938, 198840, 212907, 198886),
        (198786, 198695, 198727, 211459, 210082),
    )
    for number in block
)


GENOMES = ("GRCh38", "GRCh37", "hg38", "hg19")


@dataclass(frozen=True)
class Reference:
    """The rows of a count matrix: Ensembl ids, symbols, and which of them are gene expression.

    Hashable, since a cohort's files share one reference and its roles are worked out once.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    counted: tuple[bool, ...]


@dataclass(frozen=True)
class GeneRoles:
    """`role` (n_genes,) for the kernel, the panel genes by column, and what limits the reference.

    `car` is the panel column of the CAR sequence, None when the reference lacks it.
    """

    role: NDArray[np.int16]
    genes: tuple[str, ...]
    missing: tuple[str, ...]
    car: int | None
    warnings: tuple[str, ...]


def plain_name(name: str) -> str:
    """A gene name or id without the genome that a reference of several puts before it.

    >>> [plain_name(n) for n in ("GRCh38_CD7", "GRCh38______CD7", "hg19_CD7", "CAT_scFv", "CD7")]
    ['CD7', 'CD7', 'CD7', 'CAT_scFv', 'CD7']
    """
    genome, underscore, rest = name.partition("_")
    return rest.lstrip("_") if underscore and genome in GENOMES else name


def check_species(ids: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a reference with mouse genes: their counts are no patient's.

    Raises `InputError`. Mouse genes show by id (ENSMUSG), by genome prefix (mm10_, GRCm39_) or, in
    a list of names alone, by mitochondrial genes written mt-.

    >>> check_species(["ENSG00000173762"], ["CD7"])
    """
    murine = sum("ENSMUSG" in i for i in ids) or sum(
        n.startswith(("mm10_", "GRCm38_", "GRCm39_")) for n in names
    )
    small_mt = sum(n.startswith("mt-") for n in names)
    if murine or (small_mt and not any(n.startswith("MT-") for n in names)):
        raise InputError(
            f"The matrix must hold human genes, but {max(murine, small_mt):,} of its genes are "
            "mouse; give the counts against a human reference."
        )


@lru_cache(maxsize=8)
def assign_roles(reference: Reference, car_gene: str | None = None) -> GeneRoles:
    """Decide for every reference row what its counts add to.

    Raises `InputError` for mouse genes and for a reference with no genes in common with the panel.
    """
    ids = [plain_name(i) for i in reference.ids]
    names = [plain_name(n) for n in reference.names]
    counted = np.array(reference.counted, dtype=bool)
    check_species(ids, names)
    rna_names = [n if ok else "" for n, ok in zip(names, reference.counted, strict=True)]
    rna_ids = [i if ok else "" for i, ok in zip(ids, reference.counted, strict=True)]
    where = match_panel(rna_ids, rna_names)
    _need_overlap(where, len(names))
    genes = tuple(sorted(where, key=lambda gene: where[gene]))
    role = np.full(len(names), PLAIN, np.int16)
    mito = _mitochondrial(rna_ids, rna_names)
    role[mito] = MITO
    role[[where[gene] for gene in genes]] = np.arange(len(genes))
    _add_duplicates(role, rna_names, genes, where)
    role[~counted] = IGNORED
    car = _place_car(role, (ids, names), car_gene, len(genes))
    missing = tuple(sorted(set(PANEL_GENES) - set(genes)))
    return GeneRoles(role, genes, missing, car, _warnings(counted, bool(mito)))


def _mitochondrial(ids: Sequence[str], names: Sequence[str]) -> list[int]:
    by_name = [row for row, name in enumerate(names) if name.startswith("MT-")]
    return by_name or [row for row, i in enumerate(ids) if i.partition(".")[0] in MITO_IDS]


def _need_overlap(where: dict[str, int], n_rows: int) -> None:
    if len(where) < FEWEST_PANEL_GENES:
        raise InputError(
            f"The matrix must hold human genes by Ensembl id or symbol, but only {len(where)} of "
            f"its {n_rows:,} rows are genes of our panels; check its gene names."
        )


def _add_duplicates(
    role: NDArray[np.int16], names: Sequence[str], genes: tuple[str, ...], where: dict[str, int]
) -> None:
    """Rows that a tool renamed GENE-1, GENE-2 because GENE stood twice add to the same column."""
    column = {gene: i for i, gene in enumerate(genes) if names[where[gene]] == gene}
    for row, name in enumerate(names):
        if name[-2:-1] == "-" and name[-1].isdigit() and name[:-2] in column:
            role[row] = column[name[:-2]]


def _place_car(
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


def _warnings(counted: Bools, has_mito: bool) -> tuple[str, ...]:
    few = ("few_genes",) if int(counted.sum()) < FEW_GENES else ()
    return few + (() if has_mito else ("no_mito_genes",))
