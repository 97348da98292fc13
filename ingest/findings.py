"""Findings: one row a rule broken at a place, from the check to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from expectations.dictionary import site_tables
from expectations.rules import Severity, catalogue

FINDING_SCHEMA = {
    "rule": pl.String,
    "table_name": pl.String,
    "source_file": pl.String,
    "source_line": pl.Int64,
    "column_name": pl.String,
    "record_key": pl.String,
    "row_id": pl.Int64,
    "finding_id": pl.String,
}


# Of several findings of column rules on one cell the first of these is kept.
_STRONGEST = (
    "TYPE", "NUMBER", "DATE_FORMAT", "DATE_IMPOSSIBLE", "REQUIRED", "CODE", "PATTERN",
    "DATE_FUTURE", "HARD", "PLAUSIBLE",
)  # fmt: skip


def goes_whole(rule: str, table: str | None, column: str | None) -> bool:
    """True where an accepted exclusion takes the row: it repeats a key, or cannot be placed."""
    if rule == "K04a" or table is None or column is None:
        return True
    return site_tables()[table].columns[column].places_record


def are_whole() -> pl.Expr:
    """The same of each finding."""
    cell = pl.concat_str("table_name", "column_name", separator=".")
    return (pl.col("rule") == "K04a") | cell.is_in(_placing()).fill_null(True)


@cache
def _placing() -> list[str]:
    return [
        f"{table.name}.{column.name}"
        for table in site_tables().values()
        for column in table.columns.values()
        if column.places_record
    ]


def has_severity(severity: Severity) -> pl.Expr:
    """Whether a finding's rule has this severity."""
    return pl.col("rule").is_in([r.id for r in catalogue().values() if r.severity == severity])


def severity_counts(findings: pl.DataFrame) -> dict[Severity, int]:
    """Findings by severity."""
    counts: dict[Severity, int] = {"F": 0, "R": 0, "B": 0, "W": 0}
    for rule, count in findings["rule"].value_counts().iter_rows():
        counts[catalogue()[rule].severity] += count
    return counts


def no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema=FINDING_SCHEMA)


def findings_of(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=FINDING_SCHEMA, orient="row")


def at_rows(found: pl.DataFrame, sent: pl.DataFrame, table: str) -> pl.DataFrame:
    """Findings by line (rule, source_line, column_name) as findings at sent rows."""
    places = sent.select("source_line", "source_file", "record_key", "row_id")
    if found.height < sent.height:  # of a million rows a few are found
        places = places.filter(pl.col("source_line").is_in(found["source_line"].unique().implode()))
    return (
        found.join(places, on="source_line", how="left")
        .with_columns(
            pl.lit(table).alias("table_name"),
            pl.lit(None, dtype=pl.String).alias("finding_id"),
        )
        .select(pl.col(name).cast(kind) for name, kind in FINDING_SCHEMA.items())
    )


def one_a_cell(findings: pl.DataFrame) -> pl.DataFrame:
    """Of several rules about one cell alone that it breaks, the strongest."""
    of_columns = [rule for rule in findings["rule"].unique() if rule in _about_one_cell()]
    rank = pl.col("rule").replace_strict(of_columns, _ranks(of_columns), return_dtype=pl.Int8)
    cells = findings.with_row_index("place").filter(pl.col("rule").is_in(of_columns))
    cells = cells.select("table_name", "column_name", "place", "row_id", rank.alias("rank"))
    weaker = [pl.Series(dtype=pl.UInt32)]
    # A column at a time, since then a row's number tells its cells apart.
    for _, here in cells.group_by("table_name", "column_name"):
        if here["rank"].n_unique() > 1:
            ranked = here.select("place", "row_id", "rank").sort("rank", "place")
            weaker.append(ranked.filter(~pl.col("row_id").is_first_distinct())["place"])
    is_weaker = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(pl.concat(weaker).implode())
    return findings.filter(~is_weaker)


@cache
def _about_one_cell() -> frozenset[str]:
    """The column rules, and the rules by which another table makes a column required."""
    rules = catalogue().values()
    return frozenset(r.id for r in rules if r.id.count(".") == 2 or r.code == "REQUIRED")


def _ranks(rules: Sequence[str]) -> list[int]:
    strength = {name: rank for rank, name in enumerate(_STRONGEST)}
    return [strength.get(rule.rpartition(".")[2], 99) for rule in rules]
