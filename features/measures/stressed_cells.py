"""Features withheld where stressed cells cannot be removed: references without mitochondrial genes.

Stressed and dying cells are recognised by their mitochondrial share. Without those genes they stay
among the good cells and move what is measured on few cells or few UMIs. The features below moved by
more than a tenth of the SD between CARPALL's samples in some sample (`benchmarks references`: up to
0.35 SD for the CD7-negative share, 0.36 for untyped cells, 0.18 for S100A8/A9 outside myeloid
cells, 0.14 for dendritic cells, 0.38 for gamma-delta and 0.18 for memory T cells, 0.25 for the
log-ratio of other T cells); the others stayed within it. Shares that add up with these go too.
"""

from collections.abc import Mapping
from typing import Literal

from features import schema
from features.measures.pooled_expression import MISSING
from features.schema import standard_error

WITHOUT_MITO = (
    "s100a8a9_nonmyeloid",
    "s100a8a9_nonmyeloid_low",
    "s100a8a9_nonmyeloid_high",
    "dc_fraction",
    "unknown_fraction",
    "t_without_t_genes_fraction",
    "gamma_delta_t_fraction",
    "naive_t_fraction",
    "memory_t_fraction",
    "effector_t_fraction",
    *(feature.name for feature in schema.FURTHER if feature.group == "log_ratios"),
)
# By RNA alone: an antibody tells CD7 in stressed cells too.
CD7_WITHOUT_MITO = (
    "cd7neg_t_fraction_rna",
    "cd7neg_t_fraction",
    "cd7_t_rate",
    *(f"cd7neg_t_{name}" for name in (
        "activation", "cytotoxicity", "exhaustion", "proliferation", "interferon",
    )),
)  # fmt: skip


def withhold_without_mito(
    features: Mapping[str, float], cd7_source: Literal["rna", "protein"]
) -> dict[str, float]:
    """The features of a sample whose reference lacks mitochondrial genes, some of them missing.

    With CD7 measured by protein only its RNA estimate and rate are withheld.

    >>> withhold_without_mito({"dc_fraction": 0.01, "dc_fraction_se": 0.002}, "protein")
    {'dc_fraction': nan, 'dc_fraction_se': nan}
    """
    names = {*WITHOUT_MITO, "cd7neg_t_fraction_rna", "cd7_t_rate"}
    intervals: dict[str, float] = {}
    if cd7_source == "rna":
        names |= set(CD7_WITHOUT_MITO)
        intervals = {
            feature.name: MISSING.value for feature in schema.INTERVALS if feature.group == "cd7"
        }
        intervals["cd7neg_unresolved"] = 1.0
    withheld = {column for name in names for column in (name, standard_error(name))}
    replacements = {name: MISSING.value for name in features if name in withheld}
    replacements |= {name: value for name, value in intervals.items() if name in features}
    return {**features, **replacements}
