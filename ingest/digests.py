"""The digest of one recipient: what to act on today, the most pressing first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from ingest import digest_items as items
from ingest.accepted_of import accepted_of
from ingest.digest_items import Item, Row, Sites
from ingest.due import SCHEMA as DUE_SCHEMA
from ingest.due import due
from ingest.home import LONDON, Home
from sql import outbox, outlier_cases
from sql.accepted import reports
from sql.ledger import Ledger
from sql.outbox import Letter
from sql.reader import NoRelease, Reader
from sql.reader_periods import day
from sql.recipients import Recipient, recipients
from sql.sentences import counted

NAME = "IRE Liver Audit"
LATE, NEWS, LATER = "Late", "New flags, provisional: no case", "Later"
# By when a thing must be acted on, and under which heading it stands.
WITHIN = {7: "Within 7 days", 30: "Within 30 days"}
HEADINGS = (LATE, WITHIN[7], NEWS, WITHIN[30], LATER)

FOOT = """\
This message holds no patient's data. Sign in to the registry and open the page named.
It is sent when there is something new to act on, and lists all that is open.
Nobody reads replies. To change or end these messages, ask the registry team."""


@dataclass(frozen=True)
class Known:
    """What holds for every recipient on a day."""

    today: date
    held: Sequence[Row]
    due: pl.DataFrame
    sites: Sites


def queue_digests(home: Home, ledger: Ledger, *, by: str, at: datetime) -> list[int]:
    """Queue the digest of every recipient who has something new to act on; gives the numbers."""
    told = recipients(ledger)
    if not told:
        return []
    known = _known(home, ledger, at)
    queued = []
    for recipient in told:
        letter = digest(home, ledger, recipient, known)
        if letter is not None:
            queued.append(outbox.queue(ledger, recipient, letter, by=by, at=at))
    return [number for number in queued if number is not None]


def _known(home: Home, ledger: Ledger, at: datetime) -> Known:
    today, register = at.astimezone(LONDON).date(), home.newest_register()
    held = ledger.submissions(states=("held",))
    if register is None:
        return Known(today, held, pl.DataFrame(schema=DUE_SCHEMA), Sites({}))
    names = pl.read_parquet(register / "site.parquet", columns=["site_ods_code", "site_name"])
    owed = due(reports(accepted_of(home, ledger.walk())), held, register, today)
    return Known(today, held, owed, Sites(dict(names.iter_rows())))


def digest(home: Home, ledger: Ledger, recipient: Recipient, known: Known) -> Letter | None:
    """What a recipient is told today; None where there is nothing to say.

    A flag is told once while it stands; whatever has a day is listed as long as it stands.
    """
    viewer, today = recipient.viewer, known.today
    found = [
        *items.held(viewer, known.held, known.sites),
        *items.owed(viewer, known.due, today, known.sites),
        *items.deadlines(viewer, outlier_cases.cases(ledger, viewer), today, known.sites),
    ]
    with suppress(NoRelease), Reader.open(home.path, viewer) as reader:
        found += [*items.flags(reader, known.sites), *items.ending(reader, today, known.sites)]
    told = tuple(one.key or f"{_heading(one, today)}: {_line(one)}" for one in found)
    before = outbox.still_told(ledger, recipient, told)
    shown = [one for one in found if one.key is None or one.key not in before]
    if not shown:
        return None
    lines: dict[str, list[str]] = {heading: [] for heading in HEADINGS}
    for one in sorted(shown, key=lambda one: (one.day or today, one.said)):
        lines[_heading(one, today)].append(_line(one))
    parts = ["\n".join((heading.upper(), *under)) for heading, under in lines.items() if under]
    late = len(lines[LATE])
    return Letter(
        f"{NAME}: {counted(len(shown), 'thing')} to act on" + (f", {late} late" if late else ""),
        "\n\n".join((_head(recipient, known), *parts, FOOT)) + "\n",
        told,
    )


def _head(recipient: Recipient, known: Known) -> str:
    whose = " and ".join(known.sites[site] for site in recipient.sites) or "all sites"
    return f"{NAME}, {day(known.today)}\nFor the {recipient.role} of {whose}."


def _heading(one: Item, today: date) -> str:
    if one.day is None:
        return NEWS
    if one.is_late or one.day < today:
        return LATE
    left = (one.day - today).days
    return next((heading for days, heading in WITHIN.items() if left <= days), LATER)


def _line(one: Item) -> str:
    when = f"{day(one.day)}: " if one.day else ""
    return f"- {when}{one.said}. Page: {one.page}."
