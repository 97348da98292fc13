"""The ledger's schema: brought up to date by migrations when this version first opens a ledger.

They stand in `sql/migrations/versions`, numbered; a change of a table is a new one of them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from weakref import WeakSet

import sqlalchemy as sa

from sql.case_tables import KEPT as CASES_KEPT
from sql.erasure_tables import KEPT as ERASURES_KEPT
from sql.ledger_engine import check_database, reading, writing
from sql.ledger_errors import LedgerNewer
from sql.ledger_events import begin_log
from sql.ledger_tables import KEPT as LOG_KEPT
from sql.ledger_tables import LOG_HEAD
from sql.ledger_triggers import is_protected, protect
from sql.rotation_tables import KEPT as ROTATIONS_KEPT
from sql.snapshot_tables import KEPT as SNAPSHOTS_KEPT

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT = (*LOG_KEPT, *CASES_KEPT, *SNAPSHOTS_KEPT, *ERASURES_KEPT, *ROTATIONS_KEPT)
_VERSION = "alembic_version"


_READY: WeakSet[sa.Engine] = WeakSet()
_SEEN = "schema seen"  # of a connection


def make_ready(engine: sa.Engine) -> None:
    """Bring a ledger up to date; of a server's, the first time only that a process opens it.

    A file is looked at whenever it is opened, since another may have taken its place; as far as its
    tables and triggers have changed since a connection that is kept last looked.
    """
    if engine in _READY:
        return
    with reading(engine) as connection:
        seen = _changes(connection)
        is_ready = connection.info.get(_SEEN, "never") == seen or is_current(connection)
        if is_ready:
            connection.info[_SEEN] = seen
    if not is_ready:
        with writing(engine) as connection:
            bring_up(connection)
    if engine.dialect.name != "sqlite":
        _READY.add(engine)


def _changes(connection: sa.Connection) -> int | None:
    """A number that every change of a file's tables and triggers moves; of a server's, None."""
    if connection.dialect.name != "sqlite":
        return None
    found: int = connection.exec_driver_sql("pragma schema_version").scalar_one()
    return found


@cache
def newest() -> str:
    """The number of the newest migration."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*_*.py"))


def is_current(connection: sa.Connection) -> bool:
    """True where nothing is left to be done: a look of a millisecond, for every opening.

    Raises:
        LedgerNewer: if this version knows too little to write there.
    """
    version = revision(connection)
    if version is not None and version > newest():
        raise LedgerNewer(
            f"the ledger is of a later version (schema {version}; this one knows {newest()}): "
            "install that version, or restore a backup made before it"
        )
    return version == newest() and is_protected(connection, KEPT)


def revision(connection: sa.Connection) -> str | None:
    """The migration that a ledger stands at; None before the first."""
    if not sa.inspect(connection).has_table(_VERSION):
        return None
    return connection.execute(sa.text(f"select version_num from {_VERSION}")).scalar()


def bring_up(connection: sa.Connection) -> None:
    """Make or migrate the tables, and what the database itself refuses, in one transaction."""
    is_new = not sa.inspect(connection).has_table(LOG_HEAD.name)
    migrate(connection)
    if is_new:
        begin_log(connection)
    protect(connection, KEPT)


def migrate(connection: sa.Connection) -> None:
    """Make the tables, or bring those of an earlier version up to date."""
    from alembic.command import upgrade  # 0.4 s, which few openings need
    from alembic.config import Config

    check_database(connection)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    upgrade(config, "head")
