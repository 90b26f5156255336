"""The routes under /v1: know requests and state, not pages."""
