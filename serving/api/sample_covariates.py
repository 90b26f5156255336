"""Check of a request's declared covariates against the models in service."""

from collections.abc import Iterable, Mapping

from serving.assessment.covariates import covariates_in_service, faults
from serving.assessment.served_model import ServedModel
from serving.requests_responses.requests import PatientRequest, Sample
from serving.web.problem_messages import field
from serving.web.problems import Problem

Location = tuple[str | int, ...]


def check_covariates(
    samples: Iterable[tuple[Location, Sample]], models: Mapping[str, ServedModel]
) -> None:
    """Raise Problem 422 that names each declared column that no model in service uses or accepts.

    `samples` come with their place in the body.
    """
    covariates = covariates_in_service(models)
    errors = [
        {"field": field((*location, "covariates", name)), "rule": rule}
        for location, sample in samples
        for name, rule in faults(sample.covariates or {}, covariates)
    ]
    if errors:
        raise Problem(422, None, errors)


def located_samples(patient: PatientRequest, *location: str | int) -> list[tuple[Location, Sample]]:
    """A patient's samples with their place in the body, below `location`."""
    return [((*location, "samples", i), sample) for i, sample in enumerate(patient.samples)]
