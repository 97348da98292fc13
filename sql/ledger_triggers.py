"""What the database itself refuses: triggers, made anew where an earlier version's differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

_LONGEST = 63  # bytes of a name that PostgreSQL keeps
_FUNCTION = """
create or replace function ledger_refuses() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'integrity_constraint_violation', message = tg_argv[0];
end $$
"""
# PostgreSQL reads no other table in a trigger's condition.
_FUNCTION_UNLESS = """
create or replace function ledger_refuses_unless() returns trigger language plpgsql as $$
declare
    is_let boolean;
begin
    execute 'select exists (' || tg_argv[1] || ')' into is_let;
    if is_let then
        return new;
    end if;
    raise exception using errcode = 'integrity_constraint_violation', message = tg_argv[0];
end $$
"""


@dataclass(frozen=True)
class Refusal:
    """A change of a table that is refused, and why.

    Attributes:
        change: "insert", "delete", "update", "truncate", or "update of" some columns.
        when: a condition on `old` and `new`, in SQL that both databases read alike.
        unless: of an update, a query: while it gives a row, the change is let through.
    """

    name: str
    change: str
    table: str
    why: str
    when: str = ""
    unless: str = ""

    def trigger(self, dialect: str) -> tuple[str, str]:
        """The name of its trigger, and the statement that makes it."""
        before = f"before {self.change} on {self.table}"
        if dialect == "sqlite":
            is_shut = f"not exists ({self.unless})" if self.unless else ""
            both = " and ".join(part for part in (self.when, is_shut) if part)
            condition = f" when {both}" if both else ""
            body = f"begin select raise(abort, '{self.why}'); end"
            return self.name, f'create trigger "{self.name}" {before}{condition} {body}'
        name, each = self.name[:_LONGEST], "statement" if self.change == "truncate" else "row"
        condition = f" when ({self.when})" if self.when else ""
        body = f"execute function ledger_refuses('{self.why}')"
        if self.unless:
            query = self.unless.replace("'", "''")
            body = f"execute function ledger_refuses_unless('{self.why}', '{query}')"
        return name, f'create trigger "{name}" {before} for each {each}{condition} {body}'


def refused(change: str, table: sa.Table, why: str, when: str = "", *, unless: str = "") -> Refusal:
    """A refusal that is named by what it refuses."""
    name = f"{table.name}: no {change}".replace('"', "")
    return Refusal(name, change, table.name, why, when, unless)


def listed(names: Sequence[str]) -> str:
    """Columns of an `update of`."""
    return ", ".join(f'"{name}"' for name in names)


def protect(connection: sa.Connection, refusals: Iterable[Refusal]) -> None:
    """Make the triggers of these refusals; those of an earlier version anew."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.exec_driver_sql(_FUNCTION)
        connection.exec_driver_sql(_FUNCTION_UNLESS)
    for refusal in _lacking(connection, refusals):
        name, text = refusal.trigger(dialect)
        on = f" on {refusal.table}" if dialect == "postgresql" else ""
        connection.exec_driver_sql(f'drop trigger if exists "{name}"{on}')
        connection.exec_driver_sql(text)
        if dialect == "postgresql":
            told = text.replace("'", "''")
            connection.exec_driver_sql(f"comment on trigger \"{name}\"{on} is '{told}'")


def is_protected(connection: sa.Connection, refusals: Iterable[Refusal]) -> bool:
    """True where the database has every trigger of these refusals as it stands here."""
    return not _lacking(connection, refusals)


# Where each database tells of its triggers. PostgreSQL tells a statement in words of its own:
# the one that was given is kept as the trigger's comment.
_PRESENT = {
    "sqlite": "select tbl_name, name, sql from sqlite_master where type = 'trigger'",
    "postgresql": """
        select tgrelid::regclass::text, tgname, obj_description(oid, 'pg_trigger')
        from pg_trigger where not tgisinternal and tgenabled in ('O', 'A')
    """,
}


def _lacking(connection: sa.Connection, refusals: Iterable[Refusal]) -> list[Refusal]:
    dialect = connection.dialect.name
    wanted = [*refusals]
    if dialect == "postgresql":  # the one way round a row's triggers; SQLite has none
        kept = {one.table: one.why for one in wanted if one.change == "delete"}
        wanted += [Refusal(f"{name}: no truncate", "truncate", name, kept[name]) for name in kept]
    rows = connection.exec_driver_sql(_PRESENT[dialect])
    present = {(table, name): (told or "").lower() for table, name, told in rows}
    lacking = []
    for refusal in wanted:
        name, text = refusal.trigger(dialect)
        if present.get((refusal.table, name)) != text.lower():
            lacking.append(refusal)
    return lacking
