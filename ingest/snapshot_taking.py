"""Take an annual snapshot: publish what is accepted, freeze that release, lock the year."""

from __future__ import annotations

from collections.abc import Callable

from ingest.home import LONDON
from ingest.snapshotting import owed_of
from ingest.work import Work
from sql import snapshots
from sql.hashes import code_hash, full_hash, public_hash, rules_hash
from sql.ledger import LedgerError
from sql.publish_release import Release
from sql.snapshot_tables import OPEN

READ_ONLY = 0o444


def take(work: Work, number: int, publish: Callable[[], Release | None], *, by: str) -> None:
    """Publish what is accepted, then record it as the snapshot and lock its year.

    The ledger's transaction is the commit point. Stopped before it the year is still
    validating, a release more is served, and the request is carried out again.

    Raises:
        LedgerError: if it may not be taken, in words for the person who asked.
    """
    at = work.clock()
    today = at.astimezone(LONDON).date()
    row = snapshots.snapshot(work.ledger, number)
    if row["state"] != OPEN:
        raise LedgerError(f"snapshot {number} of {row['period']} is {row['state']}")
    owed = owed_of(work.home, work.ledger, row["period"], today)
    closed = snapshots.why_not(row, *snapshots.signatures(work.ledger, owed), today)
    if closed:
        raise LedgerError(closed)
    release = publish()
    if release is None:
        raise LedgerError("no register is loaded; load it with: ire-audit register load FOLDER")
    if release.data_date.isoformat() < row["period_end"]:
        raise LedgerError(f"release {release.number} does not reach the end of {row['period']}")
    for path in (release.full, release.public):
        path.chmod(READ_ONLY)
    home = work.home.path
    frozen = snapshots.Frozen(
        release=release.number,
        data_date=release.data_date.isoformat(),
        full_sha256=full_hash(home, release.number),
        public_hash=public_hash(home, release.number),
        rules_hash=rules_hash(),
        code_hash=code_hash(),
    )
    work.step("release frozen")
    snapshots.take(work.ledger, number, frozen, owed, today=today, by=by, at=at)
