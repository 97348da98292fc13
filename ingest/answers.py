"""Answers to queries: the site says that an unusual value is right, and why.

An answer holds for the value that it was given for. The value is never kept: a digest of
it, keyed by the storage key, tells whether it has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from expectations.dictionary import site_tables, stored_columns
from expectations.rules import catalogue
from ingest.links import Rows
from ingest.nhs_numbers import holds_nhs_number
from sql import ledger_answers
from sql.keyring import Keyring, keyed
from sql.ledger import Ledger, LedgerError

QUERY = "W"  # the severity that can be answered
_PURPOSE = "ire-answer:v1"
_SEPARATOR = "\x1f"
_AT = ("table_name", "column_name", "row_id", "record_key")


def with_digests(
    findings: pl.DataFrame, sent: Rows, held: Rows, storage_keys: Keyring | None
) -> pl.DataFrame:
    """The findings with `value_digest`: of each query the keyed digest of what it is about.

    That is its column's value, or the row's values where it names no column; a query about
    a table as a whole rests on no value, and is answered as it is. Null where no key is
    known, and for whatever is no query.
    """
    queries = [rule.id for rule in catalogue().values() if rule.severity == QUERY]
    asked = findings.with_row_index("place").filter(
        pl.col("rule").is_in(queries) & pl.lit(storage_keys is not None)
    )
    digests: list[pl.DataFrame] = []
    for (table, column), here in asked.group_by("table_name", "column_name", maintain_order=True):
        name = str(table) if table in site_tables() else None
        values = _values(here, name, str(column) if column else None, (sent, held))
        digests.append(here.select("place", _digested(values, storage_keys or ())))
    found = pl.concat(digests) if digests else asked.select("place", value_digest=pl.lit(""))
    return (
        findings.with_row_index("place")
        .join(found, on="place", how="left", maintain_order="left")
        .drop("place")
    )


def _values(
    findings: pl.DataFrame, table: str | None, column: str | None, rows: tuple[Rows, Rows]
) -> pl.Series:
    """What each finding is about, as text; empty where it is about no row."""
    sent, held = rows
    found = findings.select(pl.lit(None, pl.String).alias("value"))["value"]
    for frame, by in ((sent.get(table or ""), "row_id"), (held.get(table or ""), "record_key")):
        if frame is None or table is None:
            continue
        told = _joined([column]) if column in frame.columns else row_text(table)
        text = frame.select(by, told.alias("value"))
        is_sent = pl.col("row_id").fill_null(0) > 0
        named = findings.with_columns(
            pl.when(is_sent if by == "row_id" else ~is_sent).then(pl.col(by)).alias(by)
        )
        joined = named.join(text.unique(by, keep="first"), on=by, how="left", maintain_order="left")
        found = found.zip_with(found.is_not_null(), joined["value"])
    return found.fill_null("")


def row_text(table: str) -> pl.Expr:
    """What a query is about that names no column of a table: its row as it is stored."""
    return _joined(stored_columns(site_tables()[table]))


def _joined(names: Iterable[str]) -> pl.Expr:
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in names]
    return pl.concat_str(parts, separator=_SEPARATOR)


def value_digest(storage_keys: Keyring, value: str) -> str:
    """What stands for a value that a query is about."""
    return keyed(storage_keys, f"{_PURPOSE}{_SEPARATOR}{value}")


def _digested(values: pl.Series, storage_keys: Keyring) -> pl.Series:
    digests = {value: value_digest(storage_keys, value) for value in values.unique()}
    return values.replace_strict(digests, return_dtype=pl.String).alias("value_digest")


def standing(ledger: Ledger, site: str, on: date) -> Sequence[Mapping[str, Any]]:
    """The answers of a site that stand on a day."""
    return ledger_answers.standing(ledger_answers.answers(ledger, [site]), on)


def give(
    ledger: Ledger,
    findings: pl.DataFrame,
    finding_id: str,
    *,
    site: str,
    reason: str,
    expires: date,
    by: str,
    at: datetime,
) -> int:
    """Answer one finding of a report; gives the answer's number.

    Args:
        findings: the report's, as kept (KEPT_SCHEMA).

    Raises:
        LedgerError: if it is not among them or no query, if the reason names a patient, or
            for what `sql.ledger_answers.answer` refuses.
    """
    found = findings.filter(pl.col("finding_id") == finding_id)
    if not found.height:
        raise LedgerError("no such finding in this submission")
    row = found.row(0, named=True)
    if row["severity"] != QUERY or row["value_digest"] is None:
        raise LedgerError("only a query can be answered; correct the others at their source")
    if holds_nhs_number(reason):
        raise LedgerError("the reason holds an NHS number; write it without")
    about = {name: row[name] for name in ("finding_id", "rule", "value_digest")}
    return ledger_answers.answer(
        ledger, about | {"site_ods_code": site}, reason=reason, expires=expires, by=by, at=at
    )
