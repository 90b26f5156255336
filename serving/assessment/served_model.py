"""A model in service: its arrays, its manifest and its registry version."""

from dataclasses import dataclass

from models.frozen import FrozenModel
from models.manifest import Manifest


@dataclass(frozen=True)
class ServedModel:
    """A model in service under its registry version."""

    model: FrozenModel
    version: str

    @property
    def manifest(self) -> Manifest:
        """What the model's folder says about the model."""
        return self.model.manifest
