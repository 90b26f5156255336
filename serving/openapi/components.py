"""Components of the OpenAPI document: schemas, security, and the responses that are problems."""

from collections.abc import Sequence
from http import HTTPStatus

from features.schema import Feature
from serving.openapi.json_schema import Document, covariates_schema, definitions, reference
from serving.openapi.operation_object import failures
from serving.openapi.operations import OPERATIONS
from serving.requests_responses.problem_responses import ProblemAnswer
from serving.requests_responses.requests import Sample
from serving.web import problems


def components(covariates: Sequence[Feature] = ()) -> Document:
    """What operations refer to; `covariates` are the declared columns that a sample may have."""
    statuses = {status for operation in OPERATIONS for status in failures(operation)}
    return {
        "schemas": _with_covariates(definitions(), covariates),
        "securitySchemes": {"token": _security()},
        "responses": {str(status): _problem_response(status) for status in sorted(statuses)},
    }


def _with_covariates(schemas: Document, covariates: Sequence[Feature]) -> Document:
    """The schemas with a sample's declared columns as one more, `Covariates`."""
    sample = schemas[Sample.__name__]
    field = sample["properties"]["covariates"]
    kinds = [{"$ref": "#/components/schemas/Covariates"}, {"type": "null"}]
    properties = {**sample["properties"], "covariates": {**field, "anyOf": kinds}}
    return {
        **schemas,
        Sample.__name__: {**sample, "properties": properties},
        "Covariates": covariates_schema(covariates),
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
