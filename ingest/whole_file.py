"""Rules about an export as a whole: too much of it is unusable, it reaches into a locked
year, or its values look filled in rather than measured.

What is too little to judge in an export alone is judged together with the rows that the
registry holds of the site, as the export would leave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import duckdb
import polars as pl

from expectations.dictionary import Column, site_tables
from ingest.findings import are_whole, findings_of, has_severity
from ingest.submission import Registry, Submission

# More than this share, and at least this number, of procedures that cannot be used is a
# broken export (K07); fewer are corrected or left out one by one.
UNUSABLE_SHARE, UNUSABLE_ROWS = 0.05, 20

# From this many values on a pattern is said of a column (K11, K12, D19). Of ten sizes
# measured to the millimetre seven or more are multiples of 5 once in 1,160 times by chance
# (one in five is), of nine six or more once in 330; of ten days two fall on 1 January once
# in 3,000 times, of nine a single one would do, once in 40.
FEWEST_VALUES = 10

HEAPED_SHARE = 0.6  # K12: more than this share of multiples of 5 is estimated
HEAPED = ("pulse_delivery.spacing_mm", "lesion.max_diameter_mm")
NEW_YEAR_SHARE = 0.1  # D19: more than this share of dates on 1 January is made up


def whole_file_findings(
    connection: duckdb.DuckDBPyConnection,
    submission: Submission,
    registry: Registry,
    findings: pl.DataFrame,
) -> pl.DataFrame:
    """K07, K10, K11, K12 and D19.

    Args:
        connection: holds sent_<table> and <table>, the state with the export laid over.
        findings: what was found at the export's rows.
    """
    rows = chain(
        _unusable(connection, findings),
        _locked(submission, registry),
        patterns(connection),
    )
    return findings_of(list(rows))


def _unusable(
    connection: duckdb.DuckDBPyConnection, findings: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """K07: procedures of which accepting the export as it is would leave the row out."""
    is_out = (pl.col("table_name") == "procedure") & has_severity("R") & are_whole()
    out = findings.filter(is_out)["row_id"].drop_nulls().n_unique()
    sent = _count(connection, "sent_procedure")
    if out >= UNUSABLE_ROWS and out > UNUSABLE_SHARE * sent:
        yield {"rule": "K07", "table_name": "procedure"}


def _locked(submission: Submission, registry: Registry) -> Iterator[dict[str, Any]]:
    """K10: a period with a day in a locked year, in anything but a reasoned correction."""
    start, end = submission.period_start, submission.period_end
    is_reasoned = submission.submission_type == "CORRECTION" and submission.reason.strip()
    if start is None or end is None or is_reasoned:
        return
    if any(start <= last and first <= end for first, last in registry.locked):
        yield {"rule": "K10"}


def patterns(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """K11, K12 and D19 over the columns of every table, as findings that name no row."""
    for name in site_tables():
        yield from _patterns(connection, name)


def _patterns(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[dict[str, Any]]:
    asked = [
        (rule, column.name, holds)
        for column in site_tables()[name].columns.values()
        for rule, holds in _questions(f"{name}.{column.name}", column)
    ]
    if not asked or not _count(connection, f"sent_{name}"):
        return
    sent = _answers(connection, f"sent_{name}", asked)
    if any(0 < values < FEWEST_VALUES for values, _ in sent):
        state = _answers(connection, name, asked)
        pairs = zip(sent, state, strict=True)
        sent = [one if one[0] >= FEWEST_VALUES or not one[0] else both for one, both in pairs]
    for (rule, column, _), (values, is_found) in zip(asked, sent, strict=True):
        if values >= FEWEST_VALUES and is_found:
            yield {"rule": rule, "table_name": name, "column_name": column}


def _questions(place: str, column: Column) -> Iterator[tuple[str, str]]:
    """The rules that a column is asked, each with an aggregate that is true where it fails."""
    cell = column.name
    if column.null == "mandatory" and column.type in ("integer", "decimal"):
        yield "K11", f"min({cell}) = max({cell})"
    if place in HEAPED:
        yield "K12", f"count_if({cell} % 5 = 0) > {HEAPED_SHARE} * count({cell})"
    if column.type == "date":
        is_new_year = f"month({cell}) = 1 and day({cell}) = 1"
        yield "D19", f"count_if({is_new_year}) > {NEW_YEAR_SHARE} * count({cell})"


def _answers(
    connection: duckdb.DuckDBPyConnection, relation: str, asked: list[tuple[str, str, str]]
) -> list[tuple[int, bool]]:
    """For each question the number of values, and whether the pattern is in them."""
    parts = [f"count({column}), coalesce({found}, false)" for _, column, found in asked]
    cells = connection.execute(f"select {', '.join(parts)} from {relation}").fetchall()[0]
    return list(zip(cells[::2], cells[1::2], strict=True))


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])
