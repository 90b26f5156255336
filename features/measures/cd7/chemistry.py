"""Library chemistry: whether the calibrated rates of CD7 RNA hold for it."""

import re
from dataclasses import replace
from typing import Literal

from features.measures.cd7.component_rates import TwoComponentRates

# The calibration was made on a 10x 5' library, its spread between samples on 10x 3' and 5'
# libraries; the simulator draws counts at the calibrated rates.
_CALIBRATED = re.compile(
    r"10x|chromium|cell ?ranger|\bsc[35]p|single cell [35]|[35] ?('|\u2019|\u2032|-?p\b|-?prime)"
    r"|(three|five)[- ]?prime|next ?gem|gem-?x|eccite|\bv[123](\.\d)?\b|^simulated$",
    re.IGNORECASE,
)
# Probes, full-length reads, nuclei, other beads and other primers show other rates of each gene.
_OTHER = re.compile(
    r"flex|fixed|probe|frp\b|target|parse|evercode|split-?seq|rhapsody|\bbd\b|abseq|wta|smart|\bss[23]\b"
    r"|drop-?seq|in-?drop|seq-?well|cel-?seq|mars-?seq|\bsci\b|sci-|pip-?seq|fluent|hive"
    r"|microwell|visium|spatial|nuclei|nuclear|\bsn|multiome|\barc\b|dnbelab|scale|quartz|strt",
    re.IGNORECASE,
)
# For a chemistry that we cannot place: log-SD 0.5 in all, twice that between 10x data sets. An
# assumption; no public set measures CD7 in the same cells by such chemistries.
UNPLACED_SPREAD = 0.50

CalibrationUse = Literal["calibrated", "unstated", "unplaced", "uncalibrated"]


def calibration_use(chemistry: str | None) -> CalibrationUse:
    """How far the calibration of CD7 RNA may be used for a chemistry as the laboratory names it.

    "calibrated": 10x 3' or 5' libraries. "unstated": nothing said, taken for one of them.
    "unplaced": a name that we do not know. "uncalibrated": known to show other rates.

    >>> [calibration_use(name) for name in ("10x 3' v3", "Single Cell 5' R2-only", None)]
    ['calibrated', 'calibrated', 'unstated']
    >>> [calibration_use(name) for name in ("10x Flex", "Smart-seq3", "our own protocol")]
    ['uncalibrated', 'uncalibrated', 'unplaced']
    """
    if not chemistry:
        return "unstated"
    if _OTHER.search(chemistry):
        return "uncalibrated"
    return "calibrated" if _CALIBRATED.search(chemistry) else "unplaced"


def rates_for(chemistry: str | None, rates: TwoComponentRates) -> TwoComponentRates:
    """The calibrated rates, with a wider spread between samples for an unplaced chemistry.

    >>> from features.measures.cd7.rna_share import load_calibration
    >>> rates_for("our own protocol", load_calibration()).spread
    0.5
    """
    if calibration_use(chemistry) != "unplaced":
        return rates
    return replace(rates, spread=max(rates.spread, UNPLACED_SPREAD))
