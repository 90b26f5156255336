"""Alembic's migrations of the service database."""
