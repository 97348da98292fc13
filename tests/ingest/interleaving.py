"""Two people send at once: their two uploads, one step at a time in a given order.

Each upload runs in a thread of its own that waits at its five yield points until it is its
turn; nothing is left to the system's scheduler, so that an order can be run again.
"""

from __future__ import annotations

import itertools
import threading
from functools import cache

from ingest import inbox
from ingest.work import Work
from ingest.worker import Worker
from sql.ledger import Ledger

POINTS = 5  # received, being checked, checked, decided, published
ORDERS = tuple(
    "".join("A" if place in first else "B" for place in range(2 * POINTS))
    for first in itertools.combinations(range(2 * POINTS), POINTS)
)
DECIDED = 4  # the step after which an upload is accepted, held or refused
TURN_SECONDS = 120


class Upload(threading.Thread):
    """One person's upload: deposit, check, decide, publish; it pauses after each."""

    def __init__(self, home, data, name, at):
        super().__init__(name=name, daemon=True)
        self.home, self.data, self.at = home, data, at
        self.submission_id = None
        self.failure = None
        self._turn, self._paused = threading.Semaphore(0), threading.Semaphore(0)

    def step(self):
        """Let it run to its next yield point."""
        self._turn.release()
        assert self._paused.acquire(timeout=TURN_SECONDS), f"{self.name} is stuck"
        if self.failure is not None:
            raise self.failure

    def run(self):
        self._turn.acquire()
        try:
            self._upload()
        except BaseException as failure:
            self.failure = failure
        self._paused.release()

    def _upload(self):
        with Ledger(self.home.ledger_path) as ledger:
            worker = Worker(self.home, ledger, clock=lambda: self.at, step=self._step)
            self.submission_id = inbox.deposit(
                self.home.path, self.data, "export.zip", site="ZZ101", by=self.name, at=self.at
            )
            self._pause()
            worker.check(self.submission_id)  # pauses three times, see _step
            worker.publish()

    def _step(self, name):
        if name in ("checking", "checked", "decided"):
            self._pause()

    def _pause(self):
        self._paused.release()
        self._turn.acquire()


def run(order, home, a, b, at):
    """Run two uploads in an order such as "AABABBABAB"; gives the ids of A's and B's."""
    uploads = {"A": Upload(home, a, "A", at), "B": Upload(home, b, "B", at)}
    for one in uploads.values():
        one.start()
    for letter in order:
        uploads[letter].step()
    for one in uploads.values():
        one.join(TURN_SECONDS)
        assert not one.is_alive()
    return uploads["A"].submission_id, uploads["B"].submission_id


def decided_first(order):
    """Whose upload was decided first."""
    turns = {"A": 0, "B": 0}
    for letter in order:
        turns[letter] += 1
        if turns[letter] == DECIDED:
            return letter
    raise ValueError(order)


@cache
def _verdicts():
    return {}


def judging_once(monkeypatch):
    """Check each content against each walk once: a verdict is a function of the two.

    It spares the trial of 252 orders some thousand checks of the same; the first of each
    runs in full.
    """
    judge = Work.judge

    def remembered(self, row, raw, tell=lambda step: None):
        walk = tuple(one.manifest["sha256"] for one in self.walk(site=row["site_ods_code"]))
        key = (raw, walk)
        if key not in _verdicts():
            _verdicts()[key] = judge(self, row, raw, tell)
        return _verdicts()[key]

    monkeypatch.setattr(Work, "judge", remembered)
