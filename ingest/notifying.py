"""Tell people by e-mail what they have to act on: once a day, and what waits to be sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from ingest.digests import queue_digests
from ingest.home import LONDON, Home
from ingest.mailing import Server, send_queued
from ingest.work import WORKER
from sql.ledger import Ledger

MORNING = 7  # in London: from this hour on the day's digests are written


class Notifier:
    """What the worker does about e-mail; nothing without a server, but in a demo home.

    A demo home never sends: it queues, and the outbox shows what would be sent.
    """

    def __init__(
        self, home: Home, ledger: Ledger, clock: Callable[[], datetime], server: Server | None
    ) -> None:
        self.home = home
        self.ledger = ledger
        self.clock = clock
        self.server = None if home.is_demo else server
        self.written: date | None = None

    def run_once(self) -> None:
        """Write the digests of the day, once it is morning, and send what waits."""
        now = self.clock()
        if self.server is None and not self.home.is_demo:
            return
        local = now.astimezone(LONDON)
        if self.written != local.date() and local.hour >= MORNING:
            self.written = local.date()  # before: a fault of it is told once a day, not all day
            queue_digests(self.home, self.ledger, by=WORKER, at=now)
        if self.server is not None:
            send_queued(self.ledger, self.server, by=WORKER, at=now)
