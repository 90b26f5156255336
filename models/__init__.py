"""Risk models: estimators, explanation, applicability domain, persistence.

They take data frames and arrays and do not know where these come from.
"""
