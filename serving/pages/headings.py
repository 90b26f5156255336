"""Headings of a patient's pages: the name, and notices of simulated data."""

from typing import TYPE_CHECKING

from serving.assessment import sentences
from serving.assessment.answer import Answer

if TYPE_CHECKING:  # it reaches BentoML, which the pages themselves do not need
    from serving.storage.store import StoredPatient, UnreadPatient


def patient_name(patient: "StoredPatient | UnreadPatient") -> str:
    """The hospital's identifier, or the start of our key where there is none."""
    return patient.identifier or f"patient {patient.key[:6]}"


def synthetic_notices(answer: Answer) -> list[str]:
    """Which part of an answer is simulated: the sample, the model's training patients, or both."""
    models = [endpoint["model"] for endpoint in answer["endpoints"].values()]
    return sentences.synthetic_notices(
        sample=answer["sample"]["provenance"] == "synthetic",
        model=any(model["provenance"] == "synthetic" for model in models),
    )
