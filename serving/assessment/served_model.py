"""A model in service: its arrays, its registry version, and the entries of its manifest."""

from dataclasses import dataclass
from typing import TypedDict, cast

from models.frozen import FrozenModel
from serving.assessment.answer import Provenance


class GateVerdict(TypedDict, total=False):
    """Conclusion of the gate, each check as a sentence."""

    passed: list[str]
    failed: list[str]


class TrainingFacts(TypedDict, total=False):
    """Patients and events by horizon, horizons as text."""

    n_patients: dict[str, int]
    n_events: dict[str, int]


class ServedManifest(TypedDict, total=False):
    """manifest.json as the service reads it; older builds wrote fewer entries."""

    landmark: int
    horizons: list[int]
    state: str
    provenance: Provenance
    candidate: dict[str, str]
    gate: GateVerdict
    training: TrainingFacts
    features: list[str]
    format_version: str
    schema_version: str
    files: dict[str, str]
    card: str
    primary_horizon: int


@dataclass(frozen=True)
class ServedModel:
    """A model in service under its registry version."""

    model: FrozenModel
    version: str

    @property
    def manifest(self) -> ServedManifest:
        """The model's manifest under its types; loading has checked its required entries."""
        return cast(ServedManifest, self.model.manifest)
