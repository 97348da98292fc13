"""What a recipient has to act on: each thing with its day, its words and its page.

Words are ours, the register's names of sites, and dates that the registry sets: never a key, a
day of care, a count, or anything that a site wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from ingest.home import LONDON
from ingest.report_words import HELD_DAYS
from sql.access import Action, Viewer
from sql.analysis import FLAGS, judged_indicators
from sql.case_clock import clock, waits_for
from sql.case_moves import TEAM, TRUST
from sql.case_stages import policy
from sql.reader import Reader
from sql.reader_periods import quarter
from sql.reader_standing import LANES
from sql.sentences import counted

DUE_DAYS = timedelta(days=14)
CLOCK_DAYS = 5  # working days
ENDING_DAYS = timedelta(days=90)

WHO_DECIDES: tuple[Action, ...] = ("accept exclusions", "accept protected exclusions")
WHO_SENDS: tuple[Action, ...] = ("upload",)
WHO_CHASES: tuple[Action, ...] = ("upload", TEAM)
WHO_IS_FLAGGED: tuple[Action, ...] = (TRUST, TEAM)
WHO_RENEWS: tuple[Action, ...] = ("sign off", TRUST, TEAM)

ENDING = dict(
    zip(
        LANES,
        (
            "designation as a specialist centre",
            "governance approval",
            "last open study",
            "sign-off",
        ),
        strict=True,
    )
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One thing to act on.

    Attributes:
        day: by when, or on which it ends; None for what is news.
        key: by which a thing without a day is known again, whatever is said of it.
    """

    day: date | None
    said: str
    page: str
    is_late: bool = False
    key: str | None = None


class Sites:
    """The sites of the register, as people call them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def __getitem__(self, site: str) -> str:
        name = " ".join((self._names.get(site) or "").split())
        return f"{name} ({site})" if name else site


def may_any(viewer: Viewer, actions: Sequence[Action], site: str) -> bool:
    return any(viewer.may(action, site) for action in actions)


def held(viewer: Viewer, rows: Sequence[Row], sites: Sites) -> Iterator[Item]:
    """The submissions that wait for a decision, and when each lapses."""
    for row in rows:
        site = row["site_ods_code"]
        if not may_any(viewer, WHO_DECIDES, site):
            continue
        received = datetime.fromisoformat(row["received_at"]).astimezone(LONDON).date()
        of = f" for {_quarters(row)}" if row["period_start"] and row["period_end"] else ""
        yield Item(
            received + HELD_DAYS,
            f"an export of {sites[site]}{of} is held; without a decision it lapses",
            "Submissions",
        )


def _quarters(row: Row) -> str:
    first, last = (quarter(date.fromisoformat(row[f"period_{end}"])) for end in ("start", "end"))
    return first.label if first == last else f"{first.label} to {last.label}"


def owed(viewer: Viewer, due: pl.DataFrame, today: date, sites: Sites) -> Iterator[Item]:
    """The quarters due soon and, of each site, those overdue.

    Args:
        due: ingest.due.SCHEMA.
    """
    soon = due.filter((pl.col("state") == "not due") & pl.col("due_date").is_between(
        today, today + DUE_DAYS
    ))  # fmt: skip
    for row in soon.iter_rows(named=True):
        if may_any(viewer, WHO_SENDS, row["site_ods_code"]):
            name = sites[row["site_ods_code"]]
            said = f"an export or a nil return of {name} for {row['quarter']} is due"
            yield Item(row["due_date"], said, "Upload")
    overdue = due.filter((pl.col("state") == "missing") & pl.col("is_late_today"))
    for (site,), rows in overdue.group_by("site_ods_code", maintain_order=True):
        code = str(site)
        if may_any(viewer, WHO_CHASES, code):
            first = rows["due_date"].min()
            assert isinstance(first, date)
            weeks = (today - first).days // 7
            over = counted(weeks, "week") if weeks else "less than a week"
            which = "it is" if rows.height == 1 else "the first is"
            yield Item(
                first,
                f"{sites[code]} has sent nothing for {', '.join(rows['quarter'])}; {which} {over} "
                "overdue",
                "Upload" if viewer.may("upload", code) else "Home",
                is_late=True,
            )


def deadlines(viewer: Viewer, cases: Sequence[Row], today: date, sites: Sites) -> Iterator[Item]:
    """The outlier cases that wait for the viewer, near their deadline or late.

    The registry team is told of every late one: it has to escalate it.

    Args:
        cases: those that the viewer may see.
    """
    for row in cases:
        if row["closed_at"] is not None:
            continue
        now, site = clock(row, today), row["site_ods_code"]
        is_near = waits_for(row, viewer) and now.due is not None and now.days_left <= CLOCK_DAYS
        if is_near or (now.is_late and viewer.may(TEAM, site)):
            title, stage = json.loads(row["evidence"])["title"], policy().stages[row["stage"]]
            said = (
                f"case {row['number']} of {sites[site]} ({row['kind']}: {title}, {row['period']}) "
                f"waits for {stage.waits_for}"
            )
            over = f"; {now.said.partition(': ')[2]}" if now.is_late else ""
            yield Item(now.due, said + over, "Cases", is_late=now.is_late)


def flags(reader: Reader, sites: Sites) -> Iterator[Item]:
    """What the served release flags in the rolling 12 months: provisional, no case."""
    if not any(reader.viewer.may(action) for action in WHO_IS_FLAGGED):
        return
    rates = reader.rates(judged_indicators(reader), period="12 months")
    for row in rates.filter(pl.col("verdict").is_in(FLAGS)).iter_rows(named=True):
        yield Item(
            None,
            f"a provisional flag at {sites[row['site_id']]}: {row['title']}",
            "Cases",
            key=f"flag {row['site_id']} {row['indicator_id']} {row['verdict']}",
        )


def ending(reader: Reader, today: date, sites: Sites) -> Iterator[Item]:
    """What allows a site to treat and ends soon, or has ended, with nothing after it."""
    for site in reader.sites()["site_id"]:
        if not may_any(reader.viewer, WHO_RENEWS, site):
            continue
        spans = reader.spans(site).with_columns(
            # approvals follow each other; a sign-off is one operator's
            who=pl.when(pl.col("lane") == LANES[-1]).then("named")
        )
        last = spans.group_by("lane", "who", maintain_order=True).agg(
            pl.col("last_day").max(), is_open=pl.col("last_day").is_null().any()
        )
        near = pl.col("last_day").is_between(today - ENDING_DAYS, today + ENDING_DAYS)
        for row in last.filter(~pl.col("is_open") & near).iter_rows(named=True):
            whose = f"{row['who']}'s {ENDING[row['lane']]}" if row["who"] else ENDING[row["lane"]]
            is_over = row["last_day"] < today
            ends = "has ended, with nothing after it" if is_over else "ends"
            at = f"{sites[site]}: the {whose}" if not row["who"] else f"{sites[site]}: {whose}"
            yield Item(row["last_day"], f"{at} {ends}", "Compliance", is_late=is_over)
