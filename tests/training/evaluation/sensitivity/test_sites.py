"""Sites: measures by hand, the reason where there are too few."""

import numpy as np

from training.evaluation.folds import site_fold_plan
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.sensitivity.sites import sites_section
from training.statistics.calibration.logistic import logit


def a_cohort(n_sites: int, seed: int = 0) -> tuple[OutOfFold, np.ndarray, np.ndarray]:
    """60 patients a site; risks are the truth, but half of it in the last site."""
    rng = np.random.default_rng(seed)
    site = np.repeat([f"h{i}" for i in range(n_sites)], 60).astype(object)
    truth = rng.uniform(0.2, 0.6, len(site))
    y = (rng.random(len(site)) < truth).astype(float)
    risk = np.where(site == f"h{n_sites - 1}", truth / 2, truth)
    plan, one = site_fold_plan(site), np.ones((1, len(site)))
    assert plan is not None
    return OutOfFold(logit(risk)[None], one * y.mean(), one, plan), y, site


def test_a_site_where_risks_are_halved_stands_out() -> None:
    """O/E by hand; the prediction interval reaches further than the mean's interval."""
    oof, y, site = a_cohort(4)
    section = sites_section(oof, y, site, note="left out", draws=50, seed=0)
    assert section["reason"] is None and section["note"] == "left out"
    for row in section["sites"]:
        members = site == row["site"]
        ratio = y[members].sum() / oof.risk[0, members].sum()
        np.testing.assert_allclose(row["observed_over_expected"]["value"], ratio)
        assert row["n"] == 60 and row["events"] == y[members].sum()
    last = section["sites"][-1]["observed_over_expected"]
    assert last["low"] > 1.2
    mean = section["observed_over_expected"]
    assert mean["prediction_high"] > mean["mean"]["high"] > mean["mean"]["low"]
    np.testing.assert_allclose(
        section["brier_skill"]["value"],
        1 - np.mean((y - oof.risk[0]) ** 2) / np.mean((y - y.mean()) ** 2),
    )


def test_too_few_sites_keep_their_rows_and_the_reason() -> None:
    """Two sites are shown one by one, without a mean."""
    section = sites_section(*a_cohort(2), note="left out", draws=20, seed=0)
    assert "2 of 2 sites" in section["reason"] and len(section["sites"]) == 2
    assert section["observed_over_expected"] is None and section["auc"] is None


def test_one_site_has_a_reason_alone() -> None:
    """Without scores of models that left sites out, or without names, nothing is summarised."""
    oof, y, site = a_cohort(2)
    for scores, names in ((None, site), (oof, np.full(len(site), "", dtype=object))):
        section = sites_section(scores, y, names, note="one site", draws=20, seed=0)
        assert section["sites"] == [] and "one site" in section["reason"]
