"""What a risk model is.

Estimators, explanation, persistence. Knows frames and arrays, not where they come from.
"""
