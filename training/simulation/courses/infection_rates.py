"""Rates of severe infection (CTCAE grade 3 or more) after CAR-T that the simulator draws from.

Survived severe infections start as a Poisson process whose daily rate falls in three steps; with
probability RECURRENCE a further one follows after an exponential wait. The whole process is
multiplied by exp(eta), so the hazard of a first onset is proportional too. A fatal infection is
the clinical course's, and has its onset before death. Sources of the constants:

- 79 of 350 patients with B-ALL had a severe infection by day 60, of whom 8 grade 4 and 5 grade 5;
  24 had several ("Pre-infusion risk factors predict severe infectious complications of CAR T-cell
  therapy in pediatric and adult patients with B-ALL", three centres). EARLY_RATE and RECURRENCE
  give these shares in a `null` cohort of the phase II profile (tests).
- infections of any grade per 100 patient-days: 2.36 on days 0-28, 0.98 on days 29-90 (Maron et
  al., Front Oncol 2022;12:845540); 1.19 and 0.67 (Hill et al., Blood 2018;131:121). LATE_SHARE is
  the first study's ratio, which is of leukaemia alone.
- organisms: bacterial, viral, fungal in 22, 11 and 4 patients by day 28, in 7, 11 and 2 after
  (Hill et al.).

Assumptions, for want of a source: of the late rate a half after day 90 and an eighth after day 180,
also after a transplant; mean waits of 20 days to a further infection and of 10 from onset to death.
"""

import numpy as np

from features.arrays import Floats
from models.endpoints import LANDMARK
from training.simulation.courses.clinical_course import (
    PLANTED,
    PRESETS,
    base_rate_shift,
)

SEVERE_BY_DAY_60 = 79 / 350
EARLY_RATE = 0.0054  # onsets a day up to day 28
LATE_SHARE = 0.98 / 2.36
STEPS = np.array([0.0, 28.0, 90.0, 180.0, 10_000.0])  # days on which the rate changes
SHARES = np.array([1.0, LATE_SHARE, LATE_SHARE / 2, LATE_SHARE / 8])  # of EARLY_RATE between them
EXPECTED = EARLY_RATE * np.concatenate([[0.0], np.cumsum(SHARES * np.diff(STEPS))])
RECURRENCE = 0.32
RECURRENCE_DAYS = 20.0  # mean wait for a further infection
FATAL_DAYS = 10.0  # mean time from the onset of a fatal infection to death
LIFE_THREATENING = 8 / 74  # grade 4 among survived severe infections

# Severe infection contains fatal infection, so the same two features drive both, with the same
# log hazard ratio: the effect on the endpoint is then b on either part and on the whole.
SEVERE_PLANTED = PLANTED["fatal_infection"]


def expected_onsets(day: Floats) -> Floats:
    """Expected onsets by a day since infusion, before recurrences and effects.

    >>> (expected_onsets(np.array([28.0, 90.0])) / EARLY_RATE).round(2)
    array([28.  , 53.75])
    """
    return np.interp(day, STEPS, EXPECTED)


def onset_day(expected: float) -> float:
    """Day by which so many onsets are expected; inverse of `expected_onsets`, infinite at its end.

    >>> round(onset_day(float(expected_onsets(np.array(120.0)))), 9)
    120.0
    """
    return float(np.interp(expected, EXPECTED, STEPS, right=np.inf))


def cumulative_onset_hazard(day: Floats) -> Floats:
    """Cumulative hazard of the first survived onset after landmark 28, at eta = 0.

    The onsets of the process after the landmark, and the recurrences there of earlier onsets:
    r rate m (1 - exp(-28 / m)) (1 - exp(-(day - 28) / m)), m the mean wait, r the probability.
    """
    start = np.array(float(LANDMARK))
    wait = RECURRENCE_DAYS
    earlier = RECURRENCE * EARLY_RATE * wait * -np.expm1(-LANDMARK / wait)
    hazard: Floats = (
        expected_onsets(day)
        - expected_onsets(start)
        + earlier * -np.expm1(-np.maximum(day - LANDMARK, 0.0) / wait)
    )
    return hazard


def severe_log_hr(log_hr: Floats, preset: str, fatal_shift: float) -> Floats:
    """Log hazard ratio of survived severe infection, (n,), from that of fatal infection (n,).

    Both have the same effects; the shift that keeps the base rate is taken for SEVERE_BY_DAY_60 in
    place of the fatal one's, `fatal_shift`.
    """
    spread = PRESETS[preset] * len(SEVERE_PLANTED) ** 0.5
    log_hazard: Floats = log_hr - fatal_shift + base_rate_shift(SEVERE_BY_DAY_60, spread)
    return log_hazard
