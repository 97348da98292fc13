"""Findings: one row a rule broken at a place, from the check to the report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from expectations.dictionary import site_tables
from expectations.rules import Severity, catalogue
from ingest.state import SEPARATOR

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


def severity_counts(findings: pl.DataFrame) -> dict[Severity, int]:
    """Findings by severity."""
    counts: dict[Severity, int] = {"F": 0, "R": 0, "B": 0, "W": 0}
    for rule in findings["rule"]:
        counts[catalogue()[rule].severity] += 1
    return counts


def no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema=FINDING_SCHEMA)


def findings_of(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=FINDING_SCHEMA, orient="row")


def at_rows(found: pl.DataFrame, sent: pl.DataFrame, table: str) -> pl.DataFrame:
    """Findings by line (rule, source_line, column_name) as findings at sent rows."""
    places = sent.select("source_line", "source_file", "record_key", "row_id")
    return (
        found.join(places, on="source_line", how="left")
        .with_columns(
            pl.lit(table).alias("table_name"),
            pl.lit(None, dtype=pl.String).alias("finding_id"),
        )
        .select(pl.col(name).cast(kind) for name, kind in FINDING_SCHEMA.items())
    )


def one_a_cell(findings: pl.DataFrame) -> pl.DataFrame:
    """Of several column rules that one cell breaks, the strongest."""
    kind = pl.col("rule").str.split(".").list.last()
    is_column_rule = pl.col("rule").str.count_matches(".", literal=True) == 2
    strength = {name: rank for rank, name in enumerate(_STRONGEST)}
    cells = findings.filter(is_column_rule)
    strongest = (
        cells.with_columns(kind.replace_strict(strength, default=99).alias("rank"))
        .sort("rank")
        .unique(["table_name", "row_id", "column_name"], keep="first", maintain_order=True)
        .drop("rank")
    )
    return pl.concat([findings.filter(~is_column_rule), strongest])


def identified(findings: pl.DataFrame, sent: Mapping[str, pl.DataFrame], site: str) -> pl.DataFrame:
    """Give each finding its identity, which survives re-upload, and put them in order."""
    repeated = set(
        findings.filter(pl.col("rule") == "K04a").select("table_name", "record_key").iter_rows()
    )
    identities = []
    for row in findings.iter_rows(named=True):
        key = row["record_key"]
        needs_digest = key is None or (row["table_name"], key) in repeated
        if needs_digest and row["row_id"] is not None and row["table_name"] in sent:
            line = sent[row["table_name"]].row(row["row_id"] - 1, named=True)
            cells = [line[name] for name in site_tables()[row["table_name"]].columns]
            key = hashlib.sha256(repr(cells).encode("utf-8")).hexdigest()
        parts = (site, row["rule"], row["table_name"], key, row["column_name"])
        told = SEPARATOR.join("" if part is None else str(part) for part in parts)
        identities.append(hashlib.sha256(told.encode("utf-8")).hexdigest())
    return findings.with_columns(pl.Series("finding_id", identities, dtype=pl.String)).sort(
        "table_name", "source_line", "column_name", "rule", nulls_last=True
    )
