"""What has changed since the site's last submission: new, persisting and resolved findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ingest.home import Home
from ingest.report_frames import NEW, PERSISTING
from ingest.report_kept import unpacked
from sql.ledger import Ledger

_NOT_CHECKED = frozenset({"received", "checking", "refused"})


@dataclass(frozen=True)
class LastChecked:
    """The last submission of a site that was held or accepted, and what it was told."""

    submission_id: str
    received_at: str
    findings: pl.DataFrame  # KEPT_SCHEMA; of those that were not listed without their words


def last_checked(home: Home, ledger: Ledger, row: Mapping[str, Any]) -> LastChecked | None:
    """The site's last checked submission before this one (a row of the ledger), if any."""
    before = [
        other
        for other in ledger.submissions([row["site_ods_code"]])
        if (other["received_at"], other["submission_id"])
        < (row["received_at"], row["submission_id"])
        and other["state"] not in _NOT_CHECKED
        and home.report_file(other["submission_id"]).exists()
    ]
    if not before:
        return None
    last = before[-1]
    kept = unpacked(home.report_file(last["submission_id"]).read_bytes())
    findings = pl.concat([kept.findings, kept.unlisted])
    return LastChecked(last["submission_id"], last["received_at"], findings)


def with_status(findings: pl.DataFrame, last: LastChecked | None) -> pl.DataFrame:
    """The findings with their `status`; without an earlier submission all are new."""
    known = last.findings["finding_id"].drop_nulls() if last else pl.Series([], dtype=pl.String)
    is_known = pl.col("finding_id").is_in(known.implode())
    status = pl.when(is_known).then(pl.lit(PERSISTING)).otherwise(pl.lit(NEW))
    return findings.with_columns(status.alias("status"))


def resolved(
    findings: pl.DataFrame,
    last: LastChecked,
    sent: Mapping[str, pl.DataFrame],
    *,
    gone: Collection[tuple[str, str]] = (),
    is_full: bool = False,
    not_evaluated: Collection[str] = (),
) -> tuple[pl.DataFrame, int]:
    """The earlier findings that are no more, and the number that this export doesn't touch.

    An export of new and changed records leaves most of a site's records alone: a finding is
    resolved only where its record was sent again, or taken away, and its rule was evaluated.

    Args:
        findings: of this submission, with finding_id.
        sent: the rows sent, by table, with record_key.
        gone: the (table, record key) of what this export removes.
        is_full: the export holds all records of the site.

    Returns:
        Rows of `last.findings`.
    """
    no_more = last.findings.join(findings.select("finding_id"), on="finding_id", how="anti")
    no_more = no_more.filter(pl.col("finding_id").is_not_null())
    looked_at = _looked_at(no_more, sent, gone)
    is_looked_at = (looked_at | pl.lit(is_full)) & ~pl.col("rule").is_in(list(not_evaluated))
    return no_more.filter(is_looked_at), no_more.filter(~is_looked_at).height


def _looked_at(
    findings: pl.DataFrame,
    sent: Mapping[str, pl.DataFrame],
    gone: Collection[tuple[str, str]],
) -> pl.Expr:
    """Whether the export says anything of what a finding stands on."""
    is_about_all = pl.col("table").is_null()
    is_about_table = pl.col("record_key").is_null() & pl.col("table").is_in(list(sent))
    places = [frame.select(pl.lit(n).alias("table"), "record_key") for n, frame in sent.items()]
    schema = {"table": pl.String, "record_key": pl.String}
    taken = pl.DataFrame(list(gone), schema=schema, orient="row")
    named = pl.concat([taken, *places]).drop_nulls().unique()
    again = findings.select("table", "record_key").join(
        named.with_columns(pl.lit(True).alias("again")),
        on=["table", "record_key"],
        how="left",
        maintain_order="left",
    )["again"]
    return is_about_all | is_about_table | pl.lit(again.fill_null(False))
