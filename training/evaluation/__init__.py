"""Resampling, comparators, the gate and validation.

Know cohorts and models, not MLflow or pages.
"""
