"""Simulated patients at three landmarks, and a joint fit to them with an onset: no training code.

Days to relapse, fatal infection, other death and a severe infection that is survived are
exponential, with effects of the first three features.
"""

from typing import NamedTuple

import numpy as np

from features.arrays import Floats, Ints
from models.endpoints import ENDPOINTS, Endpoint
from models.frozen import FrozenModel, Members, freeze
from models.hazard_model import HazardModel, event_power, fit_hazard_model
from models.hazard_onset import with_onset
from models.linear_members import linear_members

FEATURES = ("signal", "second", "noise", "gappy", "sparse", "constant")
EVENTS = ("relapse", "fatal_infection", "other_death")
LANDMARKS = (28, 60, 90)
HORIZONS = (90, 180, 365)
IS_CORE = np.array([True, True, True, False, False, False])
DAILY_RATES = np.array([0.0012, 0.0004, 0.0004, 0.0015])  # the last one of the onset
EFFECTS = np.array([[0.9, 0.0, 0.0, 0.2], [0.0, 0.8, 0.0, 0.7], [0.0, 0.0, 0.3, 0.0]])


class Patients(NamedTuple):
    """Features X (n, 6) and the day of the first event of each kind (n, 4) from infusion."""

    X: Floats
    day: Floats


class Visits(NamedTuple):
    """Stacked rows: X (n, 6), day and patient (n,), event and weight (n, K), incidence (K, C)."""

    X: Floats
    day: Floats
    patient: Ints
    event: Ints
    weight: Floats
    incidence: Floats


class JointModel(NamedTuple):
    """The model of the exclusive events, and the one with the onset beside them."""

    exclusive: HazardModel
    with_onset: HazardModel


def draw_patients(n: int = 160, seed: int = 11) -> Patients:
    """Two columns are missing in part, one does not vary."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6))
    X[:, 3] += X[:, 0]
    X[:, 5] = 2.0
    rate = DAILY_RATES * np.exp(X[:, :3] @ EFFECTS)
    X[rng.random(n) < 0.2, 3] = np.nan
    X[rng.random(n) < 0.05, 4] = np.nan
    return Patients(X, rng.exponential(1 / rate))


def exclusive_visits(patients: Patients, landmarks: tuple[int, ...] = LANDMARKS) -> Visits:
    """Rows until the first of the events that exclude each other, everyone followed through."""
    first, code = patients.day[:, :3].min(axis=1), patients.day[:, :3].argmin(axis=1) + 1
    return _stacked(patients, first, code, landmarks=landmarks)


def visits_until_onset(patients: Patients, landmarks: tuple[int, ...] = LANDMARKS) -> Visits:
    """The same rows until the onset too, which is event 4 unless fatal in the same interval."""
    exclusive = patients.day[:, :3].min(axis=1)
    code = patients.day[:, :3].argmin(axis=1) + 1
    rows = exclusive_visits(patients, landmarks)
    onset, death = patients.day[rows.patient, 3], exclusive[rows.patient]
    ends = np.array(HORIZONS)
    has_onset = (onset > rows.day) & (onset <= death)
    time = np.where(has_onset, onset, death) - rows.day
    same = np.searchsorted(ends, time) == np.searchsorted(ends, death - rows.day)
    is_fatal = (code[rows.patient] == 2) & same
    number = np.where(has_onset & ~is_fatal, 4, code[rows.patient])
    return _finished(rows.X, rows.day, rows.patient, time, number)


def _stacked(
    patients: Patients, first: Floats, code: Ints, *, landmarks: tuple[int, ...]
) -> Visits:
    at = [np.flatnonzero(first > landmark) for landmark in landmarks]
    patient = np.concatenate(at)
    day = np.repeat(np.array(landmarks, dtype=float), [len(rows) for rows in at])
    return _finished(patients.X[patient], day, patient, first[patient] - day, code[patient])


def _finished(X: Floats, day: Floats, patient: Ints, time: Floats, code: Ints) -> Visits:
    event = np.zeros((len(X), len(HORIZONS)), dtype=np.int64)
    for k, (start, end) in enumerate(zip((0, *HORIZONS), HORIZONS, strict=False)):
        event[:, k] = np.where(time <= end, code, 0)
        event[time <= start, k] = -1
    weight = np.full(event.shape, event_power(event, patient))
    codes = range(1, int(code.max()) + 1)
    shares = [[(column == c).mean() for c in codes] for column in event.T]
    return Visits(X, day, patient, event, weight, np.cumsum(shares, axis=0))


def fit_joint(patients: Patients, landmarks: tuple[int, ...] = LANDMARKS) -> JointModel:
    """Fit both models to these patients."""
    rows, until = exclusive_visits(patients, landmarks), visits_until_onset(patients, landmarks)
    exclusive = fit_hazard_model(
        rows.X, rows.day, rows.event, rows.weight, is_core=IS_CORE, incidence=rows.incidence
    )
    severe = np.array([0.0, 1.0, 0.0, 1.0])
    onset = with_onset(
        exclusive, until.X, until.day, until.event, until.weight,
        is_core=IS_CORE, in_endpoint=severe, incidence=until.incidence @ severe,
    )  # fmt: skip
    return JointModel(exclusive, onset)


def fit_with_refits(patients: Patients, refits: int = 12) -> list[JointModel]:
    """The fit, then refits to patients drawn with replacement."""
    draws = (
        np.random.default_rng(i).integers(len(patients.X), size=len(patients.X))
        for i in range(refits)
    )
    redrawn = [Patients(patients.X[rows], patients.day[rows]) for rows in draws]
    return [fit_joint(patients), *(fit_joint(part) for part in redrawn)]


def members_of(models: list[JointModel], endpoint: Endpoint) -> Members:
    """The arrays that an endpoint is served from."""
    has_onset = endpoint.onset is not None
    return linear_members([m.with_onset if has_onset else m.exclusive for m in models])


def frozen_models(
    patients: Patients, models: list[JointModel], features: tuple[str, ...] = FEATURES
) -> dict[str, FrozenModel]:
    """Relapse, fatal infection and severe infection of one joint fit, at landmark 28."""
    frozen = {}
    for endpoint in ENDPOINTS.values():
        has_onset = endpoint.onset is not None
        rows = (visits_until_onset if has_onset else exclusive_visits)(patients, (28,))
        columns = [code - 1 if code < 4 else 3 for code in endpoint.event_codes]
        frozen[endpoint.name] = freeze(
            members_of(models, endpoint), endpoint, 28,
            events=(*EVENTS, "onset") if has_onset else EVENTS, horizons=HORIZONS,
            features=features, training_X=rows.X,
            prevalence=rows.incidence[:, columns].sum(axis=1),
            facts={
                "provenance": "synthetic", "joint_fit": "0123456789abcdef",
                "training": {"code_version": "none"},
            },
        )  # fmt: skip
    return frozen
