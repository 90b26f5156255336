"""Values of a sample's quality report: what was counted and what limits it, before any risk."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from features.schema import ALL_FEATURES, QUALITY, Feature
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.answer import Flag
from serving.assessment.flags import sample_flags
from serving.pages.risk_figures import value

# Below the first number a sample is refused (features.cells.quality), below the second flagged
# (serving.assessment.flags).
REQUIRED: Mapping[str, str] = {
    "n_cells": "at least 200, better 400",
    "median_genes": "at least 400",
}
MEASUREMENTS = (
    "monocyte_fraction", "t_fraction", "s100a8a9_leukocyte", "s100a8a9_monocyte",
    "cd7neg_t_fraction", "cd7neg_t_activation",
)  # fmt: skip


class QualityLineView(TypedDict):
    """One measure of a sample; `range` is what is required, or the healthy range."""

    label: str
    meaning: str
    value: str
    range: str


class QualityView(TypedDict):
    """The report of one sample."""

    sample_id: object
    day: object
    quality: list[QualityLineView]
    measurements: list[QualityLineView]
    flags: list[Flag]
    warnings: list[str]


def quality_view(row: Row, covariates: Sequence[Feature] = ()) -> QualityView:
    """The report of one stored sample, with each measurement's own standard error.

    `covariates` are the columns beside the schema's that models in service use.
    """
    synthetic = row.get("provenance") == "synthetic"
    flags = [f for f in sample_flags(row, synthetic=synthetic) if f["code"] != "synthetic_sample"]
    codes = [code.strip() for code in str(row.get("warnings") or "").split(";")]
    return {
        "sample_id": row["sample_id"],
        "day": row["day"],
        "quality": [_line(row, f, REQUIRED.get(f.name, "")) for f in QUALITY],
        "measurements": [
            _line(row, feature, wording.healthy_text(feature) or "")
            for feature in (*(ALL_FEATURES[name] for name in MEASUREMENTS), *covariates)
        ],
        "flags": flags,
        "warnings": [code.replace("_", " ") for code in codes if code],
    }


def _line(row: Row, feature: Feature, range_text: str) -> QualityLineView:
    name, number = feature.name, value(row, feature.name)
    text = wording.value_text(feature, number)
    if feature.unit == "fraction":
        error = value(row, f"{name}_se")
        text += f" (standard error {100 * error:.1f} points)" if number and error else ""
    if name == "cd7neg_t_fraction" and number is not None and row.get("cd7_source") == "protein":
        text += ", measured by protein"
    return {
        "label": feature.label, "meaning": feature.meaning, "value": text, "range": range_text,
    }  # fmt: skip
