"""Risks over HTTP with their reasons: knows frozen models, not scikit-learn, pandas or MLflow."""
