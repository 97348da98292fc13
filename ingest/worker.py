"""The worker: the only writer of submissions and releases.

It checks what was deposited, carries out what people decided, and publishes. Killed at
any moment it resumes: what its folders show is the truth, and the ledger is told after.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from ingest import (
    acceptance,
    bridges,
    check_only,
    deciding,
    erasing,
    erasure_order,
    inbox,
    looking_back,
    progress,
    rotating,
    snapshotting,
)
from ingest.agreement import Decision
from ingest.analysing import open_from_due_dates
from ingest.attaching import look_into_waiting, sweep_documents
from ingest.home import LONDON
from ingest.leftovers import sweep
from ingest.reading import ExportRefused
from ingest.report_kept import Kept
from ingest.report_words import HELD_DAYS
from ingest.snapshot_taking import take
from ingest.work import WORKER, Row, Work
from sql import ledger_answers, sign_offs
from sql.ledger import IN_THE_WALK, LedgerAway, LedgerError
from sql.publish_release import Release, next_number, prune, publish, recover, served
from sql.rebuilt import REBUILT, RELEASE, rebuilt_releases, told
from sql.requests import FOR_REGISTRY, close_request, open_requests

__all__ = ["WORKER", "Worker"]

CANCELLED = "CANCELLED"

_log = logging.getLogger(__name__)


class Worker(Work):
    """One worker of one home; hold the writer lock around it."""

    # Recovery

    def reconcile(self) -> None:
        """Make the ledger say what the folders show, after a stop at any moment."""
        rotating.resume(self)
        self.home.remember_keys()
        for unfinished in (self.home.path / "submissions").glob("*.tmp"):
            shutil.rmtree(unfinished)
        for row in self.ledger.submissions(states=("received", "checking", "held")):
            manifest = self.home.submission_folder(row["submission_id"]) / "manifest.json"
            if manifest.exists():
                told = json.loads(manifest.read_text("utf-8"))
                acceptance.tell_accepted(self, row, told, detail={"recovered": True})
            elif row["state"] == "checking" and row["submission_id"] in self.interrupted:
                self.move(row["submission_id"], "received", attempts=row["attempts"] - 1)
            elif row["state"] == "checking" and row["attempts"] >= 2:
                acceptance.refuse(self, row["submission_id"], "PARSER", "its check ended twice")
            elif row["state"] == "checking":
                self.move(row["submission_id"], "received", {"recovered": True})
        self.interrupted.clear()
        deciding.enter_unknown(self)
        self.workbooks.want_held()
        sweep(self.home, self.ledger.submissions(), self.clock())
        sweep_documents(self.home, self.ledger, self.clock())
        recover(self.home.path)
        erasing.sweep(self)
        is_served = served(self.home.path) is not None
        self.is_published = (
            is_served and self.ledger.is_published() and not erasing.is_pending(self)
        )
        if self.is_published:
            self.answers_shown = ledger_answers.moved(self.ledger)

    # Work

    def run_once(self) -> bool:
        """Do all that waits, then publish if anything changed; True where there was work."""
        waiting = self.ledger.submissions(states=("received",))
        for row in waiting:
            self.check(row["submission_id"])
        requests = self.carry_out_requests()
        self._check_only()
        looked = look_into_waiting(self.home, self.ledger, self.clock())
        lapsed = self._lapse()
        if not self.is_published or ledger_answers.moved(self.ledger) != self.answers_shown:
            self.publish()
        self._open_cases()
        self.workbooks.write()
        # A state of a bridge takes as long as a release: nothing else waits for more than one.
        is_bridging = not (waiting or requests) and self.bridges.work()
        return bool(waiting or requests or lapsed or looked or is_bridging)

    def carry_out_requests(self) -> int:
        """Do what people asked for, in the order asked; gives how many there were."""
        requests = open_requests(self.ledger)
        for request in requests:
            self._carry_out(request)
        return len(requests)

    def check(self, submission_id: str) -> str:
        """Check a received submission and decide; gives its new state."""
        try:
            return self._check(submission_id)
        except LedgerAway:
            self.interrupted.add(submission_id)  # no fault of the submission
            raise

    def _check(self, submission_id: str) -> str:
        row = self.ledger.submission(submission_id)
        self.move(submission_id, "checking", attempts=row["attempts"] + 1)
        self.step("checking")
        progress.begin(self.home, submission_id)
        row = self.ledger.submission(submission_id)
        try:
            raw = inbox.content(self.home, submission_id)
            checked_against = self.standing(row["site_ods_code"])
            verdict = self.judge(row, raw, partial(progress.tell, self.home, submission_id))
        except progress.Cancelled as wish:
            acceptance.refuse(self, submission_id, CANCELLED, f"cancelled by {wish}")
            return "refused"
        except Exception:
            incident = secrets.token_hex(4)
            _log.exception("incident %s: the check of %s failed", incident, submission_id)
            # Our own fault is never shown as the site's: it stays received, with a note.
            if row["attempts"] >= 2:
                raise
            self.move(submission_id, "received", note=f"our fault, incident {incident}")
            return "received"
        self.step("checked")
        acceptance.decide(self, row, raw, verdict, checked_against)
        self.step("decided")
        return str(self.ledger.submission(submission_id)["state"])

    def accept(
        self,
        submission_id: str,
        *,
        by: str,
        for_registry: bool = False,
        reason: str = "",
        digest: str | None = None,
    ) -> None:
        """Accept a held submission with its listed exclusions; see deciding.accept."""
        decision = self._decision(submission_id, "accept", by, reason, for_registry)
        deciding.accept(self, decision, digest)

    def withdraw(
        self, submission_id: str, *, by: str, reason: str, for_registry: bool = False
    ) -> None:
        """Take an accepted submission out of the walk; see deciding.withdraw."""
        decision = self._decision(submission_id, "withdraw", by, reason, for_registry)
        deciding.withdraw(self, decision)

    def roll_back(
        self, submission_id: str, *, by: str, reason: str, for_registry: bool = False
    ) -> str:
        """Bring back the state in which a submission was the newest; see deciding.roll_back."""
        decision = self._decision(submission_id, "roll back", by, reason, for_registry)
        return deciding.roll_back(self, decision)

    def publish(self, as_of: datetime | None = None) -> Release | None:
        """Build a release of what is accepted now, and serve it; None without a register.

        With `as_of` the state of that moment is rebuilt with today's code, and not served.
        """
        with self.moving():
            return self._publish(as_of)

    def _publish(self, as_of: datetime | None = None) -> Release | None:
        erasing.begin_all(self)  # nothing is built of what is to be erased
        register = self.home.newest_register(as_of)
        if register is None:
            return None
        now = self.clock()
        today = (as_of or now).astimezone(LONDON).date()
        answers_shown = ledger_answers.moved(self.ledger)
        given = ledger_answers.answers(self.ledger, as_of=as_of)
        release = publish(
            self.home.path,
            self.walk(as_of),
            register=register,
            number=next_number(self.home.path),
            today=today,
            built_at=now,
            as_of=as_of,
            answers=ledger_answers.standing(given, today),
            policy=self.home.newest_policy(as_of),
            log_head=self.ledger.head(),
            erased=self.erased,
            step=self.step,
        )
        action = "published" if as_of is None else REBUILT
        said: dict[str, str | None] = {"ledger_head": self.ledger.head().hash}
        said |= {"as_of": None} if as_of is None else told(as_of)
        subject = f"{RELEASE}{release.number}"
        self.ledger.append(action, subject, by=WORKER, at=now, detail=said)
        if as_of is None:
            self._derive_superseded(release.superseded)
            self.is_published, self.answers_shown = True, answers_shown
        named = snapshotting.named_releases(self.ledger)
        prune(self.home.path, named=named, rebuilt=rebuilt_releases(self.ledger))
        bridges.forget(self.home.path)
        if as_of is None:
            erasing.finish_all(self)
        return release

    def take_snapshot(self, number: int, *, by: str) -> None:
        """Publish what is accepted, and freeze it as a year's snapshot; see snapshot_taking.

        Nothing is accepted, withdrawn or published between the two.
        """
        with self.moving():
            take(self, number, self._publish, by=by)

    def _decision(
        self, submission_id: str, action: deciding.Kind, by: str, reason: str, for_registry: bool
    ) -> Decision:
        return Decision(
            submission_id, action, by, self.clock(), reason=reason, for_registry=for_registry
        )

    def _check_only(self) -> None:
        """Say what would be said of an export that somebody only wants checked."""
        for row in check_only.carry_out(self.home, self._told, self.clock()):
            self.ledger.append(
                "checked only", row["site_ods_code"], by=row["received_by"], at=self.clock()
            )

    def _told(self, row: Row, raw: bytes) -> Kept:
        return self.judge(row, raw).kept

    def _open_cases(self) -> None:
        """Open the outlier cases that follow from due dates, once a day."""
        today = self.clock().astimezone(LONDON).date()
        if self.cases_opened != today:
            open_from_due_dates(self.home, self.ledger, self.clock())
            self.cases_opened = today

    def _lapse(self) -> bool:
        lapsed = False
        for row in self.ledger.submissions(states=("held",)):
            age = self.clock() - datetime.fromisoformat(row["received_at"])
            if age > HELD_DAYS:
                self.drop(row["submission_id"], "lapsed", {})
                lapsed = True
        return lapsed

    def _carry_out(self, request: Mapping[str, Any]) -> None:
        kind = str(request["kind"])
        asked = {"by": request["by"], "reason": request["reason"] or ""}
        for_registry = kind.endswith(FOR_REGISTRY)
        outcome = "done"
        try:
            match kind.removesuffix(FOR_REGISTRY):
                case "accept":
                    said = {**asked, "digest": request["digest"]}
                    self.accept(request["submission_id"], for_registry=for_registry, **said)
                case "withdraw":
                    self.withdraw(request["submission_id"], for_registry=for_registry, **asked)
                case "roll back":
                    self.roll_back(request["submission_id"], for_registry=for_registry, **asked)
                case "take a snapshot":
                    self.take_snapshot(snapshotting.number_of(request), by=request["by"])
                case "rebuild as of":
                    outcome = looking_back.rebuild(self, request, self.publish)
                case erasure_order.PREVIEW:
                    number = erasure_order.number_of(request["submission_id"])
                    outcome = erasing.preview(self, number)
                case erasure_order.CARRY_OUT:
                    self.is_published = False  # publishing begins with it
                case "workbook":
                    self.workbooks.want(request["submission_id"])
                case "bridge":
                    self.bridges.want(*bridges.numbers(request["submission_id"]))
                case other:
                    outcome = f"nothing is known of {other}"
        except (LedgerError, ExportRefused) as refusal:
            outcome = str(refusal)
        close_request(self.ledger, request["number"], outcome)

    def _derive_superseded(self, now_superseded: frozenset[str]) -> None:
        for row in self.ledger.submissions(states=IN_THE_WALK):
            is_superseded = row["state"] == "superseded"
            if is_superseded == (row["submission_id"] in now_superseded):
                continue
            signed = sign_offs.signed(self.ledger, row["site_ods_code"])
            back = "signed" if row["submission_id"] in signed else "accepted"
            self.move(row["submission_id"], back if is_superseded else "superseded")
