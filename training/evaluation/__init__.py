"""Resampling, comparators, the gate and validation.

They use cohorts and models, not MLflow or pages.
"""
