"""Notices that every output carries."""

RESEARCH_USE_ONLY = (
    "Research use only: not a medical device, not for decisions about a patient's care."
)
SYNTHETIC = "Synthetic: simulated patients, no real person's data."
