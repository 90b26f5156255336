"""Values of the cohort page: how each model did on its training cohort, from its manifest."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from markupsafe import Markup

from models.disclosed_cohort import (
    CohortCalibration,
    CohortIncidence,
    CohortWarnings,
    DisclosedCohort,
    MeasureDocument,
    RiskGroup,
    ThirdIncidence,
    WarningRate,
)
from models.frozen import FrozenModel
from models.manifest import Manifest
from serving.assessment import risk_wording, wording
from serving.assessment.limitations import n_failed_checks
from serving.assessment.served_model import ServedModel
from serving.pages import cohort_figures
from serving.pages.model_view import verdict
from serving.web.render import between

UNKNOWN = (
    "This model's folder does not hold these numbers: an earlier version of CD7Watch exported it."
    " Train and export the model again to see them here."
)


class WarningsView(TypedDict):
    """Who would have been warned: sentences, figure and table."""

    sentences: list[str]
    figure: Markup | None
    lines: list[dict[str, str]]
    events: str


class CalibrationView(TypedDict):
    """Whether the risks came true: sentence, figure, table and measures."""

    sentence: str
    reason: str
    figure: Markup
    lines: list[dict[str, str]]
    measures: list[tuple[str, str]]


class IncidenceLineView(TypedDict):
    """One third of the risk, with its share at each horizon."""

    third: str
    n: int
    shares: list[str]


class IncidenceView(TypedDict):
    """The share with the event over time, by third of the risk."""

    reason: str
    no_discrimination: str
    figure: Markup | None
    horizons: Sequence[int]
    lines: list[IncidenceLineView]


class CohortView(TypedDict):
    """One endpoint's card on the cohort page; what may be absent needs the cohort's numbers."""

    endpoint: str
    name: str
    served: ServedModel
    manifest: Manifest
    verdict: str
    failures: int
    has_numbers: bool
    unknown: str
    cohort: NotRequired[DisclosedCohort]
    lost: NotRequired[int]
    warnings: NotRequired[WarningsView]
    calibration: NotRequired[CalibrationView]
    incidence: NotRequired[IncidenceView]


def cohort_view(served_model: ServedModel) -> CohortView:
    """One endpoint's card; `has_numbers` is False where the model's folder holds none."""
    model = served_model.model
    manifest, cohort = model.manifest, model.manifest.get("cohort")
    view: CohortView = {
        "endpoint": model.endpoint,
        "name": model.words,
        "served": served_model,
        "manifest": manifest,
        "verdict": verdict(manifest.get("state")),
        "failures": n_failed_checks(served_model),
        "has_numbers": isinstance(cohort, dict),
        "unknown": UNKNOWN,
    }
    if not isinstance(cohort, dict):
        return view
    warnings = cohort["warned"]
    return {
        **view,
        "cohort": cohort,
        "lost": cohort["patients"] - warnings["events"] - warnings["others"],
        "warnings": warnings_view(warnings, model, cohort["horizon"]),
        "calibration": calibration_view(cohort["calibration"], model.words),
        "incidence": incidence_view(cohort["incidence"], model),
    }


def warnings_view(warnings: CohortWarnings, model: FrozenModel, horizon: int) -> WarningsView:
    """Sentence, figure and table of who would have been warned how early."""
    thresholds, events = warnings["at"], f"{warnings['events']} {model.plural}"
    figure = cohort_figures.warning(thresholds, events, horizon) if thresholds else None
    return {
        "sentences": [warning_sentence(one, warnings, model) for one in thresholds],
        "figure": figure,
        "lines": [_warning_line(one, warnings["events"]) for one in thresholds],
        "events": events,
    }


def warning_sentence(threshold: WarningRate, warnings: CohortWarnings, model: FrozenModel) -> str:
    """Events warned of at one threshold, how early, and the false alarms, as counts of patients.

    Such as: on day 28 the model would have warned of 34 of 61 relapses, half of them at least 41
    days before. It would also have warned 10 of 100 patients who had no relapse.
    """
    days = threshold["days"]
    early = f", half of them at least {days[1]} days before" if days else ""
    return (
        f"On day {model.landmark} the model would have warned of {threshold['warned']} of"
        f" {warnings['events']} {model.plural}{early}. It would also have warned"
        f" {risk_wording.of_hundred(threshold['false_alarms'])} of 100 patients who had no"
        f" {model.words}."
    )


def _warning_line(threshold: WarningRate, events: int) -> dict[str, str]:
    share, days = threshold["share"], threshold["days"]
    return {
        "alarms": f"{risk_wording.of_hundred(threshold['false_alarms'])} of 100",
        "n_warned": f"{threshold['warned']} of {events}, {_share(share)}",
        "days": f"{days[1]} ({days[0]} to {days[2]})" if days else "too few to show",
    }


def _share(share: MeasureDocument) -> str:
    if share["value"] is None:
        return "undefined"
    text = wording.percent(share["value"])
    if share["low"] is None or share["high"] is None:
        return text
    return f"{text} ({between(share['low'], share['high'])})"


def calibration_view(calibration: CohortCalibration, name: str) -> CalibrationView:
    """Sentence, figure and table of whether the risks came true."""
    overall = calibration["overall"]
    groups = calibration["groups"]
    return {
        "sentence": (
            f"On average the model gave a risk of {wording.percent(overall['risk'])};"
            f" {wording.percent(overall['observed'])} had {name}"
            f" ({between(overall['low'], overall['high'])})."
        ),
        "reason": _sentence(calibration["reason"]),
        "figure": cohort_figures.calibration(calibration, name),
        "lines": [_group_line("All patients", overall)]
        + [_group_line(_rank(i, len(groups)), group) for i, group in enumerate(groups, 1)],
        "measures": [
            (
                "Observed over expected (1 is ideal)",
                _measure(calibration["observed_over_expected"]),
            ),
            (
                "Slope (1 is ideal; below 1 the risks are too extreme)",
                _measure(calibration["slope"]),
            ),
        ],
    }


def _group_line(label: str, group: RiskGroup) -> dict[str, str]:
    return {
        "label": label,
        "n": str(group["n"]),
        "risk": wording.percent(group["risk"]),
        "observed": (
            f"{wording.percent(group['observed'])} ({between(group['low'], group['high'])})"
        ),
    }


def _rank(i: int, n_groups: int) -> str:
    return "Lowest risks" if i == 1 else "Highest risks" if i == n_groups else f"Group {i}"


def incidence_view(incidence: CohortIncidence, model: FrozenModel) -> IncidenceView:
    """Figure and table of the share with the event over time, in thirds of the risk."""
    groups, name = incidence["groups"], model.words
    figure = cohort_figures.incidence(groups, name, model.landmark) if groups else None
    return {
        "reason": _sentence(incidence["reason"]),
        "no_discrimination": no_discrimination(groups, name),
        "figure": figure,
        "horizons": model.horizons,
        "lines": [
            {
                "third": str(group["third"]).capitalize(),
                "n": group["n"],
                "shares": [_share_at(group, horizon) for horizon in model.horizons],
            }
            for group in groups
        ],
    }


def no_discrimination(groups: Sequence[ThirdIncidence], name: str) -> str:
    """A sentence where those of higher risk did not have the event more often, else nothing.

    >>> no_discrimination([{"share": [0.3]}, {"share": [0.2]}], "relapse")
    'This model does not distinguish between patients: the third of highest risk had no more\
 relapse than the third of lowest risk.'
    """
    if not groups or groups[-1]["share"][-1] > groups[0]["share"][-1]:
        return ""
    return (
        "This model does not distinguish between patients: the third of highest risk had no more"
        f" {name} than the third of lowest risk."
    )


def _share_at(group: ThirdIncidence, day: int) -> str:
    if day not in group["days"]:
        return "too few followed"
    i = group["days"].index(day)
    interval = between(group["low"][i], group["high"][i])
    return f"{wording.percent(group['share'][i])} ({interval})"


def _measure(measure: MeasureDocument) -> str:
    if measure["value"] is None:
        return "undefined"
    if measure["low"] is None or measure["high"] is None:
        return f"{measure['value']:.2f}"
    return f"{measure['value']:.2f} ({measure['low']:.2f} to {measure['high']:.2f})"


def _sentence(text: str | None) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
