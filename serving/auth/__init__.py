"""Authentication and authorisation: knows tokens, paths and roles, not what a route does."""
