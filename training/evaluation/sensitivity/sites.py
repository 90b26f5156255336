"""Sites: measures of each hospital by models that did not see it, summarised by random effects."""

from features.arrays import Floats, Objects
from models.disclosed_cohort import MeasureDocument
from training.evaluation.documents.robustness_sections import SiteMean, SiteRow, SitesSection
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.out_of_fold_measures import out_of_fold_measures
from training.statistics.pooling.site_summary import (
    Estimate,
    MeasureSummary,
    SiteMeasure,
    site_summary,
)

ONE_SITE = "no summary over sites: one site, or sites not given"


def sites_section(
    oof: OutOfFold | None, y: Floats, site: Objects, *, note: str, draws: int, seed: int
) -> SitesSection:
    """O/E and AUC of each site, their mean over sites and prediction interval for a new one.

    `oof` holds each patient's risk by a model that did not see the site; None where there is no
    such model, or a single site. `y` (n,) 1, 0 or NaN, `site` (n,) names.
    """
    if oof is None or len({str(name) for name in site if name}) < 2:
        return {
            "note": note, "reason": ONE_SITE, "sites": [], "observed_over_expected": None,
            "auc": None, "brier_skill": None, "calibration_slope": None,
        }  # fmt: skip
    summary = site_summary(oof.mean_risk, y, oof.mean_weight, site)
    metrics = out_of_fold_measures(oof, y, draws, seed)
    return {
        "note": note,
        "reason": summary.reason,
        "sites": [_row(one) for one in summary.sites],
        "observed_over_expected": _mean(summary.observed_over_expected),
        "auc": _mean(summary.auc),
        "brier_skill": metrics["brier_skill"],
        "calibration_slope": metrics["calibration_slope"],
    }


def _row(one: SiteMeasure) -> SiteRow:
    ratio, area = one.observed_over_expected, one.auc
    return {
        "site": one.site,
        "n": one.n,
        "events": one.events,
        "observed_over_expected": None if ratio is None else _measure(ratio),
        "auc": None if area is None else _measure(area),
    }


def _mean(summary: MeasureSummary | None) -> SiteMean | None:
    if summary is None:
        return None
    return {
        "mean": _measure(summary.mean),
        "prediction_low": summary.prediction_low,
        "prediction_high": summary.prediction_high,
        "tau": summary.tau,
    }


def _measure(estimate: Estimate) -> MeasureDocument:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
