"""Plots of a fitted endpoint, from its evaluation, out-of-fold predictions and SHAP values."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from features.arrays import Floats
from models.frozen import FrozenModel
from training.charts import plots, validation_plots
from training.cohort.labels_text import interval
from training.evaluation.documents.evaluation_document import ModelEvaluation
from training.evaluation.fit_cohort import FittedEndpoint

MOST_PATIENTS = 500  # of the SHAP summary


def figures(endpoint: FittedEndpoint, X: Floats) -> dict[str, Figure]:
    """All plots of a fit by file name, from calibration to the SHAP summary.

    Assumes a model was fitted. `X` (n, p) are the rows of the patients at risk.
    """
    e, model, predictions = endpoint.evaluation, endpoint.model, endpoint.out_of_fold
    assert "metrics" in e and model is not None
    return {
        **_from_predictions(e, predictions),
        "decision_curve": plots.decision_curve(e["decision_curve"], e["provenance"]),
        "smooth_calibration": validation_plots.smooth_calibration(
            e["smooth_calibration"], e["provenance"]
        ),
        "net_benefit": validation_plots.net_benefit(e["net_benefit"], e["provenance"]),
        "sites": validation_plots.site_forest(e["sites"], e["provenance"]),
        "instability": plots.instability(e["instability"], e["provenance"]),
        "learning_curve": plots.learning_curve(
            e["learning_curve"], e["metrics"]["auc"], e["provenance"]
        ),
        "incidence_by_third": plots.incidence_by_third(
            e["incidence_by_third"], e["endpoint_words"]["singular"], e["landmark"], e["provenance"]
        ),
        "shap_summary": _shap(model, e, X),
    }


def _from_predictions(e: ModelEvaluation, predictions: pd.DataFrame) -> dict[str, Figure]:
    """Calibration and ROC of the patients with a label, incidence of all."""
    rows = predictions[predictions["label"].notna() & (predictions["weight"] > 0)]
    y, risk, weight = (rows[name].to_numpy(float) for name in ("label", "risk", "weight"))
    group = (rows["repeat"] * (rows["fold"].max() + 1) + rows["fold"]).to_numpy(np.int64)
    overall = (float(np.average(risk, weights=weight)), float(np.average(y, weights=weight)))
    auc, provenance = interval(e["metrics"]["auc"]), e["provenance"]
    first = predictions[predictions["repeat"] == 0]
    days, codes = first["time"].to_numpy(float), first["code"].to_numpy(np.int64)
    return {
        "calibration": plots.calibration(e["calibration_curve"], overall, provenance),
        "roc": plots.roc(y, risk, weight, group=group, provenance=provenance, note=f"AUC {auc}"),
        "cumulative_incidence": plots.incidence(days, codes, e["landmark"], provenance),
    }


def _shap(model: FrozenModel, e: ModelEvaluation, X: Floats) -> Figure:
    """Beeswarm of the features that change at least one patient's risk.

    Reasons take about 0.2 ms a patient; of a larger cohort every k-th patient is shown.
    """
    column = model.horizons.index(e["horizon"])
    X = X[np.linspace(0, len(X) - 1, min(len(X), MOST_PATIENTS)).astype(np.int64)]
    contributions = np.stack([model.assess(x).horizons[column].contributions for x in X])
    columns = np.flatnonzero(np.abs(contributions).max(axis=0) > 0)
    names = [model.features[j] for j in columns]
    labels = [model.inputs[name].label if name in model.inputs else name for name in names]
    return plots.shap_summary(contributions[:, columns], X[:, columns], labels, e["provenance"])
