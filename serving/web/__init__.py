"""Middlewares, errors, limits and templates: know HTTP, not patients or models."""
