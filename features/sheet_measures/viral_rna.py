"""RNA of HHV-6, EBV and CMV: UMIs of the viral sequences that the sample sheet names.

Reactivated HHV-6 shows as a few cells with hundreds of viral UMIs (Lareau et al. 2023, Nature
623:608), whose RNA other droplets catch as ambient RNA; hence one pooled rate over all good cells,
whose standard error over cells tells that it rests on few of them.
"""

from features.cells.cell_counts import CellCounts
from features.measures.pooled_expression import MISSING, Estimate, estimate_columns, rare_rate
from features.table.virus_names import VIRUSES, parse_virus_names


def viral_rna(counts: CellCounts) -> dict[str, float]:
    """UMIs of each virus per 10,000 UMIs of the depth genes, over all good cells, with errors.

    0 where the reference holds sequences of the virus and no cell shows them; missing where the
    sheet names none, where the reference holds none of those named, or without the depth genes.
    The error is that of `rare_rate`, above 0 for a rate of 0.
    """
    return estimate_columns({f"{virus}_rna": _viral_rate(counts, virus) for virus in VIRUSES})


def lacks_virus(counts: CellCounts, virus_genes: str | None) -> bool:
    """Whether the sheet names a virus of which the reference holds no row."""
    return any(virus not in counts.viruses for virus, _ in parse_virus_names(virus_genes))


def _viral_rate(counts: CellCounts, virus: str) -> Estimate:
    if virus not in counts.viruses or not counts.has_depth:
        return MISSING
    return rare_rate(counts.viral_umis(virus), counts.depth)
