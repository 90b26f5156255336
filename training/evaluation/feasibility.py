"""Feasibility of a fit: labels at each horizon, risk by transplant rule, required sample size."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from models.endpoints import Endpoint
from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, label
from training.cohort.samples import Samples
from training.evaluation.cohort_report import counts
from training.evaluation.design import design_for
from training.evaluation.documents.cohort_sections import (
    ProtocolContent,
    ProtocolSections,
    RiskUnderRule,
    SampleSizeSection,
)
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.gate import AT_RISK_AT_END, MODEL_EVENTS
from training.statistics.sizes.sample_size import expected_shrinkage, required_sample_size


def protocol_sections(
    data: EvaluationData, by_horizon: Mapping[int, EndpointLabels], fitted: Sequence[int]
) -> ProtocolSections:
    """Sections of a fit on protocol, cohort and sample size.

    `fitted` are the horizons at which the endpoint's model gives a risk, none without a model.
    """
    protocol, endpoint = data.protocol, data.labels.definition
    primary = protocol.primary_horizon
    return {
        "protocol": cast(ProtocolContent, protocol.as_dict()),
        "protocol_sha256": protocol.sha256,
        "horizons": {
            str(horizon): {
                **counts(labels),
                "refused": None if horizon in fitted else _refused(labels, by_horizon[primary]),
            }
            for horizon, labels in by_horizon.items()
        },
        "transplant_rules": risk_by_rule(
            data.cohort, endpoint, protocol.primary_horizon, protocol.core_panel
        ),
        "sample_size": sample_size(
            data.design.X,
            data.labels.n_events / max(1, data.labels.n_events + data.labels.n_nonevents),
            protocol.anticipated_auc,
        ),
    }


def refusal(labels: EndpointLabels) -> str | None:
    """Why no model is fitted, this being the primary horizon; or None."""
    if labels.at_risk_at_end < AT_RISK_AT_END:
        return (
            f"{labels.at_risk_at_end} patients at risk at its end; at least {AT_RISK_AT_END} "
            "are needed"
        )
    if min(labels.n_events, labels.n_nonevents) < MODEL_EVENTS:
        return (
            f"{labels.n_events} events and {labels.n_nonevents} non-events; at least "
            f"{MODEL_EVENTS} of each are needed"
        )
    return None


def _refused(labels: EndpointLabels, primary: EndpointLabels) -> str:
    """Why there is no risk at a horizon: its own counts, or those of the primary horizon."""
    return refusal(labels) or f"at {primary.horizon} days: {refusal(primary)}"


def risk_by_rule(
    cohort: Cohort, endpoint: Endpoint, horizon: int, panel: tuple[str, ...]
) -> list[RiskUnderRule]:
    """Weighted share of events in the window under each transplant rule, with its question.

    About a third of patients are transplanted in the window, so the choice changes the answer.
    Under "censoring" the weights come from a Cox model of transplantation on `panel`; otherwise
    from Kaplan-Meier. `risk` is None without a known label.
    """
    rows: list[RiskUnderRule] = []
    for rule, question in TRANSPLANT_RULES.items():
        at_risk = cohort.at(transplant=rule).at_risk_of(endpoint)
        labels = label(at_risk, endpoint, horizon)
        rows.append(
            {
                "rule": rule,
                "question": question,
                "at_risk": at_risk.n,
                "events": labels.n_events,
                "risk": _weighted_risk(labels, cohort.samples, panel),
            }
        )
    return rows


def _weighted_risk(
    labels: EndpointLabels, samples: Samples, panel: tuple[str, ...]
) -> float | None:
    if not labels.is_known.any():
        return None
    design = design_for(labels, samples, panel, panel)
    weight = design.label_weights()
    return float(np.sum(weight * np.nan_to_num(design.y)) / weight.sum())


def sample_size(X: pd.DataFrame, prevalence: float, c: float) -> SampleSizeSection:
    """Riley's minimum for an effect of every feature."""
    parameters = X.shape[1]
    share = min(max(prevalence, 0.01), 0.99)
    size = required_sample_size(parameters, share, c)
    return {
        "parameters": parameters,
        "anticipated_auc": c,
        "prevalence": share,
        "required": {
            "shrinkage": size.shrinkage,
            "optimism": size.optimism,
            "overall_risk": size.overall_risk,
            "patients": size.patients,
            "events": size.events,
            "cox_snell_r2": size.cox_snell_r2,
        },
        "patients": len(X),
        "expected_shrinkage": expected_shrinkage(len(X), parameters, share, c),
    }
