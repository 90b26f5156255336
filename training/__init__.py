"""Training: cohorts and outcomes, fitting and evaluation of risk models, MLflow, reports.

It reads outcomes and does not know the service.
"""
