"""The clinicians' pages: ward list, patient, model. No script, nothing loaded from elsewhere."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from features.schema import ALL_FEATURES
from serving import audit, words
from serving.access import CALLER
from serving.assess import Answer, ServedModel, explain
from serving.figures import gauge, trend
from serving.model_view import model_view
from serving.recorded import recorded
from serving.refuse import request_id
from serving.render import STATIC, page
from serving.ward import Ward, notices, patient_name, primary
from serving.waterfall import waterfall

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.state import State
    from serving.store import StoredPatient

# What the source study followed over time; each is drawn as one small figure.
FOLLOWED = ("monocyte_fraction", "s100a8a9_leukocyte", "cd7neg_t_fraction")


def pages_app(state: "State") -> list[BaseRoute]:
    """The routes of the pages; `state` holds store, models and record, and is used per request."""
    ward = Ward()

    async def listing(request: Request) -> Response:
        models = state.supply.current()
        lines = await run_in_threadpool(ward.lines, state.store, models)
        synthetic = any(line.synthetic for line in lines)
        await _record(state, "page_ward", {"n_patients": len(lines)}, None)
        return page(
            "ward.html",
            lines=lines,
            models=models,
            endpoints=words.ENDPOINTS,
            notices=words.synthetic_notices(sample=synthetic, model=_any_synthetic(models)),
            validated=all_validated(models),
        )

    async def patient(request: Request) -> Response:
        found = await run_in_threadpool(state.store.patient, request.path_params["key"])
        if found is None:
            return page("missing.html", 404)
        if not found.rows:
            return page("no_sample.html", name=patient_name(found))
        answer = await run_in_threadpool(
            explain, found.rows, state.supply.current(), request_id(request.scope) or ""
        )
        await _record(state, "page_patient", recorded(answer), found.key)
        return page("patient.html", **patient_view(found, answer))

    async def model(request: Request) -> Response:
        models = state.supply.current()
        return page(
            "model.html",
            models=[model_view(name, models.get(name)) for name in words.ENDPOINTS],
            notices=words.synthetic_notices(sample=False, model=_any_synthetic(models)),
        )

    return [
        Route("/", listing),
        Route("/patients/{key}", patient),
        Route("/model", model),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


async def _record(
    state: "State", kind: str, body: Mapping[str, object], subject: str | None
) -> None:
    await state.ledger.commit(audit.entry(kind, CALLER.get().name, body, subject))


def patient_view(patient: "StoredPatient", answer: Answer) -> dict[str, Any]:
    """What the patient's page shows: figures and sentences, nothing computed in the template."""
    return {
        "name": patient_name(patient),
        "answer": answer,
        "endpoints": [endpoint_view(endpoint) for endpoint in answer["endpoints"].values()],
        "trends": [trend_view(name, patient) for name in FOLLOWED],
        "notices": notices(answer),
        "reasons_mean": words.MODEL_NOT_CAUSE,
    }


def endpoint_view(endpoint: Answer) -> dict[str, Any]:
    """One endpoint's card: its number in words, its gauge and its waterfall."""
    name = words.ENDPOINTS[endpoint["endpoint"]]
    shown = primary(endpoint)
    view: dict[str, Any] = {"name": name, "answer": endpoint, "shown": shown}
    if shown is not None:
        interval = shown["stability_interval"]
        view |= {
            "words": words.natural_frequency(shown["risk"], interval["low"], interval["high"]),
            "gauge": gauge(shown),
            "waterfall": waterfall(shown, name),
        }
    return view


def trend_view(name: str, patient: "StoredPatient") -> dict[str, Any]:
    """One followed feature: its label with unit, and its course over the patient's samples."""
    label, unit = ALL_FEATURES[name].label, words.axis_unit(name)
    captioned = f"{label} ({unit})" if unit else label
    return {"label": captioned, "figure": trend(name, patient.rows)}


def all_validated(models: Mapping[str, ServedModel]) -> bool:
    """Whether every endpoint's model is validated; only then may a list be coloured by risk."""
    states = [
        models[name].model.manifest.get("state") for name in words.ENDPOINTS if name in models
    ]
    return bool(states) and all(state == "validated" for state in states)


def _any_synthetic(models: Mapping[str, ServedModel]) -> bool:
    return any(s.model.manifest.get("provenance") == "synthetic" for s in models.values())
