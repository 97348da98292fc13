"""Reviews of sentinel events: what the trust found in each, and the lesson.

An event is known by a keyed digest: neither the ledger nor the audit log names a patient.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql import reader_safety
from sql.access import Viewer
from sql.case_stages import policy
from sql.case_tables import SENTINEL_REVIEW
from sql.keyring import Keyring, keyed
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.reader_source import NoRelease, Source

MOST_CHARACTERS = 2000
_PURPOSE = "ire-sentinel:v1"
NAMED_BY = ("site_id", "procedure_id", "complication_id", "event")
EVERY_SITE = Viewer("the registry itself", "registry team")


def event_key(event: Mapping[str, Any], storage_keys: Keyring) -> str:
    """The key of a row of Reader.sentinel_events, stable while it is the same event.

    A complication that turns into a graver event is one to be reviewed anew.
    """
    told = "\x1f".join([_PURPOSE, *(str(event[name] or "") for name in NAMED_BY)])
    return keyed(storage_keys, told)


def site_of_event(home: Path, key: str, storage_keys: Keyring) -> str | None:
    """The site of a sentinel event of the served release; None where it has no such event."""
    try:
        source = Source.open(home, EVERY_SITE)
    except NoRelease:
        return None
    with closing(source):
        for event in reader_safety.every_sentinel_event(source).iter_rows(named=True):
            if event_key(event, storage_keys) == key:
                return str(event["site_id"])
    return None


def review(
    ledger: Ledger,
    key: str,
    *,
    site: str,
    outcome: str,
    lesson: str,
    viewer: Viewer,
    at: datetime,
) -> int:
    """Record a review of an event; a newer one stands for an older, and both are kept.

    Raises:
        LedgerError: if the viewer may not review this site's events, the outcome is none, or
            there is no lesson.
    """
    lesson = lesson.strip()
    if not viewer.may("review an event", site):
        raise LedgerError("an event is reviewed by the governance lead of the site's trust")
    if outcome not in policy().review_outcomes:
        raise LedgerError(f"no such outcome; choose of: {', '.join(policy().review_outcomes)}")
    if not 0 < len(lesson) <= MOST_CHARACTERS:
        raise LedgerError(f"a review needs its lesson, of at most {MOST_CHARACTERS} characters")
    by, digest = viewer.by, hashlib.sha256(lesson.encode()).hexdigest()
    with ledger.write() as connection:
        about = {"event_key": key, "site_ods_code": site, "outcome": outcome}
        said = {"lesson": lesson, "lesson_digest": digest, "by": by, "at": utc(at)}
        made = connection.execute(SENTINEL_REVIEW.insert().values(**about, **said))
        number = number_of(made)
        # Not the event's key: a rotation of the storage key could not change it there.
        detail = {"site_ods_code": site, "outcome": outcome, "lesson_digest": digest}
        append(connection, at, by, "event reviewed", f"review {number}", None, "reviewed", detail)
    return number


def reviews(ledger: Ledger, viewer: Viewer) -> Sequence[Mapping[str, Any]]:
    """Every review of the viewer's sites, in order; of one event the last one stands."""
    if not viewer.may("see rows"):
        return []
    query = sa.select(SENTINEL_REVIEW).order_by(SENTINEL_REVIEW.c.number)
    if viewer.reach("see rows") == "own":
        query = query.where(SENTINEL_REVIEW.c.site_ods_code.in_(viewer.sites))
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
