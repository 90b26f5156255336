"""A cohort is read once at each landmark and rule, and says where its patients come from."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import pandas as pd
import pytest
from training.evaluation.fit_endpoint import fit_endpoint

from features.errors import InputError
from features.schema import CORE
from training.cohort.at_risk import TRANSPLANT_RULES, patients_at_risk
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import check_outcomes
from training.cohort.protocol import Protocol

QUICK = replace(
    Protocol(), features=CORE, repeats=1, refits=2, permutations=20, bootstraps=10,
    candidates=("prevalence", "core_panel"),
)  # fmt: skip


def readings_during(work: Callable[[], object]) -> Counter[tuple[int, str]]:
    """How often `work` assembles the patients at risk, by landmark and transplant rule."""
    readings: Counter[tuple[int, str]] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is patients_at_risk.__code__:
            readings[frame.f_locals["landmark"], frame.f_locals["transplant"]] += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return readings


@pytest.mark.parametrize("rule", TRANSPLANT_RULES)
def test_one_fit_assembles_the_patients_at_risk_once(cohort, rule: str) -> None:
    """Of the protocol's rule and the two shown beside it, each is assembled once in a whole fit."""
    table, outcomes = cohort(80, seed=1, beta=1.2)
    protocol = replace(QUICK, transplant=rule)
    patients = cohort_of(table, outcomes, protocol)
    readings = readings_during(lambda: fit_endpoint(patients, protocol, "relapse"))
    assert readings == dict.fromkeys([(28, each) for each in TRANSPLANT_RULES], 1)


def test_the_second_endpoint_takes_the_same_patients(cohort) -> None:
    """The cohort is handed on: a further fit assembles its own reading no more."""
    patients = cohort_of(*cohort(80, seed=1, beta=1.2))
    first = patients.at_risk
    readings = readings_during(lambda: fit_endpoint(patients, QUICK, "fatal_infection"))
    assert (28, "ignored") not in readings
    assert patients.at_risk is first


def test_a_reading_without_change_is_the_same_cohort(cohort) -> None:
    """Another landmark or rule is another cohort of the same tables; the own one is itself."""
    patients = cohort_of(*cohort(20, seed=1))
    assert patients.at() is patients.at(28, "ignored") is patients
    later = patients.at(landmark=60)
    assert (later.landmark, later.transplant) == (60, "ignored")
    assert later.samples is patients.samples and later.outcomes is patients.outcomes
    assert later.at_risk.landmark == 60
    assert patients.at(transplant="censoring").at_risk.transplant == "censoring"


def test_the_protocol_says_how_the_tables_are_read(cohort) -> None:
    """Landmark and rule are the protocol's; patients at risk are those of the plain function."""
    table, outcomes = cohort(20, seed=1)
    patients = cohort_of(table, outcomes, replace(Protocol(), landmark=30, transplant="competing"))
    expected = patients_at_risk(outcomes, patients.samples, 30, "competing")
    assert patients.at_risk.patient_id.tolist() == expected.patient_id.tolist()
    assert patients.at_risk.flow == expected.flow
    with pytest.raises(InputError, match="one of ignored, competing, censoring; got 'skip'"):
        _ = patients.at(transplant="skip").at_risk


def test_simulated_outcomes_make_a_synthetic_cohort() -> None:
    """Real cells with simulated outcomes are not a real cohort."""
    table = pd.DataFrame({"patient_id": ["a"], "day": [1]})
    row = dict.fromkeys(("relapse_day", "death_day", "death_cause", "transplant_day"), "")
    row |= {"patient_id": "a", "followup_day": "9", "response_day28": "CR"}
    real = cohort_of(table, check_outcomes(pd.DataFrame([row])))
    assert real.provenance == "real"
    simulated = check_outcomes(pd.DataFrame([row | {"provenance": "synthetic"}]))
    assert cohort_of(table, simulated).provenance == "synthetic"
    assert Cohort(replace(real.samples, provenance="synthetic"), real.outcomes).provenance == (
        "synthetic"
    )
