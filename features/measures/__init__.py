"""Every feature and its standard error.

Know typed cells of one sample, not files or other patients.
"""
