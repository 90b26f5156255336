"""The model card repeats the evaluation and hides nothing."""

from dataclasses import replace

import pytest
from training.evaluation.fit_endpoint import fit_endpoint

from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.schema import CORE
from training.charts.endpoint_plots import figures
from training.cohort.cohort import cohort_of
from training.cohort.protocol import Protocol
from training.model_card.model_card import model_card

NAMES = (*CORE, "nk_fraction", "b_fraction")
QUICK = replace(
    Protocol(), features=NAMES, repeats=1, refits=4, permutations=20, bootstraps=40,
    candidates=("prevalence", "biomarker"),
)  # fmt: skip


@pytest.fixture(scope="module")
def fitted(cohort):
    """Relapse in 110 patients, and their rows."""
    table, outcomes = cohort(110, seed=2, beta=1.2)
    return fit_endpoint(cohort_of(table, outcomes), QUICK, "relapse"), table[list(NAMES)].to_numpy(
        float
    )


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


def test_an_undefined_permutation_test_is_called_so(fitted) -> None:
    """A statistic that the data do not define gives no p-value, and the card says that."""
    e = fitted[0].evaluation
    undefined = {**e, "permutation": {**e["permutation"], "p": None}}
    assert "permutation p undefined." in model_card(undefined, "cd7watch-relapse")
    untested = {**e, "permutation": None}
    assert "no permutation test." in model_card(untested, "cd7watch-relapse")


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
    """Each fitted endpoint gets eight figures, from calibration to SHAP."""
    drawn = figures(*fitted)
    assert set(drawn) == {
        "calibration", "roc", "decision_curve", "cumulative_incidence", "incidence_by_third",
        "instability", "learning_curve", "shap_summary",
    }  # fmt: skip
    for figure in drawn.values():
        words = " ".join(
            text.get_text() for text in figure.findobj(match=lambda o: hasattr(o, "get_text"))
        )
        assert "Research use only" in words
        assert "Synthetic" in words
