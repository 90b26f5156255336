"""Sites, sensitivity, smooth calibration and net benefit on a card."""

from training.model_card import robustness_sections as robustness


def measure(value: float, low: float, high: float) -> dict[str, float]:
    """A measure with its interval."""
    return {"value": value, "low": low, "high": high}


MEAN = {"mean": measure(1.1, 0.9, 1.3), "prediction_low": 0.6, "prediction_high": 1.9, "tau": 0.2}
SITE = {"site": "a", "n": 40, "events": 9, "observed_over_expected": measure(1.2, 0.8, 1.7),
        "auc": None}  # fmt: skip
POINTS = [{"risk": i / 25, "observed": 0.1, "low": 0.05, "high": 0.2} for i in range(25)]


def test_smooth_calibration_is_marked_where_uncertain() -> None:
    """Five points of the curve; the mark only under 100 events; the reason where there is none."""
    section = {"uncertain": True, "reason": None, "terms": "line", "points": POINTS}
    text = robustness.smooth_calibration({"smooth_calibration": section})
    assert text.count("0.100 | 0.050 to 0.200") == 5 and robustness.UNCERTAIN in text
    certain = {**section, "uncertain": False, "terms": "spline"}
    text = robustness.smooth_calibration({"smooth_calibration": certain})
    assert robustness.UNCERTAIN not in text and "a spline" in text
    none = {**section, "reason": "too few events", "points": []}
    assert "Too few events." in robustness.smooth_calibration({"smooth_calibration": none})


def test_net_benefit_has_its_intervals() -> None:
    """A row a declared threshold."""
    row = {"threshold": 0.2, "model": measure(0.1, 0.05, 0.15),
           "treat_all": measure(0.05, 0.0, 0.1), "gain": measure(0.05, 0.01, 0.09)}  # fmt: skip
    text = robustness.net_benefit({"net_benefit": [row]})
    assert "| 20% | 0.100 (0.050 to 0.150) | 0.050 (0.000 to 0.100) | 0.050" in text


def test_sites_show_the_mean_and_a_new_site_or_the_reason() -> None:
    """With a summary its rows; without it the sites and why there is none."""
    section = {"note": "3 sites: one partition", "reason": None, "sites": [SITE],
               "observed_over_expected": MEAN, "auc": MEAN,
               "brier_skill": measure(0.1, 0.0, 0.2)}  # fmt: skip
    text = robustness.sites({"sites": section})
    assert "| a | 40 | 9 | 1.200 (0.800 to 1.700) | undefined |" in text
    assert "0.6 to 1.9" in text and "1.100 (0.900 to 1.300)" in text and "one partition." in text
    few = {**section, "reason": "no summary over sites: 1 site", "observed_over_expected": None,
           "auc": None}  # fmt: skip
    text = robustness.sites({"sites": few})
    assert "a new site" not in text and "No summary over sites: 1 site." in text


def test_sensitivity_shows_both_ways() -> None:
    """Imputed beside served; refused beside used; or the reasons."""
    imputed = {"served": measure(0.7, 0.6, 0.8), "imputed": measure(0.69, 0.58, 0.8),
               "missing_information": 0.04}  # fmt: skip
    group = {"n": 12, "events": 4, "incidence": measure(0.3, 0.1, 0.5)}
    e = {
        "horizon": 180,
        "sensitivity": {"imputations": 10, "missing_share": 0.06, "reason": None, "auc": imputed,
                        "brier": None, "observed_over_expected": imputed},
        "refused_samples": {"refused": group, "used": group, "risk": 0.2, "reason": None,
                            "observed_over_expected": measure(1.5, 0.5, 2.5)},
    }  # fmt: skip
    text = robustness.sensitivity(e)
    assert "| AUC | 0.700 (0.600 to 0.800) | 0.690 (0.580 to 0.800) | 4.0% |" in text
    assert "| refused | 12 | 4 | 0.300 (0.100 to 0.500) |" in text
    assert "a risk of 0.200" in text and "1.500 (0.500 to 2.500)" in text
    nothing = {**e["sensitivity"], "reason": "no input is missing at the landmark"}
    few = {**e["refused_samples"], "reason": "3 patients were refused; at least 5 are needed"}
    text = robustness.sensitivity({**e, "sensitivity": nothing, "refused_samples": few})
    assert "no input is missing" in text and "at least 5 are needed to compare them" in text
