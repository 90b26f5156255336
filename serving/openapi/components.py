"""Components of the OpenAPI document: schemas, security, and the responses that are problems."""

from http import HTTPStatus

from serving.assessment.answer import EndpointName
from serving.openapi.json_schema import (
    Document,
    covariates_schema,
    definitions,
    endpoint_schema,
    reference,
)
from serving.openapi.operation_object import failures
from serving.openapi.operations import OPERATIONS
from serving.openapi.served_interface import ServedInterface
from serving.requests_responses.problem_responses import ProblemAnswer
from serving.requests_responses.requests import Sample
from serving.web import problems


def components(served: ServedInterface) -> Document:
    """What operations refer to, with the endpoints and declared columns of models in service."""
    statuses = {status for operation in OPERATIONS for status in failures(operation)}
    return {
        "schemas": _with_served(definitions(), served),
        "securitySchemes": {"token": _security()},
        "responses": {str(status): _problem_response(status) for status in sorted(statuses)},
    }


def _with_served(schemas: Document, served: ServedInterface) -> Document:
    """The schemas with the endpoints in service and, as one more, a sample's declared columns."""
    name = EndpointName.__name__
    sample = schemas[Sample.__name__]
    field = sample["properties"]["covariates"]
    kinds = [{"$ref": "#/components/schemas/Covariates"}, {"type": "null"}]
    properties = {**sample["properties"], "covariates": {**field, "anyOf": kinds}}
    return {
        **schemas,
        Sample.__name__: {**sample, "properties": properties},
        name: endpoint_schema(schemas[name], served.endpoints),
        "Covariates": covariates_schema(served.covariates),
    }


def _problem_response(status: int) -> Document:
    response: Document = {
        "description": problems.DETAILS.get(status, HTTPStatus(status).phrase),
        "content": {problems.MEDIA_TYPE: {"schema": reference(ProblemAnswer)}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": wait}
    return response


def _security() -> Document:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made by `cd7watch serving token`; its roles say what it opens.",
    }
