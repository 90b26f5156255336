"""Clinical scores as comparators: CAR-HEMATOTOX, EASIX, m-EASIX.

Arrays of one value per patient, NaN where not measured; a score without all its inputs is NaN.
No sign is assumed: whoever compares them with a model recalibrates them first.
"""

import numpy as np
from numpy.typing import ArrayLike

from features.arrays import Floats

HIGH_CAR_HEMATOTOX = 2
"""From this score on, the risk of long cytopenia and severe infection is called high."""
MRD_POSITIVE = 1e-4
"""Share of nucleated cells from which residual leukaemia counts as found (0.01 %)."""


def car_hematotox(
    plt: ArrayLike, anc: ArrayLike, hb: ArrayLike, crp: ArrayLike, ferritin: ArrayLike
) -> Floats:
    """CAR-HEMATOTOX, 0 to 7 points; from 2 on high.

    Platelets (10^9/L) above 175: 0, 75 to 175: 1, below 75: 2. Neutrophils (10^9/L) below 1.2: 1.
    Haemoglobin (g/dL) below 9: 1. CRP (mg/dL) from 3: 1. Ferritin (ng/mL) below 650: 0, 650 to
    2000: 1, above 2000: 2. Made for values before lymphodepletion (Rejeski et al. 2021, Blood
    138:2499); here it is computed from the sample's day.

    >>> car_hematotox([200, 60], [2.0, 0.5], [10, 8], [1, 5], [300, 3000]).tolist()
    [0.0, 7.0]
    """
    platelets, neutrophils, haemoglobin, protein, iron = _arrays(plt, anc, hb, crp, ferritin)
    points = (
        (platelets <= 175).astype(float)
        + (platelets < 75)
        + (neutrophils < 1.2)
        + (haemoglobin < 9)
        + (protein >= 3)
        + (iron >= 650)
        + (iron > 2000)
    )
    missing = np.isnan(platelets + neutrophils + haemoglobin + protein + iron)
    return np.where(missing, np.nan, points)


def easix(ldh: ArrayLike, creatinine: ArrayLike, plt: ArrayLike) -> Floats:
    """EASIX = LDH (U/L) x creatinine (mg/dL) / platelets (10^9/L); NaN at 0 platelets.

    Endothelial activation and stress index (Luft et al. 2017, Lancet Haematology 4:e414).

    >>> easix(200, 1.0, 100).item()
    2.0
    """
    lactate, kidney, platelets = _arrays(ldh, creatinine, plt)
    return _over(lactate * kidney, platelets)


def m_easix(ldh: ArrayLike, crp: ArrayLike, plt: ArrayLike) -> Floats:
    """Modified EASIX = LDH (U/L) x CRP (mg/dL) / platelets (10^9/L); NaN at 0 platelets.

    CRP in creatinine's place, for toxicity of CAR-T cells (Pennisi et al. 2021, Blood Advances
    5:3397).

    >>> m_easix(200, 3.0, 100).item()
    6.0
    """
    lactate, protein, platelets = _arrays(ldh, crp, plt)
    return _over(lactate * protein, platelets)


def absolute_monocyte_count(wbc: ArrayLike, monocyte_share: ArrayLike) -> Floats:
    """Monocytes (10^9/L) from white cells (10^9/L) and the differential's share (0 to 1).

    For a blood count that gives a percentage; one that gives the count needs no arithmetic.

    >>> absolute_monocyte_count(4.0, 0.05).item()
    0.2
    """
    white, share = _arrays(wbc, monocyte_share)
    inside = (share >= 0) & (share <= 1)
    return np.where(inside, white * share, np.nan)


def mrd_positive(mrd: ArrayLike) -> Floats:
    """1 where measurable residual disease reaches 10^-4 of nucleated cells, else 0.

    The threshold of flow cytometry in acute lymphoblastic leukaemia (Bruggemann et al. 2010,
    Leukemia 24:521).

    >>> mrd_positive([0.0, 0.0001, float("nan")]).tolist()
    [0.0, 1.0, nan]
    """
    (share,) = _arrays(mrd)
    return np.where(np.isnan(share), np.nan, (share >= MRD_POSITIVE).astype(float))


def _arrays(*values: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values)))


def _over(numerator: Floats, denominator: Floats) -> Floats:
    positive = denominator > 0
    ratio: Floats = np.divide(
        numerator, denominator, out=np.full(numerator.shape, np.nan), where=positive
    )
    return ratio
