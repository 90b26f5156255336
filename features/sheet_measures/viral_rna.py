"""RNA of HHV-6, EBV and CMV: UMIs of the viral sequences that the sample sheet names.

Reactivated HHV-6 shows as a few cells with hundreds of viral UMIs (Lareau et al. 2023, Nature
623:608), whose RNA other droplets catch as ambient RNA; hence one pooled rate over all good cells,
whose standard error over cells tells that it rests on few of them.
"""

from features.cells.cell_counts import CellCounts
from features.measures.pooled_expression import MISSING, PER_10K, Estimate, estimate_columns
from features.measures.standard_errors import ERROR_OF_NONE, linearised_se
from features.table.virus_names import VIRUSES, parse_virus_names


def viral_rna(counts: CellCounts) -> dict[str, float]:
    """UMIs of each virus per 10,000 UMIs of the depth genes, over all good cells, with errors.

    0 where the reference holds sequences of the virus and no cell shows them; missing where the
    sheet names none, where the reference holds none of those named, or without the depth genes.
    The error is linearised over cells, and adds 3 / 1.645 UMIs, so that a rate of 0 has the upper
    limit of the rule of three.
    """
    return estimate_columns({f"{virus}_rna": _viral_rate(counts, virus) for virus in VIRUSES})


def lacks_virus(counts: CellCounts, virus_genes: str | None) -> bool:
    """Whether the sheet names a virus of which the reference holds no row."""
    return any(virus not in counts.viruses for virus, _ in parse_virus_names(virus_genes))


def _viral_rate(counts: CellCounts, virus: str) -> Estimate:
    if virus not in counts.viruses or not counts.has_depth or not counts.n_cells:
        return MISSING
    umis, depth = counts.viral_umis(virus), counts.depth
    total = float(depth.sum())
    rate = float(umis.sum()) / total
    error = (linearised_se(umis - rate * depth) ** 2 + ERROR_OF_NONE**2) ** 0.5
    return Estimate(PER_10K * rate, PER_10K * error / total)
