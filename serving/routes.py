"""Starlette application of every route beside BentoML's own."""

from starlette.applications import Starlette

from features.errors import InputError
from serving.api.acknowledgements import acknowledgement_routes
from serving.api.model_routes import model_routes
from serving.api.patient_routes import patient_routes
from serving.api.summarise_route import summarise_routes
from serving.interop.routes import integration_routes
from serving.openapi.document import openapi_routes
from serving.openapi.reference import reference_routes, reference_view
from serving.openapi.served_interface import served_interface
from serving.pages.page_routes import pages_app
from serving.state import Models, State
from serving.web.problems import Problem, answer_problem


def application(state: State) -> Starlette:
    """The application mounted at the root; `state` is opened at start-up and used per request."""
    state.on_models_changed.append(prepare_reference)
    return Starlette(
        routes=[
            *patient_routes(state),
            *acknowledgement_routes(state),
            *model_routes(state),
            *summarise_routes(state),
            *integration_routes(state),
            *openapi_routes(state),
            *reference_routes(state),
            *pages_app(state),
        ],
        exception_handlers={Problem: answer_problem, InputError: answer_problem},
    )


def prepare_reference(models: Models) -> None:
    """Make the reference page's content for these models before the first request."""
    reference_view(served_interface(models))
