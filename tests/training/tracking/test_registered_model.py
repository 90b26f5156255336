"""What a registered version brings back."""

import json
from pathlib import Path

import pandas as pd

from training.cohort.protocol import Protocol
from training.tracking.registered_model import (
    manifest_protocol,
    stored_model,
    stored_protocol,
    training_patients,
)
from training.tracking.registry import connect, find_version
from training.tracking.registry_names import Address


def test_protocol_and_patients_are_restored(store: Path) -> None:
    """The protocol is the one given to fit; the patients are those at risk in its cohort."""
    version = find_version(connect(), Address("relapse", "candidate"))
    given = json.loads((store / "cohort" / "protocol.json").read_text())
    protocol = stored_protocol(version)
    assert protocol.permutations == given["permutations"]
    assert protocol.sha256 == version.tags["protocol_sha256"]
    everybody = set(pd.read_csv(store / "cohort" / "outcomes.csv")["patient_id"])
    patients = training_patients(version)
    assert patients <= everybody
    assert len(patients) == int(stored_model(version).manifest["training"]["at_risk"])


def test_a_folder_gives_its_protocol(store: Path) -> None:
    """Landmark, horizons and transplant rule are read from the manifest alone."""
    told = manifest_protocol(stored_model(find_version(connect(), Address("relapse", "candidate"))))
    default = Protocol()
    assert (told.landmark, told.primary_horizon) == (default.landmark, default.primary_horizon)
    assert told.transplant == "ignored"
