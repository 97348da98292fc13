"""A home whose first quarter of one site is accepted, made once and copied for each test."""

import shutil
from datetime import timedelta

from ingest import inbox
from ingest.home import open_home
from sql.ledger import Ledger
from sql.sign_offs import sign_offs
from tests.ingest.test_journey import EXPORTS, FIRST, Registry, changed

SECOND = EXPORTS / "ZZ101" / "2024-25-Q2.zip"
Q1 = {"period_start": "2024-04-01", "period_end": "2024-06-30"}
CORRECTION = {"submission_type": "CORRECTION", "reason": "typed wrongly at the source"}
TEXT = "Complete and right to the best of my knowledge."


class Journey(Registry):
    """A copy of a made home, with the moves of the people of site ZZ101 and the registry."""

    def __init__(self, made, path):
        shutil.copytree(made.home.path, path)
        self.home = open_home(path)
        self.ledger = Ledger(self.home.ledger_path)
        self.now = made.now
        self.first = made.first
        self.restart()

    def extracted(self, days):
        """A manifest's extract time, some days after that of the first quarter."""
        return {"extract_datetime": f"2024-08-{days:02d}T08:00:00+01:00"}

    def later(self, days=1, source=FIRST, **tables):
        """Send a changed export with a later extract, checked; gives its id."""
        said = self.extracted(days) | tables.pop("manifest", {})
        sent = self.send(changed(source, manifest=said, **tables))
        self.worker.check(sent)
        return sent

    def again(self, data=None):
        """Send the first quarter, or other bytes, once more."""
        sent = self.send(data or FIRST.read_bytes())
        self.worker.check(sent)
        return sent

    def ask(self, request, submission_id, **said):
        """Ask the worker as a page does; gives what came of it."""
        request(self.home.path, submission_id, at=self.now, **said)
        self.worker.run_once()
        return inbox.asked(self.home.path, submission_id)["outcome"][-1]

    def sign(self, period="2024/25 Q1"):
        self.now += timedelta(minutes=1)
        said = {"by": "site lead", "at": self.now, "text": TEXT}
        return inbox.sign_off(self.home.path, "ZZ101", period, **said)

    def voids(self):
        """Why each sign-off was voided, or None."""
        return [one["void_reason"] for one in sign_offs(self.ledger)]


def made_once(path):
    made = Registry(path)
    made.first = made.send(FIRST.read_bytes())
    made.worker.check(made.first)
    return made
