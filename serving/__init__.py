"""Risk service over HTTP: knows frozen models, not scikit-learn, pandas or MLflow."""
