"""Schema of the feature table: name, unit, range and meaning of every column.

The table's validation, the HTTP request model, the explanations' labels and docs/features.md
are derived from this file. Adding a feature starts with one line in `features.sample_columns` or
`features.further_columns`, a column of the sample sheet with one in `features.sheet_columns`.
"""

from features.columns import EXPRESSION_UNIT as EXPRESSION_UNIT
from features.columns import Category as Category
from features.columns import Feature as Feature
from features.columns import Group as Group
from features.columns import fraction
from features.further_columns import FURTHER as FURTHER
from features.sample_columns import ANCHORS as ANCHORS
from features.sample_columns import CELLS as CELLS
from features.sample_columns import INDICATORS as INDICATORS
from features.sample_columns import INTERVALS as INTERVALS
from features.sample_columns import QUALITY as QUALITY
from features.sample_columns import RNA_ESTIMATES as RNA_ESTIMATES
from features.sheet_columns import CATEGORIES as CATEGORIES
from features.sheet_columns import CLINICAL as CLINICAL
from features.sheet_columns import PATIENT_COLUMNS as PATIENT_COLUMNS

SCHEMA_VERSION = "3"

# Features of the source study's claims: followed over time, and the pre-specified panel of models.
CORE: tuple[str, ...] = (
    "monocyte_fraction",
    "log_monocyte_lymphocyte_ratio",
    "s100a8a9_leukocyte",
    "s100a8a9_monocyte",
    "cd7neg_t_fraction",
    "cd7neg_t_activation",
)

SAMPLE_FEATURES: tuple[Feature, ...] = (
    QUALITY + CELLS + INDICATORS + INTERVALS + RNA_ESTIMATES + ANCHORS + FURTHER
)


def _history() -> tuple[Feature, ...]:
    by_name = {feature.name: feature for feature in CELLS}
    columns = []
    for name in CORE:
        feature = by_name[name]
        span = feature.high - feature.low
        columns.append(
            Feature(
                f"{name}_change", f"{feature.label}: change", f"{feature.label}, change since the first sample",
                feature.unit, -span, span, "history",
            )
        )  # fmt: skip
        columns.append(
            Feature(
                f"{name}_slope30", f"{feature.label}: slope", f"{feature.label}, least-squares change in 30 days",
                f"{feature.unit} per 30 days", -30 * span, 30 * span, "history",
            )
        )  # fmt: skip
    return tuple(columns)


CHANGES: tuple[Feature, ...] = _history()
HISTORY: tuple[Feature, ...] = (
    *CHANGES,
    fraction("cd7neg_t_fraction_anchored", "CD7-negative T cells, anchored",
              "CD7-negative share of T cells against the patient's own sample before infusion",
              "history"),
)  # fmt: skip

# Inputs of a risk model unless its protocol says otherwise: what the current sample shows. Changes
# and slopes are excluded, since they encode when a patient was sampled. Quality covariates and blood
# counts are excluded: they describe how a sample was handled and which comparators can be computed,
# not the cells. So is the anchored share, a second measurement of cd7neg_t_fraction that needs a sample
# from before infusion: a cohort with such samples names it in its protocol instead.
MODEL_FEATURES: tuple[str, ...] = tuple(
    feature.name for feature in CELLS if feature.name != "car_t_fraction"
)

KEYS: tuple[str, ...] = ("sample_id", "patient_id", "day")
ORIGINS: tuple[Category, ...] = (
    Category("typing_source", "source of the cell types", ("rate_table", "labels")),
    Category("cd7_source", "what decides CD7-negativity: an antibody, or RNA", ("protein", "rna")),
    Category("provenance", "patients' cells or a simulation", ("real", "synthetic")),
    Category("warnings", "semicolon-separated codes of what limits this row"),
)

ALL_FEATURES: dict[str, Feature] = {
    feature.name: feature for feature in (*CLINICAL, *SAMPLE_FEATURES, *HISTORY)
}


def standard_error(name: str) -> str:
    """Name of the column that holds a feature's standard error.

    >>> standard_error("monocyte_fraction")
    'monocyte_fraction_se'
    """
    return f"{name}_se"


def _with_errors(features: tuple[Feature, ...]) -> tuple[str, ...]:
    columns: list[str] = []
    for feature in features:
        columns.append(feature.name)
        if feature.has_se:
            columns.append(standard_error(feature.name))
    return tuple(columns)


TEXT_COLUMNS: tuple[str, ...] = tuple(c.name for c in (*CATEGORIES, *ORIGINS))
SHEET_NUMBERS: tuple[str, ...] = tuple(feature.name for feature in CLINICAL)
SAMPLE_NUMBERS: tuple[str, ...] = _with_errors(SAMPLE_FEATURES)
HISTORY_NUMBERS: tuple[str, ...] = _with_errors(HISTORY)
# Columns of one sample on its own, then those that need the patient's earlier samples.
SAMPLE_COLUMNS: tuple[str, ...] = (*KEYS, *TEXT_COLUMNS, *SHEET_NUMBERS, *SAMPLE_NUMBERS)
TABLE_COLUMNS: tuple[str, ...] = (*SAMPLE_COLUMNS, *HISTORY_NUMBERS)
