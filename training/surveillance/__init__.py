"""A risk at every visit and how early it would have warned: knows cohorts, not MLflow."""
