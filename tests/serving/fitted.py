"""Small real models for tests of what is built on them: fitted and frozen as in a hospital."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from features import schema
from features.arrays import Floats
from features.covariates import document
from features.schema import Feature
from features.table.row import Row, empty_row
from models.endpoints import ENDPOINTS, HORIZONS, LANDMARK, Endpoint, Onset
from models.frozen import FrozenModel, freeze
from serving.assessment.served_model import ServedModel
from training.evaluation.joint.fit import JointData, fit_joint
from training.evaluation.joint.refits import bootstrap_refits, members_of
from training.evaluation.joint.resampling import FitJoint
from training.evaluation.joint.rows import JointRows, Visits, training_visits

EVENTS = ("relapse", "fatal_infection", "other_death")
MEAN_DAYS = (300.0, 900.0, 1500.0, 350.0)  # to each event, then to an infection that is survived
DEATH_WITHOUT_RELAPSE = Endpoint(
    "death_without_relapse", "death without relapse", "deaths without relapse",
    ("fatal_infection", "other_death"),
)  # fmt: skip
VIRAL_INFECTION = Endpoint(
    "viral_infection", "viral infection", "viral infections", (), onset=Onset(2, "viral")
)


def one_visit(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """n samples with independent features inside the schema's ranges."""
    columns = {}
    for feature in schema.CELLS:
        if feature.unit == "fraction":
            columns[feature.name] = rng.beta(2, 10, n)
        else:
            columns[feature.name] = rng.normal(-2 if feature.unit == "log ratio" else 3, 0.6, n)
    return pd.DataFrame(columns)


def cohort(seed: int, n: int = 120) -> pd.DataFrame:
    """Patients with a sample on day 28, in which a fifth lack one feature."""
    rng = np.random.default_rng(seed)
    table = one_visit(rng, n)[list(schema.MODEL_FEATURES)]
    return table.mask(np.outer(rng.random(n) < 0.2, table.columns == "s100a8a9_monocyte"))


def follow_up(table: pd.DataFrame, seed: int) -> Floats:
    """Days from the landmark to each of `EVENTS` and to an infection, (n, 4)."""
    rng = np.random.default_rng(seed + 1)
    s100, monocytes = table["s100a8a9_leukocyte"] - 3.0, table["monocyte_fraction"] - 0.17
    eta = np.column_stack([1.5 * s100, -8.0 * monocytes, 0.0 * s100, -4.0 * monocytes])
    return rng.exponential(np.array(MEAN_DAYS) * np.exp(-eta))


def joint_data(
    table: pd.DataFrame, seed: int, endpoints: Sequence[Endpoint],
    landmark: int, horizons: tuple[int, ...],
) -> JointData:  # fmt: skip
    """Rows of one landmark, followed to the end, until the first event or onset."""
    days, n = follow_up(table, seed), len(table)
    patients = np.arange(n)

    def rows(columns: int, events: tuple[str, ...]) -> JointRows:
        time, code = days[:, :columns].min(axis=1), days[:, :columns].argmin(axis=1) + 1
        visits = Visits(landmark, patients, table.to_numpy(), np.ceil(time), code)
        names = np.array([f"p{i}" for i in patients], dtype=object)
        return JointRows(
            (visits,), names, np.full(n, "", dtype=object), horizons, events,
            schema.MODEL_FEATURES, schema.CORE,
        )  # fmt: skip

    until_onset = rows(4, (*EVENTS, "onset"))
    onsets = {endpoint.name: until_onset for endpoint in endpoints if endpoint.onset}
    return JointData(rows(3, EVENTS), onsets, tuple(endpoints))


def joint_models(
    seed: int, endpoints: Sequence[Endpoint] = tuple(ENDPOINTS.values()),
    landmark: int = LANDMARK,
    *,
    horizons: tuple[int, ...] = HORIZONS, n: int = 120, refits: int = 20,
    fit: FitJoint = fit_joint, **manifest: object,
) -> dict[str, FrozenModel]:  # fmt: skip
    """Models of one joint fit by endpoint; `manifest` adds to what their folders say."""
    table = cohort(seed, n)
    data = joint_data(table, seed, endpoints, landmark, horizons)
    everybody = np.arange(n)
    with threadpool_limits(1):  # threads cost small matrices more than they give
        model, redrawn = fit(data, everybody), bootstrap_refits(data, fit, refits, seed=seed)
    facts = {
        "provenance": "synthetic",
        "joint_fit": f"{seed:016x}",
        "state": "candidate",
        "version": "7",
        "gate": {"passed": [], "failed": ["Score test p = 0.30; at most 0.05 is needed."]},
        **manifest,
    }
    models = {}
    for endpoint in endpoints:
        rows = data.onset_rows.get(endpoint.name, data.rows)
        incidence = training_visits(rows, everybody).incidence @ data.in_endpoint(endpoint)
        training = {
            "n_patients": {str(h): n for h in horizons},
            "n_events": {str(h): round(n * i) for h, i in zip(horizons, incidence, strict=True)},
            "created_at": "2026-01-01T00:00:00Z",
        }
        models[endpoint.name] = freeze(
            members_of(model, redrawn, endpoint), endpoint, landmark,
            events=data.events(endpoint), horizons=horizons, features=schema.MODEL_FEATURES,
            training_X=table.to_numpy(), prevalence=incidence,
            facts={"training": training, **facts},
        )  # fmt: skip
    return models


@cache
def fitted_models() -> Mapping[str, ServedModel]:
    """The models of the three standard endpoints, of one joint fit, fitted once a process."""
    return {name: ServedModel(model, "7") for name, model in joint_models(1).items()}


def with_days(**changes: dict[str, int]) -> dict[str, ServedModel]:
    """The models with other days, such as `relapse={"landmark": 60}`."""
    models = dict(fitted_models())
    for name, days in changes.items():
        model = models[name].model
        landmark = days.get("landmark", model.landmark)
        manifest = {**model.manifest, **days}
        models[name] = ServedModel(replace(model, landmark=landmark, manifest=manifest), "7")
    return models


def two_samples() -> list[Row]:
    """One patient's two samples: before infusion, and within the window of landmark 28."""
    table = one_visit(np.random.default_rng(9), 2)
    rows = []
    for position, (sample_id, day) in enumerate((("before", -5), ("day28", 28))):
        row = empty_row()
        row |= {"sample_id": sample_id, "patient_id": "p", "day": day, "provenance": "real"}
        row |= {"enrichment": "none", "n_cells": 2000.0, "cd7neg_unresolved": 0.0}
        row |= {n: float(table.loc[position, n]) for n in schema.SAMPLE_NUMBERS if n in table}
        rows.append(row)
    rows[1]["s100a8a9_monocyte"] = float("nan")
    rows[1]["no_monocytes"] = 1.0
    return rows


CMV = Feature(
    "adv_load", "Adenovirus load", "adenovirus DNA in plasma", "log10 IU/mL", 0.0, 9.0, "covariate",
    healthy=(0.0, 1.5),
)  # fmt: skip
TREATED = Feature("treated", "Treated", "treated at the draw", "0 or 1", 0.0, 1.0, "covariate")


def with_covariates(served_model: ServedModel, *declared: Feature) -> ServedModel:
    """The same arrays with declared columns in place of the panel's first features."""
    model = served_model.model
    names = dict(zip(schema.CORE, (feature.name for feature in declared), strict=False))
    features = tuple(names.get(name, name) for name in model.features)
    facts = {"features": list(features), "covariates": [document(one) for one in declared]}
    manifest = {**model.manifest, **facts}
    return ServedModel(replace(model, features=features, manifest=manifest), served_model.version)
