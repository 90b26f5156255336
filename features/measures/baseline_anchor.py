"""CD7-negative T cells measured against the patient's own sample from before infusion.

How much CD7 RNA a CD7-positive T cell shows differs between people and laboratories by a quarter
(log-SD 0.25), which is most of the width of a single sample's interval. Before CD7 CAR-T nearly
all of a patient's T cells have CD7, so that sample tells this patient's rate, and the difference
between people drops out.
"""

import math
from collections.abc import Sequence

from features.measures.cd7_rates import WIDEST, load_calibration
from features.measures.mixture import Kinds
from features.measures.pooled_expression import MISSING, Level
from features.table.row import Row, number

# Share of CD7-negative T cells before therapy: 9 % of the T cells that the calibration is made
# from; 9 % (SD 3.4) of the mononuclear cells, hence about 13 % (SD 5) of the T cells, of 38
# healthy adults (Reinhold et al., J Immunol 1993;150:2081).
HEALTHY, HEALTHY_SD = 0.10, 0.05
# Log-SD of the CD7 rate of T cells between samples of one patient: 0.09 in T cells without the CAR
# in the blood of two CARPALL patients, each drawn once and read twice (sorted and not). CD4 T cells
# have two thirds of CD8 T cells' rate, so a shift between them by a fifth moves it as much.
WITHIN_PATIENT = 0.10
# A first sample whose rate lies further than this from the calibrated one does not hold T cells
# that are nearly all CD7-positive: three times the spread between samples.
FURTHEST = 3.0
NORMAL_95 = 1.645


def anchored_share(now: Level, before: Level, kinds: Kinds) -> Level:
    """Share of CD7-negative T cells from two mean rates of CD7 RNA, and its standard error.

    `now` and `before` are CD7 UMIs per 10,000 UMIs pooled over T cells, with errors; r is the rate
    of CD7-negative cells, h the share of them before. A mean rate is h r + (1 - h) r+, so

        share = 1 - (1 - h) (now - r) / (before - r)

    The two mean rates stand for the cells' likelihood, which history does not have: with this many
    UMIs a cell they carry nearly all of it. The error adds up, by linearisation, both samples'
    cells, h (0.10, SD 0.05), r (log-SD of its calibration and between samples), and log-SD 0.10
    between samples of one patient; not the spread between people. The share is kept within 0 to
    1. Missing when a rate is, when `before` is further from the calibrated rate than three times
    the spread between samples, and when the interval (`ends`) is wider than 0.5.

    >>> kinds = load_calibration()
    >>> before = Level(kinds.negative.rate * 0.10 + kinds.positive.rate * 0.90, 0.05)
    >>> round(anchored_share(before, before, kinds).value, 3)
    0.1
    """
    r = kinds.negative.rate
    expected = HEALTHY * r + (1 - HEALTHY) * kinds.positive.rate
    if math.isnan(now.value) or not before.value > r:
        return MISSING
    if abs(math.log(before.value / expected)) > FURTHEST * kinds.spread:
        return MISSING
    room = before.value - r
    positive = (1 - HEALTHY) * (now.value - r) / room
    r_sd = r * math.hypot(kinds.negative.log_rate_sd, kinds.negative_spread, kinds.spread)
    parts = (
        (1 - HEALTHY) / room * math.hypot(now.se, WITHIN_PATIENT * now.value),
        positive / room * before.se,
        positive / (1 - HEALTHY) * HEALTHY_SD,
        (positive - (1 - HEALTHY)) / room * r_sd,
    )
    found = Level(min(max(1 - positive, 0.0), 1.0), math.hypot(*parts))
    low, high = ends(found)
    return MISSING if high - low > WIDEST else found


def ends(share: Level) -> tuple[float, float]:
    """The 90 % interval of an anchored share: 1.645 errors either way, kept within 0 to 1.

    >>> ends(Level(0.1, 0.1))
    (0.0, 0.2645)
    """
    reach = NORMAL_95 * share.se
    return max(share.value - reach, 0.0), min(share.value + reach, 1.0)


def anchored(comparable: Sequence[Row], now: Row) -> Level:
    """The share of one row against the patient's earliest sample up to the day of infusion.

    `comparable` are rows of the same patient, tissue, enrichment and source of types in order of
    day, `now` among them. The earliest of them that has a rate, of the same chemistry, is the
    anchor. Missing without one, in samples up to the day of infusion, in marrow, and in the
    infusion product, which lacks CD7 by design.
    """
    first = next((row for row in comparable if _is_anchor(row, now)), None)
    if first is None or number(now, "day") <= 0:
        return MISSING
    return anchored_share(_rate(now), _rate(first), load_calibration())


def _is_anchor(row: Row, now: Row) -> bool:
    return (
        number(row, "day") <= 0
        and (row["tissue"] or "PB") == "PB"
        and row["enrichment"] != "product"
        and row["chemistry"] == now["chemistry"]
        and not math.isnan(number(row, "cd7_t_rate"))
    )


def _rate(row: Row) -> Level:
    """A rate with its error; one that came without is taken for exact over its cells."""
    se = number(row, "cd7_t_rate_se")
    return Level(number(row, "cd7_t_rate"), 0.0 if math.isnan(se) else se)
