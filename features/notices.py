"""Notices that every output carries."""

import sys

RESEARCH_USE_ONLY = (
    "Research use only: not a medical device, not for decisions about a patient's care."
)
# The rows of precursor B cells were tried on real blasts, these were not.
UNTESTED_BLASTS = (
    "The T-lineage and myeloid rows were set from the literature and have met no real leukaemic "
    "cells."
)
# The command that writes a sample sheet; the count file or folder follows.
SAMPLES_COMMAND = "cd7watch features samples"
SYNTHETIC = "Synthetic: simulated patients, no real person's data."


def print_note(sentence: str) -> None:
    """Print on standard error how an input was read."""
    print(f"Note: {sentence}", file=sys.stderr)
