"""What the database itself refuses: triggers, made anew where an earlier version's differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa


def protect(connection: sa.Connection, triggers: Mapping[str, str]) -> None:
    """Make these triggers; those of an earlier version anew."""
    for name in _lacking(connection, triggers):
        connection.exec_driver_sql(f'drop trigger if exists "{name}"')
        connection.exec_driver_sql(triggers[name])


def is_protected(connection: sa.Connection, triggers: Mapping[str, str]) -> bool:
    """True where the database has every one of these triggers as it stands here."""
    return not _lacking(connection, triggers)


def _lacking(connection: sa.Connection, triggers: Mapping[str, str]) -> list[str]:
    query = sa.text("select name, sql from sqlite_master where type = 'trigger'")
    present: dict[str, str] = dict(iter(connection.execute(query).all()))
    return [
        name for name, text in triggers.items() if present.get(name, "").lower() != text.lower()
    ]


def listed(names: Sequence[str]) -> str:
    """Columns of an `update of`."""
    return ", ".join(f'"{name}"' for name in names)


def refused(change: str, table: sa.Table, why: str, when: str = "") -> tuple[str, str]:
    """The name of a trigger that refuses a change, and the statement that makes it."""
    name = f"{table.name}: no {change}".replace('"', "")
    condition = f" when {when}" if when else ""
    return name, (
        f'create trigger "{name}" before {change} on {table.name}{condition}'
        f" begin select raise(abort, '{why}'); end"
    )
