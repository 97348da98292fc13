"""What each finding does: the indicators that it moves, and for how many procedures.

An R finding takes a row or a value out of every indicator that rests on it, a W finding
may, a B finding stands in the compliance indicators of its rule, and an F finding keeps
the whole export out of all of them.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from expectations.dictionary import site_tables, tables
from expectations.rules import catalogue, sql_rules
from ingest.effect_words import JOINED
from ingest.findings import goes_whole
from ingest.links import DATE, PROCEDURE, Rows, procedures_of
from sql import catalog, lineage
from sql.reader_periods import quarter

CONCERNED = {"procedures": pl.Int64, "case": pl.String, "period": pl.String}
SEVERITIES = ("F", "R", "B", "W")  # gravest first


def with_effects(findings: pl.DataFrame, sent: Rows, held: Rows, links: Rows) -> pl.DataFrame:
    """The findings with what they do, those that do most first.

    Args:
        findings: one row a finding (FINDING_SCHEMA).
        sent: the rows of this export, by row_id; held: those of the registry that it
            breaks or drops, by record_key.
        links: which procedures other records belong to (`procedure_links`).

    Returns:
        The same rows with `indicators` (ids joined by "; "), `procedures` (how many are
        concerned), `case` (which, the first of many) and `period` (the quarter of the
        first): gravest first, then by indicators times procedures, then by place.
    """
    kinds = _kinds(findings)
    found = findings.with_row_index("place").join(
        kinds, on=["rule", "table_name", "column_name"], how="left", nulls_equal=True
    )
    found = found.join(_procedures(found, sent, held, links), on="place", how="left")
    rank = pl.col("severity").replace_strict({s: n for n, s in enumerate(SEVERITIES)})
    weight = pl.col("moved") * pl.col("procedures")
    return found.sort(
        rank, -weight, "table_name", "source_line", "column_name", "rule", nulls_last=True
    ).select(*findings.columns, "indicators", *CONCERNED)


def _kinds(findings: pl.DataFrame) -> pl.DataFrame:
    """What each (rule, table, column) moves: a few hundred of them however many findings."""
    kinds = findings.select("rule", "table_name", "column_name").unique()
    moved = [indicators_of(*kind) for kind in kinds.iter_rows()]
    return kinds.with_columns(
        pl.Series("severity", [catalogue()[r].severity for r in kinds["rule"]], pl.String),
        pl.Series("indicators", [JOINED.join(ids) for ids in moved], pl.String),
        pl.Series("moved", [len(ids) for ids in moved], pl.Int64),
    )


@cache
def indicators_of(rule: str, table: str | None, column: str | None) -> tuple[str, ...]:
    """The indicators that a finding of this rule at this place moves, in their order."""
    severity = catalogue()[rule].severity
    if severity == "F":
        return tuple(catalog.indicators())
    if table not in site_tables():
        return ()  # about the whole submission, or the register, which is not taken from it
    assert table is not None
    if severity == "B":
        return _failed(rule, table, column)
    is_whole = severity == "R" and goes_whole(rule, table, column)
    return lineage.moved_by(table, None if is_whole else column)


def _failed(rule: str, table: str, column: str | None) -> tuple[str, ...]:
    """The compliance indicators that a breach of the rule stands in.

    They rest on the column and on every table that the rule reads, and share a clause.
    """
    read = next(cross for cross in sql_rules() if cross.rule.id == rule)
    needed = catalog.tables_read(read.select) & tables().keys()
    moved = lineage.moved_by(table, column)
    return tuple(
        entry.id
        for entry in catalog.indicators().values()
        if entry.kind == "compliance"
        and entry.id in moved
        and set(entry.clause) & set(catalogue()[rule].clause)
        and needed <= lineage.reads(entry.id)
    )


def _procedures(findings: pl.DataFrame, sent: Rows, held: Rows, links: Rows) -> pl.DataFrame:
    """Which procedures each finding concerns, by the finding's place."""
    everywhere = sent["procedure"][PROCEDURE].n_unique() if "procedure" in sent else 0
    is_about_all = (pl.col("severity") == "F") | pl.col("table_name").is_null()
    parts = [_many(findings.filter(is_about_all), everywhere)]
    rest = findings.filter(~is_about_all)
    for (name,), here in rest.group_by("table_name", maintain_order=True):
        if name in site_tables():
            parts.append(_concerned(here, str(name), (sent, held, links)))
    concerned = pl.concat(parts)
    missing = findings.join(concerned, on="place", how="anti")
    return pl.concat([concerned, _many(missing, 0)])


def _many(findings: pl.DataFrame, procedures: int) -> pl.DataFrame:
    """Findings that concern so many procedures, none of them by name."""
    values = {"procedures": procedures, "case": None, "period": None}
    return findings.select(
        "place", *(pl.lit(values[name], kind).alias(name) for name, kind in CONCERNED.items())
    )


def _concerned(findings: pl.DataFrame, name: str, where: tuple[Rows, Rows, Rows]) -> pl.DataFrame:
    """The same for the findings on one table."""
    sent, held, links = where
    parts = [_many(findings.clear(), 0)]
    of_sent = findings.filter(pl.col("row_id") > 0)
    if of_sent.height and name in sent:
        parts.append(_reached(of_sent, sent[name], "row_id", (name, links)))
    is_sent = pl.col("row_id").fill_null(0) > 0
    of_held = findings.filter(~is_sent & pl.col("record_key").is_not_null())
    if of_held.height and name in held:
        parts.append(_reached(of_held, held[name], "record_key", (name, links)))
    of_table = findings.filter(pl.col("row_id").is_null() & pl.col("record_key").is_null())
    if of_table.height and name in sent:  # about the table as a whole
        reached = procedures_of(sent[name], "row_id", name, links)[PROCEDURE].n_unique()
        parts.append(_many(of_table, reached))
    return pl.concat(parts)


def _reached(
    findings: pl.DataFrame, rows: pl.DataFrame, by: str, of: tuple[str, Rows]
) -> pl.DataFrame:
    name, links = of
    named = rows.filter(pl.col(by).is_in(findings[by].unique().implode()))
    reached = procedures_of(named, by, name, links).unique()
    dates = links["procedure"].select(PROCEDURE, DATE).unique(PROCEDURE, keep="first")
    first = reached.join(dates, on=PROCEDURE, how="left").sort(DATE, PROCEDURE, nulls_last=True)
    cases = first.group_by(by, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("procedures"),
        pl.when(pl.len() == 1)
        .then(pl.col(PROCEDURE).first())
        .otherwise(pl.format("{} and {} more", pl.col(PROCEDURE).first(), pl.len() - 1))
        .alias("case"),
        pl.col(DATE).first(),
    )
    days = {day: quarter(day).label for day in cases[DATE].unique().drop_nulls()}
    period = pl.col(DATE).replace_strict(days, default=None, return_dtype=pl.String)
    least = 1 if name == "procedure" else 0  # one without its key is a procedure all the same
    return findings.join(cases.with_columns(period.alias("period")), on=by, how="left").select(
        "place", pl.col("procedures").fill_null(least), "case", "period"
    )
