"""Which procedures a record belongs to, by the links that the dictionary declares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import duckdb
import polars as pl

from expectations.dictionary import (
    PATIENT,
    PATIENT_KEY,
    Table,
    site_tables,
    stored_columns,
    stored_key,
)
from ingest.coded import as_text

PROCEDURE = "procedure_id"
DATE = "procedure_date"
LINKING = ("procedure", "lesion_treatment")  # the tables that tie others to procedures

Rows = Mapping[str, pl.DataFrame]


def procedure_links(connection: duckdb.DuckDBPyConnection, sent: Rows) -> dict[str, pl.DataFrame]:
    """The links by which records find their procedures: as the site would be, and of
    records that would go; one may stand there twice.

    Args:
        connection: holds held_<table> and sent_<table>.
        sent: the sent rows by table.
    """
    links = {}
    for name in LINKING:
        columns = _links(site_tables()[name])
        not_replaced = connection.sql(
            f"""
            select {", ".join(columns)}
            from held_{name} as held
            where not exists (select 1 from sent_{name} as s where s.record_key = held.record_key)
            """
        ).pl()
        new = [as_text(sent[name].select(columns))] if name in sent else []
        links[name] = pl.concat([not_replaced, *new])
    return links


def _links(table: Table) -> list[str]:
    columns = zip(stored_columns(table), table.columns.values(), strict=True)
    return [name for name, c in columns if name in (PROCEDURE, DATE) or c.references]


def procedures_of(rows: pl.DataFrame, by: str, name: str, links: Rows) -> pl.DataFrame:
    """Each row with each of its procedures: (by, procedure_id)."""
    ways = _ways(name)
    if not ways:
        return rows.select(by, PROCEDURE).drop_nulls()
    found = [
        rows.select(by, pl.col(own).alias("link"))
        .join(
            links[linking].select(pl.col(column).alias("link"), pl.col(PROCEDURE)),
            on="link",
        )
        .select(by, PROCEDURE)
        for own, linking, column in ways
    ]
    return pl.concat(found).drop_nulls()


@cache
def _ways(name: str) -> tuple[tuple[str, str, str], ...]:
    """The ways from a record to its procedures: (its column, linking table, its column).

    None where the record names its procedure itself. A record that procedures name is
    found from them; any other, by the record that it belongs to.
    """
    table = site_tables()[name]
    own = table.columns.get(PROCEDURE)
    if own is not None and own.places_record:
        return ()
    (*_, key) = stored_key(table)
    for linking in LINKING:
        columns = [
            _stored(c.name) for c in site_tables()[linking].columns.values() if c.references == name
        ]
        if columns and len(table.key) == 1:
            return tuple((key, linking, column) for column in columns)
    parents = [c for c in table.columns.values() if c.references and c.places_record]
    parent = parents[-1] if parents else None
    if parent is None or parent.references not in site_tables():
        return ()
    return tuple(
        (_stored(parent.name), linking, column) for _, linking, column in _ways(parent.references)
    )


def _stored(column: str) -> str:
    return PATIENT_KEY if column == PATIENT else column
