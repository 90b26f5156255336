"""Typed content of evaluation.json and of what a model's manifest discloses of its cohort."""
