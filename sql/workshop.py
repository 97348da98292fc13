"""Where a release is made: in memory, where the planner knows every table, then kept in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import duckdb

from sql import catalog

WORKSHOP = "workshop"


@contextmanager
def workshop(
    connection: duckdb.DuckDBPyConnection, *, is_large: bool = False
) -> Iterator[Callable[[], None]]:
    """Make tables in memory; at the end all are kept in the connection's file.

    What it gives is called where every table made so far is complete: these are packed into
    the file by a second thread while the next are made. In one transaction of the file
    itself the planner would know nothing of the tables that are made in it: a model over
    some of them took thirty times as long (measured). What is too large for the memory is
    made in the file, one statement after the other.
    """
    if is_large:
        yield lambda: None
        return
    file = str(connection.execute("select current_database()").fetchall()[0][0])
    connection.execute(f"attach ':memory:' as {WORKSHOP}")
    connection.execute(f"use {WORKSHOP}")
    views = {model.name: model.select for model in catalog.models() if model.kept_as == "view"}
    kept: list[str] = []
    packing: list[Future[None]] = []
    with ThreadPoolExecutor(1) as beside:

        def keep() -> None:
            for one in packing:
                if one.done():
                    one.result()  # what could not be packed ends the making at once
            names = [name for name in _made(connection) if name not in kept]
            kept.extend(names)
            packing.append(beside.submit(_pack, connection.cursor(), file, names, views))

        yield keep
        keep()
        for one in packing:
            one.result()
    connection.execute(f'use "{file}"')


def _made(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables in the order in which they were made, then the views."""
    found = connection.execute(
        """
        select table_name, table_oid, false as is_view
        from duckdb_tables()
        where database_name = $shop
        union all
        select view_name, view_oid, true
        from duckdb_views()
        where database_name = $shop and not internal
        order by is_view, table_oid
        """,
        {"shop": WORKSHOP},
    ).fetchall()
    return [name for name, *_ in found]


def _pack(
    connection: duckdb.DuckDBPyConnection, file: str, names: Sequence[str], views: Mapping[str, str]
) -> None:
    with connection:
        connection.execute(f'use "{file}"')
        connection.execute("begin")  # one transaction: the log is written once
        for name in names:
            if name in views:
                connection.execute(f"create view {name} as {views[name]}")
            else:
                connection.execute(f"create table {name} as from {WORKSHOP}.main.{name}")
        connection.execute("commit")
