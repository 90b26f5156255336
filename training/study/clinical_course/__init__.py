"""Sections 1 and 6 of the report.

Remission, toxicity, infections and incidence of the endpoints.
"""
