"""Alembic's entry point: run migrations on the connection from serving.storage.database."""

from alembic import context

from serving.storage.tables import METADATA


def migrate() -> None:
    """Run the migrations that alembic.command requests."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite alters a table only by copying it
    )
    with context.begin_transaction():
        context.run_migrations()


# Only when Alembic executes this file is there a configuration, not on a mere import.
if getattr(context, "config", None) is not None:
    migrate()
