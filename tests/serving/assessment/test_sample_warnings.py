"""Warnings of a sample reach a reader as sentences, whatever version wrote them."""

import re
import subprocess
import sys

import pytest

from features.report.warning_texts import NOTES, WARNINGS
from serving.assessment.assess import assess
from serving.assessment.limitations import limitations
from serving.assessment.sample_warnings import (
    FLAG_SYNONYMS,
    is_note,
    warning_flags,
    warning_notes,
    warning_sentence,
)

BY_COLUMN = ("dropped_cd7neg_t_activation", "partial_car_t_interferon", "above_ferritin")


@pytest.mark.parametrize("code", [*WARNINGS, *BY_COLUMN])
def test_every_code_is_a_sentence_and_stands_in_one_place(code: str) -> None:
    """It begins with a capital, ends with a stop, and is a flag, a note, or another flag's."""
    assert re.fullmatch(r"[A-Z0-9].*\.", warning_sentence(code))
    row = {"warnings": code}
    places = len(warning_flags(row)) + len(warning_notes(row)) + (code in FLAG_SYNONYMS)
    assert places == 1


@pytest.mark.parametrize("code", ["deep_ambient", "dropped_no_such_score", "partial_", "_", "<b>x"])
def test_a_code_of_another_version_is_said_in_its_own_words(code: str) -> None:
    """No underscore, no markup and no failure; it counts as a limit unless it is of one value."""
    sentence = warning_sentence(code)
    assert sentence.endswith(".") and not set(sentence) & set("_<>")
    assert bool(warning_flags({"warnings": code})) is not is_note(code)


def test_what_limits_the_sample_leads_and_reaches_both_endpoints(models, samples) -> None:
    """Warnings of the sample follow its origin and stand before its gaps; notes are no flags."""
    samples[1] |= {"warnings": "unfiltered;shallow;sorted_impure", "enrichment": "sorted"}
    answer = assess(samples, models, "r1")
    codes = [flag["code"] for flag in answer["flags"]]
    assert codes == ["sorted_sample", "sorted_impure", "shallow", "no_monocytes"]
    assert answer["sample"]["warnings"] == ["unfiltered", "shallow", "sorted_impure"]
    assert answer["sample"]["warning_texts"][1] == "Under 600 genes a cell: rare types uncertain."
    for name, endpoint in answer["endpoints"].items():
        certainty = limitations(endpoint, models[name], answer["flags"])
        assert "Under 600 genes a cell: rare types uncertain." in certainty["sentences"]
        assert "deeper sequencing" in certainty["remedies"]


def test_notes_limit_nothing() -> None:
    """How a sample was made raises no flag."""
    assert warning_flags({"warnings": ";".join(NOTES)}) == []


def test_sentences_load_no_heavy_library() -> None:
    """The service's process stays small: neither pandas nor numba comes with the texts."""
    code = (
        "import sys; import serving.assessment.sample_warnings;"
        "print([m for m in ('pandas', 'numba', 'scipy', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
