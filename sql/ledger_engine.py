"""The ledger's database: a file of the home, or PostgreSQL where one URL is set.

One transaction writes at a time; the next waits up to 10 s. A connection that is lost while a
transaction is being kept leaves open whether it was: that is looked up, never guessed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql.ledger_errors import AWAY, BUSY, FULL, UNKNOWN, UNTRUSTED, LedgerAway, LedgerUnusable
from sql.ledger_events import APPENDED, KEY
from sql.ledger_tables import EVENT, METADATA
from sql.network_disk import network_disk
from sql.secrets import given, is_demo

URL = "IRE_LEDGER_URL"
WAIT_SECONDS = 10
_IS_WRITE, _IS_KEPT = "is_write", "is_kept"
_FILE = "file"  # of a connection: the one that it opened
_WRITE_LOCK = 532  # of the database's advisory locks
# A peer that is gone is noticed within 25 s, on either side.
_CONNECTING: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": f"-c lock_timeout={WAIT_SECONDS}s -c tcp_keepalives_idle=10"
    " -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
}


def engine_for(path: Path, key: bytes) -> sa.Engine:
    """The database of the ledger whose own file, where no URL is set, is `path`.

    A demo home keeps its file whatever is set. A server's is one for all of a process, and so is a
    file's where that is asked for (`KEPT`), since a page opens the ledger many times and a
    connection takes longer than what is asked by it.

    Raises:
        LedgerUnusable: if the URL is not PostgreSQL's, or the file is on a network's disk.
    """
    url = "" if is_demo(path.parent) else given(URL)
    if url:
        return _server(url, key, os.getpid())
    return _kept(path.absolute(), key, os.getpid()) if KEPT.is_asked else file_engine(path, key)


class Kept:
    """Whether a process keeps its connections to a ledger's file, as the dashboard's does."""

    is_asked = False


KEPT = Kept()


def close(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite" and not engine.get_execution_options().get(_IS_KEPT):
        engine.dispose()


def file_engine(path: Path, key: bytes) -> sa.Engine:
    """The database in a file, whatever is set.

    Raises:
        LedgerUnusable: if it is on a network's disk.
    """
    kind = network_disk(path)
    if kind is not None:
        raise LedgerUnusable(
            f"the home is on a network's disk ({kind}), on which SQLite cannot lock: move it to "
            f"a disk of this machine, or keep the ledger in PostgreSQL and set {URL}"
        )
    told = {"timeout": WAIT_SECONDS, "isolation_level": None}
    engine = sa.create_engine(
        f"sqlite:///{path}",
        max_overflow=-1,
        connect_args=told,
        execution_options={KEY: key},
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


@lru_cache(maxsize=4)
def _kept(path: Path, key: bytes, _: int) -> sa.Engine:
    """One a process. A connection whose file another took the place of is not read on."""

    def begun(_: object, record: Any) -> None:
        record.info[_FILE] = _identity(path)

    def taken(_: object, record: Any, __: object) -> None:
        if record.info[_FILE] != _identity(path):
            raise sa.exc.DisconnectionError

    engine = file_engine(path, key)
    engine.update_execution_options(**{_IS_KEPT: True})
    sa.event.listen(engine, "connect", begun)
    sa.event.listen(engine, "checkout", taken)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands there: numbers that no other has while a connection holds this one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


@cache
def _server(text: str, key: bytes, _: int) -> sa.Engine:
    """One a process: a forked child does not share its parent's connections."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise LedgerUnusable(
            f"{URL} is not PostgreSQL's: postgresql://USER@HOST/DATABASE"
        ) from None
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args=_CONNECTING,
        execution_options={KEY: key},
    )
    sa.event.listen(engine, "begin", _begin)
    return engine


