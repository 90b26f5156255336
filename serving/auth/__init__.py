"""Tokens, roles and who may ask what: know paths and roles, not what a route does."""
