"""What is described of an address is what its handler reads."""

from features import schema
from serving.openapi import parameters
from serving.storage.patient_query import MOST_LISTED, PatientQuery
from serving.uploads.upload import FIELDS


def test_an_upload_may_say_what_is_described_and_nothing_else() -> None:
    """The query of /v1/summarise, part by part."""
    described = [parameters.DAY, parameters.PATIENT_KEY, *parameters.context_parameters()]
    assert sorted(one.name for one in described) == sorted(FIELDS)


def test_numbers_carry_the_schemas_ranges_and_units() -> None:
    """One source for table, body and query."""
    by_name = {one.name: one for one in parameters.context_parameters()}
    for feature in schema.CLINICAL:
        limits = by_name[feature.name].schema
        assert (limits["minimum"], limits["maximum"]) == (feature.low, feature.high)
        assert feature.unit in by_name[feature.name].meaning


def test_the_lists_query_is_its_models() -> None:
    """Names and limits, without the null that a query cannot hold."""
    by_name = {one.name: one.schema for one in parameters.listing_parameters()}
    assert set(by_name) == set(PatientQuery.model_fields)
    assert by_name["limit"]["maximum"] == MOST_LISTED
    assert by_name["provenance"]["enum"] == ["real", "synthetic"]
    assert all("anyOf" not in schema for schema in by_name.values())
