"""Stored patients and models with other days, for tests of the pages."""

from dataclasses import replace
from typing import Any

from serving.assessment.assess import ServedModel
from serving.storage.store import Store
from tests.serving.fitted import fitted_models, two_samples


def add(store: Store, identifier: str, **changes: Any) -> str:
    """Store the test patient; `changes` are made to the current sample. Returns the key."""
    key = store.add_patient(identifier)
    for row in two_samples():
        store.put_sample(key, row | (changes if row["day"] == 28 else {}))
    return key


def with_days(**changes: dict[str, int]) -> dict[str, ServedModel]:
    """Both endpoints' models with other days, such as `relapse={"landmark": 60}`."""
    models = dict(fitted_models())
    for name, days in changes.items():
        model = models[name].model
        landmark = days.get("landmark", model.landmark)
        manifest = {**model.manifest, **days}
        models[name] = ServedModel(replace(model, landmark=landmark, manifest=manifest), "7")
    return models
