"""The schema of the feature table."""

import math

import features.schema as schema


def test_columns_are_unique_and_ordered() -> None:
    """No column appears twice, and the keys come first."""
    assert len(set(schema.TABLE_COLUMNS)) == len(schema.TABLE_COLUMNS)
    assert schema.TABLE_COLUMNS[:3] == schema.KEYS


def test_every_feature_has_finite_range_and_words() -> None:
    """A feature without range, label, unit or meaning could not be validated or explained."""
    for feature in schema.ALL_FEATURES.values():
        assert math.isfinite(feature.low) and feature.low < feature.high, feature.name
        assert feature.label and feature.meaning and feature.unit, feature.name


def test_standard_error_columns_follow_their_feature() -> None:
    """A column and its standard error stand side by side."""
    for feature in (*schema.SAMPLE_FEATURES, *schema.HISTORY):
        position = schema.TABLE_COLUMNS.index(feature.name)
        after = schema.TABLE_COLUMNS[position + 1 : position + 2]
        follows = after == (schema.standard_error(feature.name),)
        assert follows == feature.has_se


def test_healthy_ranges_lie_inside_plausible_ones() -> None:
    """A healthy range outside the plausible one would contradict the validation."""
    for feature in schema.ALL_FEATURES.values():
        if feature.healthy is not None:
            low, high = feature.healthy
            assert feature.low <= low < high <= feature.high, feature.name


def test_names_the_published_agreement_fixes_are_there() -> None:
    """Reports and stored models refer to these names, so none may be lost or renamed."""
    fixed = [
        "n_cells",
        "median_umi",
        "median_genes",
        "mito_fraction",
        "unknown_fraction",
        "doublet_fraction",
        "ambient_fraction",
        "handling_stress",
        "monocyte_fraction",
        "cd14_monocyte_fraction",
        "cd16_monocyte_fraction",
        "t_fraction",
        "nk_fraction",
        "b_fraction",
        "dc_fraction",
        "neutrophil_like_fraction",
        "blast_like_fraction",
        "log_monocyte_lymphocyte_ratio",
        "s100a8a9_leukocyte",
        "s100a8a9_monocyte",
        "s100a8a9_nonmyeloid",
        "s100a8a9_standardised",
        "cd7neg_t_fraction",
        "cd7neg_t_activation",
        "cd7neg_t_cytotoxicity",
        "cd7neg_t_exhaustion",
        "cd7neg_t_proliferation",
        "cd7neg_t_interferon",
        "car_t_fraction",
    ]
    assert set(fixed) <= set(schema.TABLE_COLUMNS)


def test_models_never_see_quality_or_keys() -> None:
    """A model that read depth or site could learn the laboratory instead of the patient."""
    forbidden = {*schema.KEYS, *schema.TEXT_COLUMNS, *(f.name for f in schema.QUALITY)}
    assert not forbidden & set(schema.MODEL_FEATURES)
    assert set(schema.CORE) <= set(schema.MODEL_FEATURES)
