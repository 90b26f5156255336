"""Clinical scores as comparators: CAR-HEMATOTOX, EASIX, m-EASIX.

Arrays of one value per patient, NaN where not measured; a score without all its inputs is NaN.
No sign is assumed: compare them with a model only after recalibration.
"""

import numpy as np
from numpy.typing import ArrayLike

from features.arrays import Floats


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

    CRP replaces creatinine, for toxicity of CAR-T cells (Pennisi et al. 2021, Blood Advances
    5:3397).

    >>> m_easix(200, 3.0, 100).item()
    6.0
    """
    lactate, protein, platelets = _arrays(ldh, crp, plt)
    return _over(lactate * protein, platelets)


def _arrays(*values: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values)))


def _over(numerator: Floats, denominator: Floats) -> Floats:
    positive = denominator > 0
    ratio: Floats = np.divide(
        numerator, denominator, out=np.full(numerator.shape, np.nan), where=positive
    )
    return ratio
