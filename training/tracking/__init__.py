"""MLflow tracking and registry: runs, models, aliases; no other package imports MLflow."""
