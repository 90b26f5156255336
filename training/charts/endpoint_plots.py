"""Which pictures a fitted endpoint gets, made from its evaluation and out-of-fold predictions."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from features.arrays import Floats
from features.schema import ALL_FEATURES
from models.explain import reasons
from training.charts import plots
from training.cohort.labels_text import interval
from training.evaluation.fit_endpoint import FittedEndpoint


def figures(fitted: FittedEndpoint, X: Floats) -> dict[str, Figure]:
    """All pictures of a fit by file name, from calibration to the SHAP summary.

    Assumes a model was fitted. `X` (n, p) are the rows of the patients at risk.
    """
    e: dict[str, Any] = fitted.evaluation
    oof, provenance = fitted.out_of_fold, str(e["provenance"])
    known = oof[oof["label"].notna() & (oof["weight"] > 0)]
    y, risk, weight = (known[name].to_numpy(float) for name in ("label", "risk", "weight"))
    group = (known["repeat"] * (oof["fold"].max() + 1) + known["fold"]).to_numpy(np.int64)
    overall = (float(np.average(risk, weights=weight)), float(np.average(y, weights=weight)))
    first = oof[oof["repeat"] == 0]
    auc = e["metrics"]["auc"]
    return {
        "calibration": plots.calibration(e["calibration_curve"], overall, provenance),
        "roc": plots.roc(y, risk, weight, group, provenance, f"AUC {interval(auc)}"),
        "decision_curve": plots.decision_curve(e["decision_curve"], provenance),
        "cumulative_incidence": plots.incidence(
            first["time"].to_numpy(float), first["code"].to_numpy(np.int64), e["landmark"],
            provenance,
        ),
        "instability": plots.instability(e["instability"], provenance),
        "learning_curve": plots.learning_curve(e["learning_curve"], e["metrics"], provenance),
        "incidence_by_third": plots.incidence_by_third(
            e["incidence_by_third"], str(e["endpoint"]), e["landmark"], provenance
        ),
        "shap_summary": _shap(fitted, X),
    }  # fmt: skip


def _shap(fitted: FittedEndpoint, X: Floats) -> Figure:
    """Beeswarm of the features that move anybody's risk; prevalence alone moves none."""
    model = fitted.model
    assert model is not None
    part = model.parts[model.horizons.index(int(str(fitted.evaluation["horizon"])))]
    contributions, _ = reasons(part.stack, part.background, X)
    used = np.flatnonzero(np.abs(contributions).max(axis=0) > 0)
    names = [model.features[j] for j in used]
    labels = [ALL_FEATURES[name].label if name in ALL_FEATURES else name for name in names]
    return plots.shap_summary(
        contributions[:, used], X[:, used], labels, str(fitted.evaluation["provenance"])
    )