def check_database(connection: sa.Connection) -> None:
    """Look whether a server's database keeps and sorts text as a ledger needs.

    Raises:
        LedgerUnusable: with how to make one that does.
    """
    if connection.dialect.name != "postgresql":
        return
    query = """
        select pg_encoding_to_char(encoding), datcollate
        from pg_database where datname = current_database()
    """
    encoding, collation = connection.exec_driver_sql(query).one()
    if encoding != "UTF8" or collation not in ("C", "POSIX", "C.UTF-8", "C.utf8"):
        raise LedgerUnusable(
            "the ledger's database sorts text by a language: make one with createdb "
            "--template=template0 --encoding=UTF8 --locale=C NAME"
        )


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One look at the ledger: whatever is read in it is of one moment.

    Raises:
        LedgerAway: if its database does not answer.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        why = _why(error)
        if why is None:
            raise
        raise LedgerAway(why) from error


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction under the write lock; all of it is kept, or none.

    Raises:
        LedgerAway: if it is not kept because the database does not answer, waits for others or
            is full; or if nobody can say whether it is kept.
    """
    is_whole, appended = False, None
    try:
        with (
            engine.connect().execution_options(**{_IS_WRITE: True}) as connection,
            connection.begin(),
        ):
            yield connection
            appended = connection.info.get(APPENDED)
            is_whole = True
    except sa.exc.DBAPIError as error:
        why = _why(error)
        if why is None:
            raise
        if not (is_whole and why is AWAY and _is_kept(engine, appended)):
            raise LedgerAway(why) from error


def _is_kept(engine: sa.Engine, appended: tuple[int, str] | None) -> bool:
    """Was a transaction kept whose connection was lost at its end? Its last event tells.

    Under the write lock: whatever held it before has ended.
    """
    if appended is None:
        raise LedgerAway(UNKNOWN)
    number, told = appended
    query = sa.select(EVENT.c.number).where(EVENT.c.number == number, EVENT.c.hash == told)
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with engine.connect().execution_options(**{_IS_WRITE: True}) as connection:
                return connection.execute(query).one_or_none() is not None
        except sa.exc.DBAPIError as error:
            if time.monotonic() > until:
                raise LedgerAway(UNKNOWN) from error
            time.sleep(0.1)


def _compacted(dialect: str) -> tuple[str, ...]:
    """What does it, for every table: none has to be named here when more is erased or re-keyed."""
    if dialect == "sqlite":
        return ("vacuum", "pragma wal_checkpoint(truncate)")
    tables = ", ".join(table.name for table in METADATA.sorted_tables)
    return (f"vacuum (full) {tables}",)


def compact(engine: sa.Engine) -> None:
    """Leave nothing of what was deleted in the database's files, their free pages or its log.

    Of a server's own log, and what is archived of it, its operator decides.

    Raises:
        LedgerAway: if somebody reads all the time, so that the log cannot be emptied.
    """
    dialect = engine.dialect.name
    with closing(engine.raw_connection()) as raw:
        connection: Any = raw.driver_connection
        cursor = connection.cursor()
        if dialect == "postgresql":
            connection.autocommit = True
        try:
            for statement in _compacted(dialect):
                cursor.execute(statement)
        finally:
            if dialect == "postgresql":
                connection.autocommit = False
        if dialect == "sqlite" and cursor.fetchone()[0]:  # the checkpoint found the log in use
            raise LedgerAway(BUSY)


def _why(error: sa.exc.DBAPIError) -> str | None:
    """What a database's error means to the person who asked; None where it is a fault of ours."""
    if not isinstance(error, sa.exc.OperationalError):
        return None
    state, words = getattr(error.orig, "sqlstate", None), str(error.orig).lower()
    if state == "53100" or "disk is full" in words:
        return FULL
    if state == "55P03" or "database is locked" in words:
        return BUSY
    is_server = type(error.orig).__module__.startswith("psycopg")
    if is_server and state is None and "certificate" in words:
        return UNTRUSTED
    # No state: no connection. 08 lost, 28 and 3D not let in, 53 no room, 57 shutting down.
    is_away = is_server and (state is None or state[:2] in ("08", "28", "3D", "53", "57"))
    return AWAY if is_away else None


def _configure(connection: Any, _: object) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")  # an erasure leaves nothing in free pages


def _begin(connection: sa.Connection) -> None:
    is_write = connection.get_execution_options().get(_IS_WRITE, False)
    connection.info.pop(APPENDED, None)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("begin immediate" if is_write else "begin")
    elif is_write:
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_WRITE_LOCK})")
    else:
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
