"""Sections 1 and 6 of the report: remission, toxicity, infections, incidence of the endpoints."""
