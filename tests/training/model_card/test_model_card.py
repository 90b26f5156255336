"""The model card repeats the evaluation and hides nothing."""

from dataclasses import replace

import pytest

from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.schema import CORE
from tests.training.one_fit import QUICK, fit_one
from training.charts.endpoint_plots import figures
from training.model_card.model_card import model_card

NAMES = (*CORE, "nk_fraction", "b_fraction")
PROTOCOL = replace(QUICK, features=NAMES)


@pytest.fixture(scope="module")
def fitted(cohort):
    """Relapse in 110 patients, and their rows."""
    table, outcomes = cohort(110, seed=2, beta=1.2)
    return fit_one((table, outcomes), PROTOCOL), table[list(NAMES)].to_numpy(float)


def test_the_card_repeats_the_evaluation(fitted) -> None:
    """Verdict, every failed and passed check, AUC, flow and digests stand on the card."""
    e = fitted[0].evaluation
    card = model_card(e, "cd7watch-relapse")
    assert card.startswith("# cd7watch-relapse\n")
    assert RESEARCH_USE_ONLY in card
    assert SYNTHETIC in card
    for line in (*e["verdict"]["passed"], *e["verdict"]["failed"], *e["verdict"]["sentences"]):
        assert line in card
    assert f"| {e['metrics']['auc']['value']:.3f} |" in card
    for step in e["participant_flow"]:
        assert f"| {step['reason']} | {step['n']} |" in card
    for key in ("features_sha256", "outcomes_sha256", "protocol_sha256"):
        assert e[key] in card
    missing = max(e["missingness"], key=lambda row: row["missing"])
    assert f"{missing['feature']} {missing['missing']:.0%}" in card


def test_the_card_says_what_was_learned_and_tested(fitted) -> None:
    """Look, sets of the score test, visits, prior, challenger and net benefit stand on the card."""
    e = fitted[0].evaluation
    card = model_card(e, "cd7watch-relapse")
    assert e["look"]["sentence"] in card
    for name, p in e["score_test"]["sets"].items():
        assert f"| {name} | {p:.3g} |" in card
    assert f"{sum(e['model']['visits'])} visits at day 28" in card
    assert "No feature was selected, nothing was tuned, and no risk was recalibrated" in card
    assert e["challenger"]["sentence"] in card
    for row in e["net_benefit"]:
        assert f"| {row['threshold']:.0%} | {row['model']['value']:.3f} (" in card
    assert "uncertain: under 100 events" in card
    assert f"| core panel | {e['model']['prior_sd'][0][0]:.2f} |" in card


def test_trees_have_no_prior(fitted) -> None:
    """A card of LightGBM names it and shows no table of the ridge's prior."""
    e = fitted[0].evaluation
    card = model_card({**e, "model": {**e["model"], "kind": "lightgbm", "prior_sd": []}}, "m")
    assert "by gradient-boosted trees (LightGBM)" in card
    assert "Prior SD" not in card and "Prior SD" in model_card(e, "m")


def test_earlier_onsets_are_counted_where_there_are_any(fitted) -> None:
    """A number on the card for an endpoint of infections; nothing for others."""
    e = fitted[0].evaluation
    assert "such an infection" not in model_card({**e, "earlier_onsets": None}, "m")
    card = model_card({**e, "earlier_onsets": 7}, "m")
    assert "Patients at risk with such an infection by day 28: 7." in card


def test_tables_are_complete(fitted) -> None:
    """Every row of a markdown table has as many cells as its head."""
    width = 0
    for line in model_card(fitted[0].evaluation, "cd7watch-relapse").splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        width = width or line.count("|")
        assert line.count("|") == width


def test_every_picture_names_its_origin(fitted) -> None:
    """Each fitted endpoint gets eleven figures, from calibration to SHAP."""
    drawn = figures(*fitted)
    assert set(drawn) == {
        "calibration", "roc", "decision_curve", "cumulative_incidence", "incidence_by_third",
        "instability", "learning_curve", "shap_summary", "smooth_calibration", "net_benefit",
        "sites",
    }  # fmt: skip
    for figure in drawn.values():
        words = " ".join(
            text.get_text() for text in figure.findobj(match=lambda o: hasattr(o, "get_text"))
        )
        assert "Research use only" in words
        assert "Synthetic" in words
