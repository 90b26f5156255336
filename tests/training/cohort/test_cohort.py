"""A cohort is read once at each landmark and rule, and says where its patients come from."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import pandas as pd
import pytest

from features.errors import InputError
from features.schema import CORE
from models.endpoints import ENDPOINTS
from tests.training.cohort.cohort_by_hand import infections_of
from training.cohort.at_risk import TRANSPLANT_RULES, patients_at_risk
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import check_outcomes
from training.cohort.protocol import Protocol
from training.evaluation.fit_cohort import fit_cohort

QUICK = replace(
    Protocol(), features=CORE, repeats=1, refits=2, permutations=20, bootstraps=10,
    later_landmarks=(60,),
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
    """All endpoints together: once a landmark of the fit, and once a rule shown beside it."""
    table, outcomes = cohort(80, seed=1, beta=1.2)
    infections = infections_of(
        *[(p, 40, 3, "CMV") for p in outcomes.patients[:20]],
    )
    alive = infections["patient_id"].map(outcomes.frame["followup_day"]) > 40
    protocol = replace(QUICK, transplant=rule)
    patients = cohort_of(table, outcomes, protocol, infections[alive])
    names = [endpoint.name for endpoint in protocol.endpoints]
    readings = readings_during(lambda: list(fit_cohort(patients, protocol, names)))
    expected = {(28, each) for each in TRANSPLANT_RULES} | {(60, rule)}
    assert readings == dict.fromkeys(expected, 1)


def test_a_second_fit_takes_the_same_patients(cohort) -> None:
    """The cohort is handed on: a further fit assembles no landmark and rule again."""
    patients = cohort_of(*cohort(80, seed=1, beta=1.2))
    list(fit_cohort(patients, QUICK, ["relapse"]))
    first = patients.at_risk
    assert not readings_during(lambda: list(fit_cohort(patients, QUICK, ["relapse"])))
    assert patients.at_risk is first


def test_a_reading_without_change_is_the_same_cohort(cohort) -> None:
    """Another landmark or rule is another cohort of the same tables, the same each time."""
    patients = cohort_of(*cohort(20, seed=1))
    assert patients.at() is patients.at(28, "ignored") is patients
    later = patients.at(landmark=60)
    assert patients.at(60) is later is later.at() and later.at(28) is patients
    assert later.at(90).at(28, "censoring") is patients.at(transplant="censoring")
    assert replace(patients, samples=later.samples).at(60) is not later
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


def test_an_endpoint_with_an_onset_needs_infections(cohort) -> None:
    """Without the table it is refused; with it the patients are followed to the onset."""
    table, outcomes = cohort(20, seed=1)
    severe = ENDPOINTS["severe_infection"]
    without = cohort_of(table, outcomes)
    assert without.at_risk_of(ENDPOINTS["relapse"]) is without.at_risk
    assert without.infections_digest is None
    assert without.earlier_onsets(ENDPOINTS["relapse"]) is None
    for question in (without.at_risk_of, without.earlier_onsets):
        with pytest.raises(InputError, match=r"severe_infection is counted .*--infections"):
            question(severe)
    infections = infections_of(("P000", 29, 3, ""), ("P001", 20, 4, ""), ("P002", 3, 2, ""))
    patients = cohort_of(table, outcomes, None, infections)
    followed = patients.at_risk_of(severe)
    assert (followed.time[0], followed.code[0]) == (1.0, 5)
    assert followed.time[1:].tolist() == patients.at_risk.time[1:].tolist()
    assert patients.earlier_onsets(severe) == 1
    excluding = replace(severe, excludes_earlier=True)
    assert patients.at_risk_of(excluding).n == followed.n - 1
    assert "P001" not in patients.at_risk_of(excluding).patient_id
    assert patients.earlier_onsets(excluding) == 1


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
