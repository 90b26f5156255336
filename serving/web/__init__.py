"""Middlewares, errors, limits and templates: knows HTTP, not patients or models."""
