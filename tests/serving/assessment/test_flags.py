"""Each limit of a sample or a model raises its flag, and nothing else does."""

import re
from dataclasses import replace

import pytest

from serving.assessment.assess import assess
from serving.assessment.served_model import ServedModel


def codes(flags):
    """The flags' codes."""
    return {flag["code"] for flag in flags}


def test_flags_of_an_ordinary_answer(models, samples):
    """A candidate fitted to simulated patients says so; nothing else is wrong with it."""
    answer = assess(samples, models, "r1")
    assert codes(answer["flags"]) == {"no_monocytes"}
    flagged = codes(answer["endpoints"]["relapse"]["flags"]) - {"out_of_range"}
    assert flagged == {"synthetic_model", "not_validated"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"enrichment": "sorted"}, "sorted_sample"),
        ({"provenance": "synthetic"}, "synthetic_sample"),
        ({"n_cells": 399.0}, "few_cells"),
        ({"cd7neg_unresolved": 1.0}, "cd7_unresolved"),
    ],
)
def test_flags_of_the_sample(models, samples, change, code):
    """Each limit of a sample raises its flag, with a sentence; without it the flag is down."""
    assert code not in codes(assess(samples, models, "r1")["flags"])
    samples[1] |= change
    flags = assess(samples, models, "r1")["flags"]
    assert code in codes(flags)
    assert all(re.fullmatch(r"[A-Z0-9].*\.", flag["sentence"]) for flag in flags)


@pytest.mark.parametrize(("day", "flagged"), [(14, True), (15, False), (28, False), (29, True)])
def test_window_before_the_landmark(models, samples, day, flagged):
    """Training took samples of days 15 to 28; others are flagged."""
    samples[1]["day"] = day
    flags = assess(samples, models, "r1")["endpoints"]["relapse"]["flags"]
    assert ("no_sample_in_window" in codes(flags)) is flagged


def test_out_of_range_names_the_features(models, samples):
    """A value beyond every training patient's is named by its label."""
    samples[1]["b_fraction"] = 0.99
    flags = assess(samples, models, "r1")["endpoints"]["relapse"]["flags"]
    found = next(flag for flag in flags if flag["code"] == "out_of_range")
    assert "b_fraction" in found["features"] and "B cells" in found["sentence"]


def test_validated_model_on_real_patients_is_not_flagged(models, samples):
    """The flags follow the manifest."""
    model = models["relapse"].model
    manifest = {**model.manifest, "state": "validated", "provenance": "real"}
    better = {"relapse": ServedModel(replace(model, manifest=manifest), "8")}
    endpoint = assess(samples, better, "r1")["endpoints"]["relapse"]
    assert not codes(endpoint["flags"]) & {"not_validated", "synthetic_model"}
    assert endpoint["model"]["version"] == "8"
