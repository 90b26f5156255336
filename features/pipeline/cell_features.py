"""All features of a sample's typed cells, before any is withheld."""

from collections.abc import Mapping
from types import MappingProxyType

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.ambient import AmbientEstimate, estimate_ambient
from features.measures.blasts import cd34_rate
from features.measures.cd7.source import MeasuredCd7, measure_cd7
from features.measures.composition import composition_features
from features.measures.empty_droplets import EmptyDroplets, ambient_from_droplets
from features.measures.fit_checks import fit_features
from features.measures.hla_dr import hla_dr_features
from features.measures.log_ratios import log_ratio_features
from features.measures.s100 import s100_features
from features.measures.t_cell_scores import activation_features
from features.sheet_measures.car_t_state import car_t_state
from features.sheet_measures.cells_per_microlitre import cells_per_microlitre
from features.sheet_measures.chimerism import chimerism_features
from features.sheet_measures.viral_rna import viral_rna
from features.subsets.t_cell_subsets import subset_features

NO_NUMBERS: Mapping[str, float] = MappingProxyType({})  # a sample sheet without numbers


def cell_features(
    counts: CellCounts,
    typing: Typing,
    texts: Mapping[str, str | None],
    droplets: EmptyDroplets | None = None,
    *,
    cd7: MeasuredCd7 | None = None,
    numbers: Mapping[str, float] = NO_NUMBERS,
) -> dict[str, float]:
    """All features of typed cells: composition, S100A8/A9, CD7, activation, ambient RNA.

    `texts` and `numbers` are the sample sheet's, the blood count among them.

    The ambient fraction and the S100A8/A9 in ambient RNA are estimated from empty droplets in an
    unfiltered matrix, else from the cells. `cd7` is computed here unless it is given.
    """
    ambient = _ambient(counts, typing, droplets)
    if cd7 is None:
        cd7 = measure_cd7(counts, typing, texts["car_cd7_strategy"], texts.get("chemistry"))
    features = {
        **composition_features(typing, texts["enrichment"], counts),
        **cd34_rate(counts, typing).columns("cd34_rate"),
        **ambient.fraction().columns("ambient_fraction"),
        **s100_features(counts, typing, ambient),
        **hla_dr_features(counts, typing, ambient),
        **cd7.columns,
        **activation_features(counts, typing, cd7.posterior),
        **fit_features(counts, typing),
        **subset_features(counts, typing, texts["enrichment"], ambient.fraction().value),
        **car_t_state(counts, typing),
        **viral_rna(counts),
        **chimerism_features(counts, typing, texts, ambient.rho),
        **log_ratio_features(typing, texts["enrichment"]),
    }
    # Last, because it takes shares from the other features.
    return features | cells_per_microlitre(typing, texts, numbers=numbers, columns=features)


def _ambient(counts: CellCounts, typing: Typing, droplets: EmptyDroplets | None) -> AmbientEstimate:
    estimate = ambient_from_droplets(counts, typing, droplets) if droplets else None
    return estimate_ambient(counts, typing) if estimate is None else estimate
