"""CD7-negative T cells measured against the patient's own sample from before infusion.

The CD7 RNA of a CD7-positive T cell differs between people and laboratories by a quarter
(log-SD 0.25), which is most of the width of a single sample's interval. Before CD7 CAR-T nearly
all of a patient's T cells have CD7, so that sample gives this patient's rate, and the difference
between people cancels.
"""

import math
from collections.abc import Sequence

from features.measures.cd7.component_rates import TwoComponentRates
from features.measures.cd7.rna_share import MAX_INTERVAL_WIDTH, load_calibration
from features.measures.pooled_expression import MISSING, Estimate
from features.measures.standard_errors import Z_90
from features.table.row import Row, number

# Share of CD7-negative T cells before therapy: 9 % of the T cells of the calibration; 9 % (SD 3.4)
# of the mononuclear cells, hence about 13 % (SD 5) of the T cells, of 38 healthy adults (Reinhold
# et al., J Immunol 1993;150:2081).
HEALTHY_SHARE, HEALTHY_SHARE_SD = 0.10, 0.05
# Log-SD of the CD7 rate of T cells between samples of one patient: 0.09 in T cells without the CAR
# in the blood of two CARPALL patients, each drawn once and read twice (sorted and not). CD4 T cells
# have two thirds of CD8 T cells' rate, so a shift between them by a fifth moves it as much.
WITHIN_PATIENT_LOG_SD = 0.10
# A baseline sample whose rate lies further than this from the calibrated one does not hold T cells
# that are nearly all CD7-positive: three times the spread between samples.
MAX_SPREADS = 3.0
# A baseline sample whose own interval starts above it holds more CD7-negative T cells than that.
MAX_BASELINE_SHARE = HEALTHY_SHARE + 2 * HEALTHY_SHARE_SD


def anchored_share(current: Estimate, baseline: Estimate, rates: TwoComponentRates) -> Estimate:
    """Share of CD7-negative T cells from two mean rates of CD7 RNA, and its standard error.

    `current` and `baseline` are CD7 UMIs per 10,000 UMIs pooled over T cells, with errors; r is
    the rate of CD7-negative cells, h their share at baseline. A mean rate is h r + (1 - h) r+, so

        share = 1 - (1 - h) (current - r) / (baseline - r)

    The two mean rates replace the cells' likelihood, which is not kept in the feature table: with
    this many UMIs a cell they carry nearly all of it. The error adds up, by linearisation, both
    samples' cells, h (0.10, SD 0.05), r (log-SD of its calibration and between samples), and
    log-SD 0.10 between samples of one patient; not the spread between people. The share is bounded
    to 0 to 1. Missing when a rate is, when `baseline` is further from the calibrated rate than
    three times the spread between samples, and when the interval (`interval_90`) is wider than 0.5.

    >>> rates = load_calibration()
    >>> baseline = Estimate(rates.negative.rate * 0.10 + rates.positive.rate * 0.90, 0.05)
    >>> round(anchored_share(baseline, baseline, rates).value, 3)
    0.1
    """
    r = rates.negative.rate
    healthy_positive = 1 - HEALTHY_SHARE
    expected = HEALTHY_SHARE * r + healthy_positive * rates.positive.rate
    if math.isnan(current.value) or not baseline.value > r:
        return MISSING
    if abs(math.log(baseline.value / expected)) > MAX_SPREADS * rates.spread:
        return MISSING
    rate_range = baseline.value - r
    positive = healthy_positive * (current.value - r) / rate_range
    r_sd = r * math.hypot(rates.negative.log_rate_sd, rates.negative_spread, rates.spread)
    within_patient_sd = WITHIN_PATIENT_LOG_SD * current.value
    errors = (
        healthy_positive / rate_range * math.hypot(current.se, within_patient_sd),
        positive / rate_range * baseline.se,
        positive / healthy_positive * HEALTHY_SHARE_SD,
        (positive - healthy_positive) / rate_range * r_sd,
    )
    share = Estimate(min(max(1 - positive, 0.0), 1.0), math.hypot(*errors))
    low, high = interval_90(share)
    return MISSING if high - low > MAX_INTERVAL_WIDTH else share


def interval_90(share: Estimate) -> tuple[float, float]:
    """The 90 % interval of an anchored share: 1.645 errors either way, bounded to 0 to 1.

    >>> interval_90(Estimate(0.1, 0.1))
    (0.0, 0.2645)
    """
    half_width = Z_90 * share.se
    return max(share.value - half_width, 0.0), min(share.value + half_width, 1.0)


def anchored_fraction(comparable_rows: Sequence[Row], current: Row) -> Estimate:
    """The share of one row against the patient's earliest sample up to the day of infusion.

    `comparable_rows` are rows of the same patient, tissue, enrichment and source of types in order
    of day, `current` among them. The earliest of them that has a rate, of the same chemistry, is
    the anchor; one whose own 90 % interval starts above a share of 0.20 is none. Missing without
    one, in samples up to the day of infusion, in marrow, and in the infusion product, which lacks
    CD7 by design.
    """
    anchor = next((row for row in comparable_rows if _is_anchor(row, current)), None)
    if anchor is None or number(current, "day") <= 0:
        return MISSING
    return anchored_share(_rate(current), _rate(anchor), load_calibration())


def _is_anchor(row: Row, current: Row) -> bool:
    return (
        number(row, "day") <= 0
        and (row["tissue"] or "PB") == "PB"
        and row["enrichment"] != "product"
        and row["chemistry"] == current["chemistry"]
        and not math.isnan(number(row, "cd7_t_rate"))
        and not number(row, "cd7neg_t_fraction_low") > MAX_BASELINE_SHARE
    )


def _rate(row: Row) -> Estimate:
    """A rate with its error; a rate without one counts as exact over its cells."""
    se = number(row, "cd7_t_rate_se")
    return Estimate(number(row, "cd7_t_rate"), 0.0 if math.isnan(se) else se)
