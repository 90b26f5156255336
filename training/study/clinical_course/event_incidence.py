"""Section 6: cumulative incidence of both endpoints from the landmark, transplant as declared."""

import numpy as np
import pandas as pd

from models.endpoints import ENDPOINTS
from training.charts.flow_svg import fates, flow_picture
from training.charts.steps_svg import steps
from training.cohort.labels import TRANSPLANT_RULES, AtRisk, at_risk, label
from training.statistics.incidence import Incidence, cumulative_incidence
from training.statistics.loglog import interval
from training.study.cohort import StudyCohort
from training.study.section import Picture, Section, Table


def incidence(cohort: StudyCohort) -> Section:
    """Flow of patients, a curve of each endpoint under each reading of transplant, numbers."""
    relapse = label(cohort.at_risk, "relapse", cohort.protocol.primary_horizon)
    flow = Picture(
        f"Flow of patients to day {cohort.protocol.landmark} and what followed in "
        f"{cohort.protocol.primary_horizon} days",
        flow_picture(cohort.at_risk.flow, relapse),
        whole=True,
    )
    readings = {rule: _at_risk(cohort, rule) for rule in TRANSPLANT_RULES}
    pictures, rows = [flow], []
    for endpoint, names in ENDPOINTS.items():
        curves = {
            rule: cumulative_incidence(one.time, one.code, names.event_code)
            for rule, one in readings.items()
            if one.n
        }
        if curves:
            pictures.append(_curves(cohort, endpoint, curves))
            rows += [row for rule in curves for row in _rows(cohort, endpoint, rule, curves[rule])]
    steps_of = [*cohort.at_risk.flow, *fates(relapse)]
    flow_table = pd.DataFrame([(s.reason, s.n) for s in steps_of], columns=["step", "patients"])
    tables = (
        Table("flow", "Flow of patients", flow_table),
        Table("incidence", "Cumulative incidence from the landmark", pd.DataFrame(rows)),
    )
    return Section(6, "Who was followed, and what happened", (), tuple(pictures), tables)


def _at_risk(cohort: StudyCohort, rule: str) -> AtRisk:
    if rule == cohort.protocol.transplant:
        return cohort.at_risk
    return at_risk(cohort.outcomes, cohort.samples, cohort.protocol.landmark, rule)


def _curves(cohort: StudyCohort, endpoint: str, curves: dict[str, Incidence]) -> Picture:
    name, declared = ENDPOINTS[endpoint].words, cohort.protocol.transplant
    svg = steps(name, curves, declared, float(max(cohort.protocol.horizons)))
    words = f"Thick: {TRANSPLANT_RULES[declared]} (as declared), with its 95 % band."
    others = {"ignored": "dashed", "competing": "dotted", "censoring": "dash-dotted"}
    for rule in curves:
        if rule != declared:
            words += f" {others[rule].capitalize()}: {TRANSPLANT_RULES[rule]}."
    return Picture(f"Cumulative incidence of {name}", svg, words)


def _rows(
    cohort: StudyCohort, endpoint: str, rule: str, curve: Incidence
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for day in cohort.protocol.horizons:
        reached = len(curve.time) > 0 and day <= curve.time.max()
        value, error = curve.at(day) if reached else (float("nan"), float("nan"))
        low, high = interval(np.array([value]), np.array([error]))
        rows.append(
            {
                "endpoint": endpoint, "transplant": rule, "question": TRANSPLANT_RULES[rule],
                "declared": rule == cohort.protocol.transplant, "days_after_landmark": day,
                "incidence": value, "low": float(low[0]), "high": float(high[0]),
            }
        )  # fmt: skip
    return rows
