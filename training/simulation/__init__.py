"""Simulated cohorts with known true risks, after published rates; independent of evaluation."""
