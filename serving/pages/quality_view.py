"""Values of a sample's quality report: what was counted and what limits it, before any risk."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from features.schema import ALL_FEATURES, QUALITY, Feature
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.answer import Flag
from serving.assessment.flags import sample_flags
from serving.assessment.sample_warnings import warning_notes
from serving.assessment.uncertainty import measured_text
from serving.pages.measurement_groups import MeasurementGroupView, measurement_groups

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
    notes: list[str]
    groups: list[MeasurementGroupView]


def quality_view(row: Row, covariates: Sequence[Feature] = ()) -> QualityView:
    """The report of one stored sample, with each measurement's own standard error or interval.

    What limits the sample are its `flags`; `notes` say how it was made.
    `covariates` are the columns beside the schema's that models in service use.
    """
    synthetic = row.get("provenance") == "synthetic"
    flags = [f for f in sample_flags(row, synthetic=synthetic) if f["code"] != "synthetic_sample"]
    return {
        "sample_id": row["sample_id"],
        "day": row["day"],
        "quality": [_line(row, f, REQUIRED.get(f.name, "")) for f in QUALITY],
        "measurements": [
            _line(row, feature, wording.healthy_text(feature) or "")
            for feature in (*(ALL_FEATURES[name] for name in MEASUREMENTS), *covariates)
        ],
        "flags": flags,
        "notes": warning_notes(row),
        "groups": measurement_groups([row]),
    }


def _line(row: Row, feature: Feature, range_text: str) -> QualityLineView:
    measured = measured_text(row, feature)
    text = measured or wording.NOT_MEASURED
    by_protein = feature.name == "cd7neg_t_fraction" and row.get("cd7_source") == "protein"
    if measured and by_protein:
        text += ", measured by protein"
    return {
        "label": feature.label, "meaning": feature.meaning, "value": text, "range": range_text,
    }  # fmt: skip
