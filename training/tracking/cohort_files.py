"""Cohort and the files its tables came from, which MLflow records as a run's inputs."""

from dataclasses import dataclass, replace
from pathlib import Path

from training.cohort.cohort import Cohort
from training.cohort.protocol import Protocol


@dataclass(frozen=True)
class CohortFiles:
    """A cohort with the paths of its feature table, outcomes and, where given, infections."""

    cohort: Cohort
    features: Path
    outcomes: Path
    infections: Path | None = None

    @property
    def name(self) -> str:
        """The folder that holds the feature table, for people."""
        return self.features.resolve().parent.name

    def under(self, protocol: Protocol) -> "CohortFiles":
        """The same files with the cohort at the protocol's landmark and transplant rule."""
        cohort = self.cohort.at(protocol.landmark, protocol.transplant)
        return replace(self, cohort=cohort)
