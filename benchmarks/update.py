"""Updating a model to a site with half the base rate: what is chosen, and what new patients get.

    python -m benchmarks update
    python -m benchmarks.update --cohorts 40

A model of 300 simulated patients (preset "seed-optimistic") meets 100 or 200 of another site, whose
base rate is halved or the same. Observed over expected and Brier score at 180 days on 1,000 further
patients of that site, for each way of updating and for the one that the closed test takes. Seeds:
models from 9901, sites from 19901, further patients 29901.
"""

import argparse
import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._halved_site import halved_site
from features.errors import InputError
from models.endpoints import Endpoint
from models.frozen import FrozenModel, freeze
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.evaluation.design import design_for
from training.evaluation.joint.cohort_fit import fit_identifier, followed_horizons
from training.evaluation.joint.fit import fit_joint, joint_data
from training.evaluation.joint.refits import members_of
from training.evaluation.joint.rows import joint_rows
from training.evaluation.update.endpoint_tests import UpdateChoice, choose_update
from training.evaluation.update.updated_model import updated_models
from training.statistics.calibration.recalibration import Choice

COHORTS, TRAINING, FURTHER = 40, 300, 1000
SIZES = (100, 200)
MODEL_SEED, SITE_SEED, FURTHER_SEED = 9901, 19901, 29901
PROTOCOL = Protocol()
WAYS: tuple[Choice, ...] = ("keep", "intercept", "intercept_and_slope", "refit")


def site(n: int, seed: int, *, half: bool) -> Cohort:
    """Patients of the other site."""
    cohort = synthetic_cohort("seed-optimistic", n, seed)
    return halved_site(cohort, seed) if half else cohort


def fitted_models(cohort: Cohort, protocol: Protocol = PROTOCOL) -> list[FrozenModel]:
    """The joint fit alone, without cross-validation: a model of each endpoint."""
    landmarks = (protocol.landmark, *protocol.later_landmarks)
    horizons = followed_horizons(cohort, protocol.horizons)
    rows = joint_rows(
        cohort, landmarks, horizons, features=protocol.features, core_panel=protocol.core_panel
    )
    data = joint_data(cohort, rows, protocol.endpoints)
    fit = fit_joint(data, np.arange(len(rows.patients)))
    identifier = fit_identifier(cohort, protocol, landmarks)
    return [
        freeze(
            members_of(fit, [fit], endpoint), endpoint, protocol.landmark,
            events=data.events(endpoint), horizons=horizons, features=protocol.features,
            training_X=rows.visits[0].X, prevalence=np.full(len(horizons), np.nan),
            facts={
                "provenance": "synthetic", "joint_fit": identifier,
                "training": {"n_events": _events(cohort, endpoint, horizons)},
            },
        )
        for endpoint in protocol.endpoints
    ]  # fmt: skip


def _events(cohort: Cohort, endpoint: Endpoint, horizons: Sequence[int]) -> dict[str, int]:
    at_risk = cohort.at_risk_of(endpoint)
    return {str(h): label(at_risk, endpoint, h).n_events for h in horizons}


def by_each_way(
    models: Sequence[FrozenModel], patients: Cohort, update: UpdateChoice
) -> Mapping[str, Sequence[FrozenModel]]:
    """The models updated in every way, and in the way that was chosen."""
    line = {
        name: replace(test, choice="intercept_and_slope") for name, test in update.tests.items()
    }
    ways: dict[str, Sequence[FrozenModel]] = {
        "keep": models,
        "intercept": updated_models(
            models,
            UpdateChoice(
                "intercept", {k: replace(v, choice="intercept") for k, v in update.tests.items()}
            ),
            patients,
            PROTOCOL,
        ),
        "intercept_and_slope": updated_models(
            models, UpdateChoice("intercept_and_slope", line), patients, PROTOCOL
        ),
        "refit": fitted_models(patients),
    }
    chosen = ways[update.choice]
    if update.choice == "intercept_and_slope":
        chosen = updated_models(models, update, patients, PROTOCOL)
    return {**ways, "chosen": chosen}


def performance(model: FrozenModel, further: Cohort) -> tuple[float, float]:
    """Observed over expected, and Brier score, at the primary horizon."""
    endpoint, horizon = PROTOCOL.endpoint(model.endpoint), PROTOCOL.primary_horizon
    labels = label(further.at_risk_of(endpoint), endpoint, horizon)
    design = design_for(labels, further.samples, model.features, PROTOCOL.core_panel)
    weight, y = design.label_weights(), np.nan_to_num(design.y)
    risk = model.risks(design.X.to_numpy(np.float64))[:, model.horizons.index(horizon)]
    brier = float(np.average((y - risk) ** 2, weights=weight))
    return float((weight * y).sum() / (weight * risk).sum()), brier


@functools.cache
def _stored_models(number: int) -> Sequence[FrozenModel]:
    return fitted_models(synthetic_cohort("seed-optimistic", TRAINING, MODEL_SEED + number))


def one_update(number: int, n: int, further: Cohort, *, half: bool) -> list[dict[str, object]]:
    """Rows of one model that meets one sample of the site; none with too few events."""
    models = _stored_models(number)
    patients = site(n, SITE_SEED + number, half=half)
    try:
        update = choose_update(models, patients, PROTOCOL)
        ways = by_each_way(models, patients, update)
    except InputError:
        return []
    rows: list[dict[str, object]] = []
    for way, updated in ways.items():
        for model in updated:
            oe, brier = performance(model, further)
            rows.append({"site": "half" if half else "same", "n": n, "number": number, "way": way,
                         "endpoint": model.endpoint, "oe": oe, "brier": brier,
                         "choice": update.choice})  # fmt: skip
    return rows


def main(cohorts: int = COHORTS) -> None:
    """Print the table."""
    rows: list[dict[str, object]] = []
    for half in (True, False):
        further = site(FURTHER, FURTHER_SEED, half=half)
        for n in SIZES:
            for number in range(cohorts):
                rows += one_update(number, n, further, half=half)
    frame = pd.DataFrame(rows)
    for (kind, n), part in frame.groupby(["site", "n"], sort=False):
        print(f"\nSite with {kind} base rate, {n} patients: {_choices(part)} of {cohorts} cohorts")
        table = part.pivot_table(
            index="way", columns="endpoint", values=["oe", "brier"], aggfunc="median", sort=False
        )
        print(table.loc[[*WAYS, "chosen"]].round(4).to_string())


def _choices(part: pd.DataFrame) -> str:
    by_cohort = part.drop_duplicates("number")["choice"]
    counts = [(way, int((by_cohort == way).sum())) for way in WAYS]
    return ", ".join(f"{way} {count}" for way, count in counts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=COHORTS)
    main(parser.parse_args().cohorts)
