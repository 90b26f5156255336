"""Every feature and its standard error.

Computed from the typed cells of one sample, without files or other patients.
"""
