"""From a cohort to an honestly evaluated model in MLflow. Knows outcomes; knows nothing of the

Service.
"""
