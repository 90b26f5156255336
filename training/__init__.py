"""From a cohort to an evaluated model in MLflow.

Knows outcomes; knows nothing of the service.
"""
