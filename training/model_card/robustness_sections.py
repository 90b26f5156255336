"""Sections of a card on robustness: smooth calibration, net benefit, sites, sensitivity.

Numbers are those of the evaluation, rounded; nothing is computed.
"""

from models.disclosed_cohort import MeasureDocument
from training.evaluation.documents.evaluation_document import ModelEvaluation, PerformanceDocument
from training.evaluation.documents.robustness_sections import (
    ImputedMeasure,
    IncidenceOfGroup,
    SiteMean,
)
from training.model_card.card_sections import number, sentence, table, value_and_interval

SHOWN_POINTS = 5  # of the 25 of the smooth curve
UNCERTAIN = "uncertain: under 100 events; read the band, not the line"


def smooth_calibration(e: PerformanceDocument) -> str:
    """Smooth observed risk at some predicted ones, with its band."""
    section = e["smooth_calibration"]
    if section["reason"]:
        return f"### Smooth calibration\n\n{sentence(section['reason'])}"
    points = section["points"]
    steps = range(0, len(points), max(1, (len(points) - 1) // (SHOWN_POINTS - 1)))
    rows = [
        [number(p["risk"]), number(p["observed"]), f"{number(p['low'])} to {number(p['high'])}"]
        for p in (points[i] for i in steps)
    ]
    form = "a spline" if section["terms"] == "spline" else "a straight line"
    certainty = f"; **{UNCERTAIN}**" if section["uncertain"] else ""
    head = ["Predicted risk", "Observed risk", "95 % band"]
    note = f"Logistic regression on {form} of the predicted log-odds{certainty}."
    return f"### Smooth calibration\n\n{table(head, rows)}\n\n{note}"


def net_benefit(e: PerformanceDocument) -> str:
    """Net benefit at the declared thresholds."""
    rows = [
        [f"{row['threshold']:.0%}", _measure(row["model"]), _measure(row["treat_all"]),
         _measure(row["gain"])]
        for row in e["net_benefit"]
    ]  # fmt: skip
    head = ["Threshold", "Model", "Treat all", "Gain over the better of all and none"]
    note = "Thresholds were declared in the protocol. True positives per patient; 95 % intervals."
    return f"### Net benefit\n\n{table(head, rows)}\n\n{note}"


def sites(e: PerformanceDocument) -> str:
    """Each site by models that did not see it, and what a new site may expect."""
    section = e["sites"]
    rows = [
        [one["site"], str(one["n"]), str(one["events"]),
         _measure(one["observed_over_expected"]), _measure(one["auc"])]
        for one in section["sites"]
    ]  # fmt: skip
    means = (section["observed_over_expected"], section["auc"])
    if section["reason"] is None:
        rows.append(["**mean of sites**", "", "", *(_site_mean(mean) for mean in means)])
        rows.append(["**a new site (95 %)**", "", "", *(_new_site(mean) for mean in means)])
    head = ["Site", "Patients", "Events", "Observed over expected", "AUC"]
    parts = [
        "## Sites",
        f"{sentence(section['note'])} {_left_out(section['brier_skill'])}".strip(),
        table(head, rows) if rows else "",
        sentence(section["reason"]) if section["reason"] else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _left_out(skill: MeasureDocument | None) -> str:
    return "" if skill is None else f"Brier skill over all sites {_measure(skill)}."


def _site_mean(mean: SiteMean | None) -> str:
    return "" if mean is None else _measure(mean["mean"])


def _new_site(mean: SiteMean | None) -> str:
    return (
        ""
        if mean is None
        else f"{_short(mean['prediction_low'])} to " + _short(mean["prediction_high"])
    )


def sensitivity(e: ModelEvaluation) -> str:
    """Multiple imputation and refused samples."""
    return f"## Sensitivity\n\n{_imputation(e)}\n\n{refused_samples(e)}"


def _imputation(e: ModelEvaluation) -> str:
    section = e["sensitivity"]
    if section["reason"]:
        return f"Missing inputs: {section['reason']}."
    measures = {
        "AUC": section["auc"],
        "Brier score": section["brier"],
        "Observed over expected": section["observed_over_expected"],
    }
    rows = [[name, *_imputed(one)] for name, one in measures.items()]
    head = ["Measure", "As served", "Pooled over imputations", "Missing information"]
    return (
        f"Missing inputs ({section['missing_share']:.0%} of the values): the served model beside "
        f"{section['imputations']} completed tables, each fitted anew, out of fold on one repeat, "
        f"pooled by Rubin's rules.\n\n{table(head, rows)}"
    )


def _imputed(one: ImputedMeasure | None) -> list[str]:
    if one is None:
        return ["undefined", "undefined", ""]
    share = one["missing_information"]
    return [
        _measure(one["served"]), _measure(one["imputed"]), "" if share is None else f"{share:.1%}"
    ]  # fmt: skip


def refused_samples(e: PerformanceDocument) -> str:
    """Incidence of the patients whose sample was refused, beside that of the others."""
    section = e["refused_samples"]
    if section["reason"]:
        return f"Refused samples: {section['reason']} to compare them."
    rows = [
        [name, str(group["n"]), str(group["events"]), _incidence(group)]
        for name, group in (("used", section["used"]), ("refused", section["refused"]))
    ]
    head = ["Sample", "Patients", "Events", f"Incidence at {e['horizon']} days"]
    ratio, risk = _measure(section["observed_over_expected"]), number(section["risk"])
    note = (
        f"With nothing measured the model gives a risk of {risk}; observed over expected of the "
        f"refused patients is then {ratio}. Refusal follows low cell counts."
    )
    return f"Refused samples:\n\n{table(head, rows)}\n\n{note}"


def _incidence(group: IncidenceOfGroup) -> str:
    return _measure(group["incidence"])


def _measure(measure: MeasureDocument | None) -> str:
    """A value with its interval in one cell."""
    if measure is None:
        return "undefined"
    value, interval = value_and_interval(measure)
    return f"{value} ({interval})"


def _short(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3g}"
