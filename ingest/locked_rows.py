"""Procedures of a locked reporting year that an export would add, change or drop."""

from __future__ import annotations

import duckdb
import polars as pl

from expectations.dictionary import site_tables, stored_columns
from ingest.findings import findings_of, no_findings
from ingest.submission import Registry, Submission

DATE = "procedure_date"
FIELDS = ("source_file", "source_line", "record_key", "row_id")


def locked_row_findings(
    connection: duckdb.DuckDBPyConnection, submission: Submission, registry: Registry
) -> pl.DataFrame:
    """K10b at each such procedure of an export that is no correction.

    A full export replaces all that is held, so that nothing can stand in the place of a
    row left out: it may not touch a locked year at all (K10).

    Args:
        connection: holds sent_procedure, held_procedure, and procedure as the export would
            leave them.
    """
    if not registry.locked or submission.submission_type == "CORRECTION":
        return no_findings()
    is_full = submission.submission_type == "FULL"
    said = {"rule": "K10" if is_full else "K10b", "table_name": "procedure", "column_name": DATE}
    rows = _rows(connection, registry, _ALTERED)
    if is_full:
        rows += _rows(connection, registry, _DROPPED)
    return findings_of([said | dict(zip(FIELDS, row, strict=True)) for row in rows])


def _rows(
    connection: duckdb.DuckDBPyConnection, registry: Registry, query: str
) -> list[tuple[object, ...]]:
    starts, ends = zip(*registry.locked, strict=True)
    same = " and ".join(
        f"held.{name} is not distinct from sent.{name}"
        for name in stored_columns(site_tables()["procedure"])
    )
    asked = query.format(same=same, locked=_LOCKED)
    found = connection.execute(asked, {"starts": list(starts), "ends": list(ends)})
    return found.fetchall()


# A day of either date: a procedure moved into a locked year, or out of it, changes it.
_LOCKED = """
    exists (
        select 1
        from (select unnest($starts) as first_day, unnest($ends) as last_day)
        where sent.procedure_date between first_day and last_day
            or held.procedure_date between first_day and last_day
    )
"""

_ALTERED = """
    select sent.source_file, sent.source_line, sent.record_key, sent.row_id
    from sent_procedure as sent
    left join held_procedure as held on held.record_key = sent.record_key
    where {locked} and not coalesce(held.record_key is not null and {same}, false)
    order by sent.row_id
"""

_DROPPED = """
    select sent.source_file, sent.source_line, sent.record_key, null as row_id
    from held_procedure as sent
    inner join held_procedure as held on held.record_key = sent.record_key
    where {locked}
        and not exists (select 1 from procedure as state where state.record_key = sent.record_key)
    order by sent.record_key
"""
