"""Alembic's entry: runs migrations on the connection that serving.storage.database hands over."""

from alembic import context

from serving.storage.tables import METADATA


def migrate() -> None:
    """Run the migrations that alembic.command asked for."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite alters a table only by copying it
    )
    with context.begin_transaction():
        context.run_migrations()


# Alembic executes this file with a configuration; whoever merely imports it has none.
if getattr(context, "config", None) is not None:
    migrate()
