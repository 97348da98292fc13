"""Copy a whole ledger from one database to another: a file or a server's, either way."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from sql.ledger_engine import close, engine_for, file_engine, reading, writing
from sql.ledger_errors import LedgerUnusable
from sql.ledger_schema import KEPT, is_current, make_ready, migrate
from sql.ledger_tables import LOG_HEAD, METADATA
from sql.ledger_triggers import protect


def copy_out(path: Path, key: bytes, target: Path) -> None:
    """Copy a home's ledger, as it is at one moment, into a new file."""
    source = engine_for(path, key)
    make_ready(source)
    _copy(source, file_engine(target, key))
    close(source)


def copy_in(source: Path, path: Path, key: bytes) -> None:
    """Fill a home's ledger, which holds nothing yet, from a file that `copy_out` made.

    The file is brought up to date on the way, where an earlier version made it.

    Raises:
        LedgerUnusable: if the home's ledger was begun already.
    """
    engine = file_engine(source, key)
    make_ready(engine)
    _copy(engine, engine_for(path, key))


def _copy(source: sa.Engine, target: sa.Engine) -> None:
    """One moment of the source, in one transaction of the target; its triggers come last."""
    with reading(source) as there, writing(target) as here:
        if sa.inspect(here).has_table(LOG_HEAD.name):
            raise LedgerUnusable("a ledger was begun there already: give a new database")
        migrate(here)
        for table in METADATA.sorted_tables:
            rows = [dict(row) for row in there.execute(table.select()).mappings()]
            if rows:
                here.execute(table.insert(), rows)
        if here.dialect.name == "postgresql":
            _number_on(here)
        protect(here, KEPT)
        assert is_current(here)
    for engine in (source, target):
        close(engine)


def _number_on(connection: sa.Connection) -> None:
    """Let a server number new rows after those that were copied; a file does so by itself."""
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            last = sa.func.max(column)
            set_on = sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))
            connection.execute(sa.select(set_on).select_from(table))
