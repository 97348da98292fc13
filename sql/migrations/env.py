"""Run the ledger's migrations in the transaction of the connection that the caller hands over."""

from __future__ import annotations

from alembic import context

from sql.ledger_tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
