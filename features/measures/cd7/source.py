"""CD7-negative T cells by the better source: the antibody where there is one, else RNA."""

import math
from typing import Literal, NamedTuple

import numpy as np

from features.arrays import Bools, Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.cd7.chemistry import calibration_use
from features.measures.cd7.nk_standard import NkStandard
from features.measures.cd7.protein import ProteinShare, marked_share, protein_share
from features.measures.cd7.rna_share import (
    MAX_INTERVAL_WIDTH,
    cd7_features,
    informative_t_cells,
    sample_standard,
)
from features.measures.pooled_expression import MISSING, Estimate

Source = Literal["protein", "rna"]
# An antibody that marks fewer T and NK cells than this may have failed. After a CD7 CAR-T product
# it may also be right: then RNA must show it too.
MIN_MARKED = 0.05


class MeasuredCd7(NamedTuple):
    """CD7 columns of a sample, each cell's probability to be a CD7-negative T cell, and its source.

    `warnings` are codes that `features.report.warning_texts.WARNINGS` explains.
    """

    columns: dict[str, float]
    posterior: Floats
    source: Source
    warnings: tuple[str, ...]


def is_before_infusion(day: int | None, enrichment: str | None) -> bool:
    """Whether no CAR-T cell can have met the sample's cells: a negative day, and no product.

    Day 0 does not tell: it is also the day of a single file for which none was stated.

    >>> is_before_infusion(-5, "none"), is_before_infusion(0, "none")
    (True, False)
    """
    return day is not None and day < 0 and enrichment != "product"


def measure_cd7(
    counts: CellCounts,
    typing: Typing,
    strategy: str | None,
    chemistry: str | None = None,
    *,
    before_infusion: bool = False,
) -> MeasuredCd7:
    """CD7-negative share of T cells and each cell's probability, by antibody where there is one.

    The columns are those of `features.measures.cd7.rna_share.cd7_features`, and the RNA estimate in
    a column of its own. By RNA, NK cells that hold CD7 are the sample's own standard (trusted more
    readily `before_infusion`, see `features.measures.cd7.nk_standard`), but not for a chemistry
    that we cannot place; the row says so (`cd7_nk_standard`). By protein the share is unresolved
    when the background cannot be told or its interval is wider than 50 points. An antibody that
    marks hardly any T or NK cell decides only where RNA confirms that CD7 is gone; otherwise RNA
    decides, with a warning. With a product that blocks CD7 (`strategy`), the antibody sees the
    cell's surface; T cells that show the CAR are set aside where the reference holds it.
    """
    is_placed = calibration_use(chemistry) in ("calibrated", "unstated")
    standard = (
        sample_standard(counts, typing, before_infusion=before_infusion) if is_placed else None
    )
    columns, posterior = cd7_features(
        counts, typing, strategy, chemistry=chemistry, standard=standard
    )
    rna = Estimate(columns["cd7neg_t_fraction"], columns["cd7neg_t_fraction_se"])
    columns |= rna.columns("cd7neg_t_fraction_rna")
    cells = informative_t_cells(counts, typing, strategy)
    cells = typing.lineage_mask("t") if cells is None else cells
    protein = protein_share(counts, typing, cells)
    if protein is None:
        codes = _rna_warnings(columns, chemistry, standard)
        return MeasuredCd7(columns, posterior, "rna", codes)
    if _has_failed(counts, typing, cells, columns):
        codes = ("cd7_antibody_failed", *_rna_warnings(columns, chemistry, standard))
        return MeasuredCd7(columns, posterior, "rna", codes)
    return _by_protein(columns, protein, cells)


def _by_protein(rna_columns: dict[str, float], protein: ProteinShare, cells: Bools) -> MeasuredCd7:
    low, high = protein.interval
    unresolved = high - low > MAX_INTERVAL_WIDTH
    posterior = np.full(cells.size, np.nan if unresolved else 0.0)
    if not unresolved:
        posterior[cells] = protein.posterior
    share = MISSING if unresolved else protein.share
    columns = {
        **rna_columns,
        **share.columns("cd7neg_t_fraction"),
        "cd7neg_t_fraction_low": low,
        "cd7neg_t_fraction_high": high,
        "cd7neg_unresolved": float(unresolved),
    }
    return MeasuredCd7(columns, posterior, "protein", ())


def _has_failed(
    counts: CellCounts, typing: Typing, t_cells: Bools, rna_columns: dict[str, float]
) -> bool:
    """Whether the antibody marks hardly any T or NK cell, and RNA does not say that CD7 is gone."""
    antibody_share = marked_share(counts, typing, t_cells | typing.lineage_mask("nk"))
    if math.isnan(antibody_share) or antibody_share >= MIN_MARKED:
        return False
    return bool(rna_columns["cd7neg_unresolved"]) or rna_columns["cd7neg_t_fraction_high"] < 0.5


def _rna_warnings(
    columns: dict[str, float], chemistry: str | None, standard: NkStandard | None
) -> tuple[str, ...]:
    use = calibration_use(chemistry)
    if use == "uncalibrated":
        return ("cd7_chemistry",)
    if use == "unplaced":
        return ("cd7_chemistry_unknown",)
    codes = []
    if columns["cd7neg_unresolved"]:
        return ()
    if use == "unstated":
        codes.append("cd7_chemistry_unstated")
    if standard is not None:
        codes.append("cd7_nk_standard")
    return tuple(codes)
