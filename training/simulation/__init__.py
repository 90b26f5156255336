"""Synthetic cohorts with known truth: know published rates, not the evaluation that they test."""
