"""The OpenAPI document describes the service as it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import schemathesis
from pydantic import TypeAdapter, ValidationError
from starlette.routing import Mount, Route

import serving.service
from features import schema
from serving.openapi.document import document
from serving.openapi.operation_object import EXAMPLES
from serving.openapi.operations import OPERATIONS
from serving.openapi.served_interface import served_interface
from serving.web import problems
from tests.serving.examples import all_answers
from tests.serving.fitted import fitted_models
from tests.serving.process import Running

METHODS = ("get", "post", "put", "delete")


def references(value):
    """Every $ref in a document."""
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)


def test_every_reference_leads_somewhere():
    """No $ref dangles."""
    for reference in set(references(document())):
        place = document()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_it_is_valid_openapi():
    """Schemathesis reads it and finds the schema without a fault."""
    loaded = schemathesis.openapi.from_dict(document())
    loaded.validate()
    assert len(list(loaded.get_all_operations())) == sum(map(len, document()["paths"].values()))


def test_sample_has_every_column_with_unit_and_range():
    """What a caller reads is the schema."""
    fields = document()["components"]["schemas"]["Sample"]["properties"]
    assert set(fields) == {*schema.SAMPLE_COLUMNS, "covariates"}
    for feature in (*schema.CLINICAL, *schema.SAMPLE_FEATURES):
        number = fields[feature.name]["anyOf"][0]
        assert (number["minimum"], number["maximum"]) == (feature.low, feature.high)
        assert feature.unit in fields[feature.name]["description"]


def served_routes(routes):
    """Path and method of every route of the application outside the pages."""
    for route in routes:
        if isinstance(route, Mount):
            yield from served_routes(route.routes or ())
        elif isinstance(route, Route) and re.match(r"/(v1|fhir|cds-services)", route.path):
            yield from ((route.path, m.lower()) for m in (route.methods or ()) if m != "HEAD")


def test_it_lists_what_is_mounted():
    """Each mounted address under /v1, /fhir and /cds-services is described, and no other."""
    from serving.routes import application

    mounted = set(served_routes(application(serving.service.STATE).routes))
    bento = {("/v1/predict", "post"), ("/v1/explain", "post"), ("/v1/predict_batch", "post")}
    documented = {(path, m) for path, item in document()["paths"].items() for m in item}
    assert documented == mounted | bento


def test_every_operation_says_who_may_and_how_it_fails():
    """Security and problems stand on each; errors are problem+json."""
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            assert method in METHODS and operation["summary"] and operation["operationId"]
            guarded = path != "/v1/openapi.json"
            assert operation["security"] == ([{"token": []}] if guarded else [])
            assert ("401" in operation["responses"]) is guarded
            assert {"429", "500"} <= set(operation["responses"])
    for response in document()["components"]["responses"].values():
        assert list(response["content"]) == [problems.MEDIA_TYPE]


def test_served_openly_and_as_made(client):
    """The address answers the document of the models in service, also without a token."""
    answer = client.get("/v1/openapi.json", headers={"Authorization": ""}).json()
    assert answer == document(served_interface(fitted_models()))
    schema = answer["components"]["schemas"]["EndpointName"]
    assert schema["enum"] == list(fitted_models()) and "severe infection" in schema["description"]
    assert "relapse, fatal infection, severe infection" in answer["info"]["summary"]
    properties = answer["components"]["schemas"]["PredictAnswer"]["properties"]
    for reference in (
        properties["endpoints"]["propertyNames"],
        answer["components"]["schemas"]["Acknowledgement"]["properties"]["endpoint"],
    ):
        assert reference["$ref"] == "#/components/schemas/EndpointName"


def documented_answers():
    """Schema and example of every good answer, by operation and status."""
    for item in document()["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values() if status < "3" else ():
                    yield f"{operation['operationId']} {status}", content


def validator(schema):
    """A validator of one of the document's schemas."""
    return jsonschema_rs.Draft202012Validator(
        schema | {"components": {"schemas": document()["components"]["schemas"]}}
    )


def shape(value):
    """What a value consists of, without what it says; of a list its first part.

    What a model says of its training is the trainer's affair.
    """
    if isinstance(value, dict):
        return {n: "value" if n == "training" else shape(part) for n, part in value.items()}
    return [shape(part) for part in value[:1]] if isinstance(value, list) else "value"


def same_shape(one, other):
    """Whether two shapes agree wherever both hold something."""
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(same_shape(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return not one or not other or same_shape(one[0], other[0])
    return "value" in (one, other)


@pytest.fixture(scope="module")
def real_answers(client, tmp_path_factory):
    """What the service answers to the document's own examples."""
    return all_answers(client, tmp_path_factory.mktemp("examples"))


def test_every_answer_has_a_schema_and_a_whole_example():
    """But for the document itself; each example is valid, and without a part it is not."""
    for name, content in documented_answers():
        if name == "openapi 200":
            continue
        assert "$ref" in content["schema"], name
        checked = validator(content["schema"])
        checked.validate(content["example"])
        for part in content["example"]:
            left = {n: v for n, v in content["example"].items() if n != part}
            assert not checked.is_valid(left) or name.startswith("fhirRiskAssessment"), (name, part)


def test_the_service_answers_as_described(real_answers):
    """Each operation's real answer fits its schema and looks like the example."""
    found = dict(documented_answers())
    assert set(real_answers) == set(found) - {"openapi 200"} == set(EXAMPLES)
    for name, answer in real_answers.items():
        validator(found[name]["schema"]).validate(answer)
        assert same_shape(shape(answer), shape(found[name]["example"])), name


def test_every_answer_fits_its_type(real_answers):
    """What each operation really answers has the keys and values of the type that it declares."""
    types = {
        f"{operation.name} {status}": kind
        for operation in OPERATIONS
        for status, kind in ((operation.success, operation.answer), *operation.other)
    }
    assert set(real_answers) == {name for name, kind in types.items() if kind is not None}
    for name, answer in real_answers.items():
        TypeAdapter(types[name]).validate_json(json.dumps(answer, allow_nan=False), strict=True)
        with pytest.raises(ValidationError, match="Extra inputs"):
            TypeAdapter(types[name]).validate_python(answer | {"more": 1})


# A rule between address and body (sample_id) is no part of JSON Schema; 412 is CDS Hooks' own;
# explain and predict_batch read what predict reads, so their examples are enough.
CHECKS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "429"]
[[operations]]
include-operation-id = "putSample"
checks.positive_data_acceptance.enabled = false
[[operations]]
include-operation-id = ["explain", "predictBatch"]
phases.coverage.enabled = false
"""


def test_schemathesis_finds_nothing(running: Running, tmp_path: Path) -> None:
    """Every address but the upload, by examples, edge cases and chains of calls: no finding.

    Some 2,000 requests, valid and not: statuses, types, headers and bodies are as described,
    invalid ones are refused, valid ones are not, nothing opens without a token.
    """
    (tmp_path / "checks.toml").write_text(CHECKS)
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            program, "--config-file", "checks.toml", "run", f"{running.address}/v1/openapi.json",
            "--header", f"Authorization: Bearer {running.token}",
            "--phases", "examples,coverage,stateful", "--exclude-operation-id", "summarise",
            "--max-examples", "20", "--seed", "1", "--generation-database", "none", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert "Tested: 16" in done.stdout, done.stdout[-2000:]
