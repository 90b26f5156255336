"""Notices that every output carries."""

import sys

RESEARCH_USE_ONLY = (
    "Research use only: not a medical device, not for decisions about a patient's care."
)
# Precursor B cells were tested on real blasts, these were not.
UNTESTED_BLASTS = (
    "T-lineage and myeloid blasts are called by genes from the literature; the calls were never "
    "tested on real leukaemic cells."
)
# The command that writes a sample sheet; the count file or folder follows.
SAMPLES_COMMAND = "cd7watch features samples"
SYNTHETIC = "Synthetic: simulated patients, no real person's data."


def print_note(sentence: str) -> None:
    """Print on standard error how an input was read."""
    print(f"Note: {sentence}", file=sys.stderr)
