"""What the cohort page shows of each model's training cohort, from the manifest's `cohort`."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.assessment import labels, risk_wording, wording
from serving.assessment.limitations import n_failed_checks
from serving.assessment.served_model import ServedModel
from serving.pages import cohort_figures
from serving.pages.model_view import VERDICTS, said
from serving.web.render import between

EVENTS: Mapping[str, str] = {"relapse": "relapses", "fatal_infection": "fatal infections"}
ENDS = ("low", "high")
UNKNOWN = (
    "Its folder does not say: it was exported before such numbers were kept. Train and export the"
    " model again to see them here."
)


def cohort_view(endpoint: str, served: ServedModel | None) -> dict[str, Any]:
    """One endpoint's card; `known` is False where the model's folder holds no such numbers."""
    name = labels.ENDPOINTS[endpoint]
    view: dict[str, Any] = {"endpoint": endpoint, "name": name, "served": served}
    if served is None:
        return view
    manifest = served.model.manifest
    view |= {
        "manifest": manifest,
        "verdict": VERDICTS.get(str(manifest.get("state")), said(manifest.get("state"))),
        "failures": n_failed_checks(served),
        "known": isinstance(manifest.get("cohort"), Mapping),
        "unknown": UNKNOWN,
    }
    if not view["known"]:
        return view
    cohort: Mapping[str, Any] = dict(manifest["cohort"])
    return view | {
        "cohort": cohort,
        "lost": cohort["patients"] - cohort["warned"]["events"] - cohort["warned"]["others"],
        "warned": warned_view(cohort["warned"], endpoint, cohort["horizon"], served.model.landmark),
        "calibration": calibration_view(cohort["calibration"], name),
        "incidence": incidence_view(cohort["incidence"], name, served.model),
    }


def warned_view(
    warned: Mapping[str, Any], endpoint: str, horizon: int, landmark: int
) -> dict[str, Any]:
    """Sentence, figure and table of who would have been warned how early."""
    found, events = warned["at"], f"{warned['events']} {EVENTS[endpoint]}"
    return {
        "sentences": [warned_sentence(one, warned, endpoint, landmark) for one in found],
        "figure": cohort_figures.warning(found, events, horizon) if found else None,
        "lines": [_warned_line(one, warned["events"]) for one in found],
        "events": events,
    }


def warned_sentence(
    one: Mapping[str, Any], warned: Mapping[str, Any], endpoint: str, landmark: int
) -> str:
    """Events warned, how early, and the price in false alarms, as natural frequencies.

    >>> warned_sentence({"warned": 34, "days": [20, 41, 90], "false_alarms": 0.1},
    ...                 {"events": 61}, "relapse", 28)
    'On day 28 the model would have warned of 34 of 61 relapses, half of them at least 41 days\
 before. It would also have warned 10 of 100 patients who had no relapse.'
    """
    days = one["days"]
    early = f", half of them at least {days[1]} days before" if days else ""
    return (
        f"On day {landmark} the model would have warned of {one['warned']} of {warned['events']}"
        f" {EVENTS[endpoint]}{early}. It would also have warned"
        f" {risk_wording.of_hundred(one['false_alarms'])} of 100 patients who had no"
        f" {labels.ENDPOINTS[endpoint]}."
    )


def _warned_line(one: Mapping[str, Any], events: int) -> dict[str, str]:
    share, days = one["share"], one["days"]
    range_ = f" ({between(share)})" if share["low"] is not None else ""
    warned = f"{one['warned']} of {events}, {wording.percent(share['value'])}{range_}"
    return {
        "alarms": f"{risk_wording.of_hundred(one['false_alarms'])} of 100",
        "warned": warned,
        "days": f"{days[1]} ({days[0]} to {days[2]})" if days else "too few to show",
    }


def calibration_view(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Sentence, figure and table of whether the risks came true."""
    overall = found["overall"]
    groups: Sequence[Mapping[str, Any]] = found["groups"]
    return {
        "sentence": (
            f"On average it gave a risk of {wording.percent(overall['risk'])};"
            f" {wording.percent(overall['observed'])} had {name} ({between(overall)})."
        ),
        "reason": _sentence(found["reason"]),
        "figure": cohort_figures.calibration(found, name),
        "lines": [_group_line("All patients", overall)]
        + [_group_line(f"{_place(i, len(groups))}", g) for i, g in enumerate(groups, 1)],
        "measures": [
            (label, _measure(found[key]))
            for label, key in (
                ("Observed over expected (1 is right)", "observed_over_expected"),
                ("Slope (1 is right, below 1 too extreme)", "slope"),
            )
        ],
    }


def _group_line(label: str, group: Mapping[str, Any]) -> dict[str, str]:
    return {
        "label": label,
        "n": str(group["n"]),
        "risk": wording.percent(group["risk"]),
        "observed": f"{wording.percent(group['observed'])} ({between(group)})",
    }


def _place(i: int, of: int) -> str:
    return "Lowest risks" if i == 1 else "Highest risks" if i == of else f"Group {i}"


def incidence_view(found: Mapping[str, Any], name: str, model: Any) -> dict[str, Any]:
    """Figure and table of the share with the event over time, in thirds of the risk."""
    groups: Sequence[Mapping[str, Any]] = found["groups"]
    figure = cohort_figures.incidence(groups, name, model.landmark) if groups else None
    return {
        "reason": _sentence(found["reason"]),
        "unsorted": unsorted(groups, name),
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


def unsorted(groups: Sequence[Mapping[str, Any]], name: str) -> str:
    """A sentence where those of higher risk did not have the event more often, else nothing.

    >>> unsorted([{"share": [0.3]}, {"share": [0.2]}], "relapse")
    'These risks do not tell patients apart: the third of highest risk had no more relapse than\
 the third of lowest risk.'
    """
    if not groups or groups[-1]["share"][-1] > groups[0]["share"][-1]:
        return ""
    return (
        "These risks do not tell patients apart: the third of highest risk had no more"
        f" {name} than the third of lowest risk."
    )


def _share_at(group: Mapping[str, Any], day: int) -> str:
    if day not in group["days"]:
        return "too few followed"
    i = group["days"].index(day)
    return f"{wording.percent(group['share'][i])} ({between({end: group[end][i] for end in ENDS})})"


def _measure(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "undefined"
    if found["low"] is None:
        return f"{found['value']:.2f}"
    return f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _sentence(text: str | None) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
