"""What a finding is known by when a file is sent again, and which findings are listed.

Of one rule at one column a broken file has a million findings, all with one cause. Every one
is counted; the first ten thousand are listed, and those that the site has answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb
import polars as pl

from expectations.dictionary import site_tables
from ingest.canonical import row_digest
from ingest.state import SEPARATOR
from sql.hardening import HARDENED

LISTED = 10_000  # findings of one rule at one column, in the order of the file
KIND = ["rule", "table_name", "column_name"]

MANY = 20_000  # texts from which DuckDB's sha256 is worth its start


def in_order(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings by table, line, column and rule; what is of no place last."""
    # Ranks of the few distinct words are sorted, not the words.
    words = ("table_name", "column_name", "rule")
    ranks = {name: _ranked(findings[name]) for name in words}
    keys = [ranks["table_name"], pl.col("source_line"), ranks["column_name"], ranks["rule"]]
    return findings.sort(keys, nulls_last=True, maintain_order=True)


def _ranked(words: pl.Series) -> pl.Expr:
    distinct = words.drop_nulls().unique().sort()
    return pl.col(words.name).cast(pl.Enum(distinct)).to_physical()


def cut(findings: pl.DataFrame) -> pl.DataFrame:
    """The kinds of finding of which not all are listed: KIND, and how many there are."""
    counts = findings.group_by(KIND).agg(pl.len().cast(pl.Int64).alias("findings"))
    return counts.filter(pl.col("findings") > LISTED).sort(KIND, nulls_last=True)


def are_listed(findings: pl.DataFrame, also: pl.Series | None = None) -> pl.Series:
    """Which findings (in their order) are listed; `also` names others by finding_id."""
    kinds = cut(findings)
    if not kinds.height:
        return pl.repeat(True, findings.height, dtype=pl.Boolean, eager=True)
    many = kinds.select(*KIND, is_many=pl.lit(True))
    is_many = (
        findings.select(KIND)
        .join(many, on=KIND, how="left", nulls_equal=True, maintain_order="left")["is_many"]
        .fill_null(False)
    )
    places = pl.int_range(findings.height, eager=True)
    first = findings.select(*KIND, place=places).filter(is_many).group_by(KIND).head(LISTED)
    is_listed = ~is_many | places.is_in(first["place"].implode())
    if also is not None and also.len():
        is_listed |= findings["finding_id"].is_in(also.implode()).fill_null(False)
    return is_listed


def identified(
    findings: pl.DataFrame,
    sent: Mapping[str, pl.DataFrame],
    site: str,
    asked: pl.Series | None = None,
) -> pl.DataFrame:
    """Give each finding its identity, which survives re-upload.

    Args:
        asked: of which findings, true or false in their order; None for all.
    """
    told = findings.with_columns(_keys(findings, sent).alias("record_key"))
    told = told if asked is None else told.filter(asked)
    digests = identities(told, site)
    if asked is not None:
        place = pl.when(asked).then(asked.cum_sum() - 1)
        digests = pl.select(pl.lit(digests).gather(place)).to_series()
    return findings.with_columns(digests.alias("finding_id"))


def identities(findings: pl.DataFrame, site: str) -> pl.Series:
    """The identity of each finding by what `record_key` says of it."""
    parts = ("rule", "table_name", "record_key", "column_name")
    texts = findings.select(
        pl.concat_str(
            pl.lit(site), *(pl.col(name).fill_null("") for name in parts), separator=SEPARATOR
        )
    )
    return sha256(texts.to_series())


def _keys(findings: pl.DataFrame, sent: Mapping[str, pl.DataFrame]) -> pl.Series:
    """The key of each finding's record or, where it is missing or repeated, the row's digest."""
    digests = _digests_of_rows(findings, sent)
    if not digests.height:
        return findings["record_key"]
    beside = findings.select("table_name", "row_id", "record_key").join(
        digests, on=["table_name", "row_id"], how="left", maintain_order="left"
    )
    return beside.select(pl.coalesce("row_digest", "record_key")).to_series()


def sha256(texts: pl.Series) -> pl.Series:
    """The SHA-256 of each text, in hexadecimal."""
    if texts.len() < MANY:
        digests = [hashlib.sha256(text.encode("utf-8")).hexdigest() for text in texts]
        return pl.Series(texts.name, digests, dtype=pl.String)
    with duckdb.connect(config=HARDENED) as connection:
        arriving = texts.to_frame("text").to_arrow(compat_level=pl.CompatLevel.newest())
        connection.register("arriving", arriving)
        found: pl.DataFrame = connection.sql("select sha256(text) as digest from arriving").pl()
    return found["digest"]


def _digests_of_rows(findings: pl.DataFrame, sent: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The digest that stands for the key of a row whose key is missing or repeated.

    Returns:
        One row a sent row: table_name, row_id, row_digest.
    """
    repeated = findings.filter(pl.col("rule") == "K04a").select("table_name", "record_key")
    is_repeated = pl.struct("table_name", "record_key").is_in(
        repeated.select(pl.struct("table_name", "record_key").implode()).to_series()
    )
    unsure = findings.filter(
        (pl.col("row_id") > 0) & (pl.col("record_key").is_null() | is_repeated)
    )
    digests = [
        pl.DataFrame(schema={"table_name": pl.String, "row_id": pl.Int64, "row_digest": pl.String})
    ]
    for (name,), here in unsure.group_by("table_name", maintain_order=True):
        table = str(name)
        rows = sent[table].join(here.select("row_id").unique(), on="row_id", how="semi")
        digests.append(
            rows.select(
                pl.lit(table).alias("table_name"),
                "row_id",
                row_digest(rows, site_tables()[table]).alias("row_digest"),
            )
        )
    return pl.concat(digests)
