"""A reporting year that is frozen, without the worker: what the ledger says of one."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sql.ledger import Ledger
from sql.snapshots import Frozen, open_snapshot, snapshot_year, take, taken_of

AT = datetime(2026, 8, 20, 9, tzinfo=UTC)


def freeze(ledger: Ledger, label: str = "2025/26", release: int = 14) -> None:
    """Take the snapshot of a year, where it has none yet: a release that is there."""
    if taken_of(ledger, label) is None:
        of = snapshot_year(label)
        opened, after = date(of.end.year, 7, 1), date(of.end.year, 8, 1)
        number = open_snapshot(ledger, of, today=opened, by="registry team", at=AT)
        frozen = Frozen(release, of.end.isoformat(), *"abcd")
        take(ledger, number, frozen, {}, today=after, by="registry team", at=AT)
