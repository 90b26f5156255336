"""Random number streams of simulated patients, determined by seed and patient alone.

Patient i's stream k is the k-th child of the i-th child of SeedSequence(seed). Neither the size
of the cohort nor the number of processes nor the order of work changes a patient's numbers.
"""

import numpy as np

from features.arrays import Floats

COURSE, STATE, CELLS, TRAITS = range(4)  # a patient's streams
INFECTIONS = 100_000  # beyond every follow-up visit's streams, which count up from TRAITS


def stream(seed: int, patient: int, kind: int) -> np.random.Generator:
    """Generator of one patient's stream.

    >>> parent = np.random.SeedSequence(7).spawn(4)[3].spawn(2)[STATE]
    >>> same = np.random.default_rng(parent).random() == stream(7, 3, STATE).random()
    >>> bool(same)
    True
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(patient, kind)))


def uniforms(seed: int, n: int, kind: int, width: int) -> Floats:
    """The first `width` uniforms in (0, 1] of each of n patients' streams, shape (n, width).

    Zero is left out, since logarithms are taken.
    """
    return 1.0 - np.stack([stream(seed, patient, kind).random(width) for patient in range(n)])


def normals(seed: int, n: int, kind: int, width: int) -> Floats:
    """The first `width` standard normals of each of n patients' streams, shape (n, width)."""
    draws = [stream(seed, patient, kind).standard_normal(width) for patient in range(n)]
    return np.stack(draws)


def visit_streams(visit: int) -> tuple[int, int]:
    """Streams of a follow-up visit, counted from 0: its state's and its cells'.

    >>> visit_streams(0), visit_streams(1)
    ((4, 5), (6, 7))
    """
    first = TRAITS + 1 + 2 * visit
    return first, first + 1
