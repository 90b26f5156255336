"""Section 6: cumulative incidence of relapse and fatal infection, by transplant rule."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.endpoints import ENDPOINTS, EXCLUSIVE_ENDPOINTS
from training.charts.counts_svg import flow_picture, outcome_steps
from training.charts.curves_svg import incidence_curves
from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.labels import EndpointLabels, label
from training.statistics.survival.incidence import Incidence, cumulative_incidence, loglog_interval
from training.study.cohort import StudyCohort
from training.study.section import Picture, Section, Table


def incidence_section(cohort: StudyCohort) -> Section:
    """Flow of patients, a curve of each endpoint under each transplant rule, numbers."""
    relapse = label(cohort.at_risk, "relapse", cohort.protocol.primary_horizon)
    by_rule = {rule: cohort.cohort.at(transplant=rule).at_risk for rule in TRANSPLANT_RULES}
    pictures, rows = [_flow_picture(cohort, relapse)], []
    for endpoint in EXCLUSIVE_ENDPOINTS:
        curves = {
            rule: cumulative_incidence(
                patients.time, patients.code, ENDPOINTS[endpoint].event_codes
            )
            for rule, patients in by_rule.items()
            if patients.n
        }
        if curves:
            pictures.append(_incidence_picture(cohort, endpoint, curves))
            rows += [row for rule in curves for row in _rows(cohort, endpoint, rule, curves[rule])]
    tables = (
        _flow_table(cohort, relapse),
        Table("incidence", "Cumulative incidence from the landmark", pd.DataFrame(rows)),
    )
    return Section(6, "Participant flow and outcomes", (), tuple(pictures), tables)


def _flow_picture(cohort: StudyCohort, relapse: EndpointLabels) -> Picture:
    title = (
        f"Flow of patients to day {cohort.protocol.landmark} and outcomes in the following "
        f"{cohort.protocol.primary_horizon} days"
    )
    return Picture(title, flow_picture(cohort.at_risk.flow, relapse), full_width=True)


def _flow_table(cohort: StudyCohort, relapse: EndpointLabels) -> Table:
    steps = [*cohort.at_risk.flow, *outcome_steps(relapse)]
    frame = pd.DataFrame([(step.reason, step.n) for step in steps], columns=["step", "patients"])
    return Table("flow", "Flow of patients", frame)


def _incidence_picture(
    cohort: StudyCohort, endpoint: str, curves: Mapping[str, Incidence]
) -> Picture:
    name, rule = ENDPOINTS[endpoint].words, cohort.protocol.transplant
    svg = incidence_curves(name, curves, rule, float(max(cohort.protocol.horizons)))
    words = f"Thick: {TRANSPLANT_RULES[rule]} (as declared), with its 95 % band."
    styles = {"ignored": "dashed", "competing": "dotted", "censoring": "dash-dotted"}
    for other in curves:
        if other != rule:
            words += f" {styles[other].capitalize()}: {TRANSPLANT_RULES[other]}."
    return Picture(f"Cumulative incidence of {name}", svg, words)


def _rows(
    cohort: StudyCohort, endpoint: str, rule: str, curve: Incidence
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for day in cohort.protocol.horizons:
        within_follow_up = len(curve.time) > 0 and day <= curve.time.max()
        value, error = curve.at(day) if within_follow_up else (float("nan"), float("nan"))
        low, high = loglog_interval(np.array([value]), np.array([error]))
        rows.append(
            {
                "endpoint": endpoint, "transplant": rule, "question": TRANSPLANT_RULES[rule],
                "declared": rule == cohort.protocol.transplant, "days_after_landmark": day,
                "incidence": value, "low": float(low[0]), "high": float(high[0]),
            }
        )  # fmt: skip
    return rows
