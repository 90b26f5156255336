"""Runs, models and aliases in MLflow, and the only importer of it."""
