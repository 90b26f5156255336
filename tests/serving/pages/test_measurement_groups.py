"""The page's groups hold every further column that was measured, and none that was not."""

import math

from features.further_columns import FURTHER
from features.notices import UNTESTED_BLASTS
from features.table.row import empty_row
from serving.pages.measurement_groups import GROUPS, group_features, measurement_groups


def sample(day: int, **values: object) -> dict[str, object]:
    """A row in which only the given columns are known."""
    return empty_row() | {"day": day, **values}


def test_every_further_group_has_its_place() -> None:
    """All but the log-ratios and the CAR's panels, which belong to programs, are on the page."""
    shown = {feature.group for group in GROUPS for feature in group_features(group)}
    assert {feature.group for feature in FURTHER} - shown == {"log_ratios", "car"} - shown
    names = [feature.name for group in GROUPS for feature in group_features(group)]
    assert len(names) == len(set(names))


def test_nothing_measured_is_nothing_shown() -> None:
    """A sample of before these columns gives no empty section."""
    assert measurement_groups([sample(28)]) == []


def test_leukaemia_leads_with_blasts_and_cd34() -> None:
    """Errors, healthy ranges, what is outside them, and the note on untested lineages."""
    row = sample(
        28, blast_like_fraction=0.1, t_blast_fraction=0.0, b_blast_fraction=0.1,
        b_blast_fraction_se=0.01, cd34_rate=4.6, cd34_rate_se=0.3, regulatory_t_fraction=0.05,
    )  # fmt: skip
    leukaemia, t_cells = measurement_groups([row])
    assert leukaemia["note"] == UNTESTED_BLASTS
    assert [line["label"] for line in leukaemia["lines"]] == [
        "Blast-like cells", "T-lineage blasts", "B-lineage blasts", "CD34 outside stem cells",
    ]  # fmt: skip
    b_lineage = leukaemia["lines"][2]
    assert b_lineage["value_texts"] == ["10 % ± 1.0 points"]
    assert (b_lineage["healthy"], b_lineage["outside"]) == ("0 to 0.1 %", "high")
    assert leukaemia["lines"][3]["value_texts"] == ["4.60 ± 0.3 UMIs per 10,000"]
    assert leukaemia["outside"] == [
        "high Blast-like cells", "high B-lineage blasts", "high CD34 outside stem cells",
    ]  # fmt: skip
    assert [line["label"] for line in t_cells["lines"]] == ["Regulatory T cells"]


def test_days_stand_side_by_side_and_gaps_stay_empty() -> None:
    """The last four samples, earliest first; only the latest value is called low or high."""
    rows = [sample(day, cd4_t_per_ul=100.0 * day) for day in (60, 28, 7, 2, 1)]
    rows[1]["cd4_t_per_ul"] = math.nan
    (counts,) = measurement_groups(rows)
    assert counts["days"] == [2, 7, 28, 60]
    (line,) = counts["lines"]
    assert line["value_texts"] == ["200 cells/µL", "700 cells/µL", "", "6,000 cells/µL"]
    assert line["healthy"] == "400 to 1,600 cells/µL" and counts["outside"] == [
        "high CD4 T cells per microlitre"
    ]


def test_what_its_error_leaves_open_is_not_low() -> None:
    """100 +- 40 B cells may be 118 or more; 100 +- 5 are fewer."""
    for error, verdict in ((40.0, ""), (5.0, "low"), (math.nan, "low")):
        row = sample(28, b_per_ul=100.0, b_per_ul_se=error)
        (group,) = measurement_groups([row])
        assert group["lines"][0]["outside"] == verdict
    row = sample(28, cd34_rate=0.15, cd34_rate_se=0.05)
    assert measurement_groups([row])[0]["outside"] == []
