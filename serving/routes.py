"""Everything beside BentoML's own routes, as one Starlette application."""

from starlette.applications import Starlette

from features.errors import BadInput
from serving.acknowledgements import acknowledgement_routes
from serving.integration import integration_routes
from serving.model_route import model_routes
from serving.openapi import openapi_routes
from serving.pages import pages_app
from serving.patients import patient_routes
from serving.problems import Problem, answer_problem
from serving.reference import reference_routes, reference_view
from serving.state import State
from serving.summarise import summarise_routes


def application(state: State) -> Starlette:
    """Mounted at the root; `state` is opened at start-up and used per request."""
    state.followers.append(lambda models: reference_view())
    return Starlette(
        routes=[
            *patient_routes(state),
            *acknowledgement_routes(state),
            *model_routes(state),
            *summarise_routes(state),
            *integration_routes(state),
            *openapi_routes(),
            *reference_routes(),
            *pages_app(state),
        ],
        exception_handlers={Problem: answer_problem, BadInput: answer_problem},
    )
