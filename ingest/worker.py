"""The worker: the only writer of submissions and releases.

It checks what was deposited, carries out what people decided, and publishes. Killed at
any moment it resumes: what its folders show is the truth, and the ledger is told after.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ingest import inbox
from ingest.entries import of_manifest, of_verdict
from ingest.home import LONDON, Home
from ingest.pipeline import Verdict, judge
from ingest.read import read_content
from ingest.reading import BROWSER, ExportRefused, Limits
from ingest.register import may_send_numbers, registered_sites
from ingest.since import last_checked
from ingest.store import Receipt, store
from ingest.submission import Registry
from sql.ledger import IN_THE_WALK, Ledger, LedgerError
from sql.locks import locked
from sql.publish_release import Release, next_number, prune, publish, recover, served, superseded
from sql.requests import close_request, open_requests
from sql.walk import Accepted

HELD_DAYS = 28  # a held submission without a decision lapses
WORKER = "worker"

_log = logging.getLogger(__name__)


class Worker:
    """One worker of one home; hold the writer lock around it."""

    def __init__(
        self,
        home: Home,
        ledger: Ledger,
        clock: Callable[[], datetime],
        *,
        limits: Limits = BROWSER,
        step: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.home = home
        self.ledger = ledger
        self.clock = clock
        self.limits = limits
        self.step = step
        self.is_published = False

    # Recovery

    def reconcile(self) -> None:
        """Make the ledger say what the folders show, after a stop at any moment."""
        for unfinished in (self.home.path / "submissions").glob("*.tmp"):
            shutil.rmtree(unfinished)
        for row in self.ledger.submissions(states=("received", "checking", "held")):
            manifest = self.home.submission_folder(row["submission_id"]) / "manifest.json"
            if manifest.exists():
                told = json.loads(manifest.read_text("utf-8"))
                self._tell_accepted(row, told, detail={"recovered": True})
            elif row["state"] == "checking" and row["attempts"] >= 2:
                self._refuse(row["submission_id"], "PARSER", "its check ended twice")
            elif row["state"] == "checking":
                self._move(row["submission_id"], "received", detail={"recovered": True})
        recover(self.home.path)
        is_served = served(self.home.path) is not None
        self.is_published = is_served and self.ledger.is_published()

    # Work

    def run_once(self) -> bool:
        """Do all that waits, then publish if anything changed; True where there was work."""
        waiting = self.ledger.submissions(states=("received",))
        requests = open_requests(self.ledger)
        for row in waiting:
            self.check(row["submission_id"])
        for request in requests:
            self._carry_out(request)
        lapsed = self._lapse()
        if not self.is_published:
            self.publish()
        return bool(waiting or requests or lapsed)

    def check(self, submission_id: str) -> str:
        """Check a received submission and decide; gives its new state."""
        row = self.ledger.submission(submission_id)
        self._move(submission_id, "checking", attempts=row["attempts"] + 1)
        row = self.ledger.submission(submission_id)
        try:
            raw = inbox.content(self.home, submission_id)
            verdict = self._judge(row, raw)
        except Exception:
            incident = secrets.token_hex(4)
            _log.exception("incident %s: the check of %s failed", incident, submission_id)
            # Our own fault is never shown as the site's: it stays received, with a note.
            if row["attempts"] >= 2:
                raise
            self._move(submission_id, "received", note=f"our fault, incident {incident}")
            return "received"
        inbox.write_report(self.home, submission_id, verdict.report)
        if verdict.verdict == "refused":
            self._refuse(submission_id, str(verdict.report["code"]), "", verdict)
        elif verdict.verdict == "held":
            self._move(submission_id, "held", **of_verdict(verdict, self.clock()))
            self._replace_older(submission_id)
        else:
            self._accept(row, verdict, raw, by=row["received_by"])
        return str(self.ledger.submission(submission_id)["state"])

    def accept(self, submission_id: str, *, by: str, for_registry: bool = False) -> None:
        """Accept a held submission with its listed exclusions.

        Raises:
            LedgerError: if it is not held, or if an exclusion is protected and the
                registry team has not agreed.
        """
        row = self.ledger.submission(submission_id)
        if row["state"] != "held":
            raise LedgerError(f"submission {submission_id} is {row['state']}, not held")
        raw = inbox.content(self.home, submission_id)
        # Checked again: the site's accepted rows may have moved since it was held.
        verdict = self._judge(row, raw)
        if verdict.assessment is None or verdict.verdict == "refused":
            raise LedgerError(f"submission {submission_id} cannot be read any more; send it again")
        protected = [e for e in verdict.report["exclusions"] if e["is_protected"]]
        if protected and not for_registry:
            places = ", ".join(f"{e['table']} line {e['line']}" for e in protected[:5])
            raise LedgerError(
                f"{len(protected)} of the exclusions concern a complication, a death or a"
                f" procedure that has either ({places}): the registry team must agree"
            )
        inbox.write_report(self.home, submission_id, verdict.report)
        self._accept(row, verdict, raw, by=by)

    def withdraw(self, submission_id: str, *, by: str, reason: str) -> None:
        """Take an accepted submission out of the walk.

        Raises:
            LedgerError: if no reason is given, or the submission is not accepted.
        """
        if not reason.strip():
            raise LedgerError("a withdrawal needs a reason")
        self.ledger.move(
            submission_id,
            "withdrawn",
            by=by,
            at=self.clock(),
            detail={"reason": reason},
            note=reason,
        )
        self.is_published = False

    def publish(self, as_of: datetime | None = None) -> Release | None:
        """Build a release of what is accepted now, and serve it; None without a register.

        With `as_of` the state of that moment is rebuilt with today's code, and not served.
        """
        register = self.home.newest_register(as_of)
        if register is None:
            return None
        now = self.clock()
        release = publish(
            self.home.path,
            self.walk(as_of),
            register=register,
            number=next_number(self.home.path),
            today=(as_of or now).astimezone(LONDON).date(),
            built_at=now,
            as_of=as_of,
            step=self.step,
        )
        action = "published" if as_of is None else "rebuilt"
        detail = {"ledger_head": self.ledger.head(), "as_of": as_of and as_of.isoformat()}
        self.ledger.append(action, f"release {release.number}", by=WORKER, at=now, detail=detail)
        if as_of is None:
            self._derive_superseded(superseded(release.full))
            self.is_published = True
        prune(self.home.path)
        return release

    def walk(self, as_of: datetime | None = None, site: str | None = None) -> list[Accepted]:
        """The accepted submissions in order, of one site or of all."""
        return [
            Accepted(
                submission_id=row["submission_id"],
                site_ods_code=row["site_ods_code"],
                acceptance_number=row["acceptance_number"],
                submission_type=row["submission_type"],
                folder=self.home.submission_folder(row["submission_id"]),
            )
            for row in self.ledger.walk(as_of)
            if site in (None, row["site_ods_code"])
        ]

    def registry(self, site: str) -> Registry:
        """What the registry knows when an export of this site is checked."""
        rows = [r for r in self.ledger.walk() if r["site_ods_code"] == site]
        extracts = [datetime.fromisoformat(row["extract_datetime"]) for row in rows]
        register = self.home.newest_register()
        return Registry(
            accepted=self.walk(site=site),
            register=register,
            sites=registered_sites(register) if register is not None else None,
            storage_key=self.home.storage_key(),
            newest_extract=max(extracts, default=None),
            locked=locked(self.ledger),
            is_alone=False,
        )

    def linkage_key(self, site: str) -> bytes | None:
        """The key to turn the site's NHS numbers with, where it may send them."""
        register = self.home.newest_register()
        if register is None or not may_send_numbers(register, site):
            return None
        return self.home.linkage_key()

    def _judge(self, row: Mapping[str, Any], raw: bytes) -> Verdict:
        key = self.linkage_key(row["site_ods_code"])
        return judge(
            lambda: read_content(row["filename"], raw, limits=self.limits, linkage_key=key),
            lambda site: replace(
                self.registry(site), last=last_checked(self.home, self.ledger, row)
            ),
            now=self.clock(),
            site=row["site_ods_code"],
        )

    def _accept(self, row: Mapping[str, Any], verdict: Verdict, raw: bytes, *, by: str) -> None:
        assert verdict.assessment is not None
        receipt = Receipt(
            submission_id=row["submission_id"],
            filename=row["filename"],
            sha256=row["sha256"],
            received_at=row["received_at"],
            received_by=row["received_by"],
            accepted_at=self.clock(),
            accepted_by=by,
        )
        number = self.ledger.next_acceptance_number()
        told = store(self.home, verdict.assessment, receipt, raw, number, self.step)
        self._tell_accepted(row, told, detail={"digest": told["canonical_digest"]}, by=by)
        self.step("acceptance told")

    def _tell_accepted(
        self,
        row: Mapping[str, Any],
        told: Mapping[str, Any],
        *,
        detail: Mapping[str, Any],
        by: str = WORKER,
    ) -> None:
        submission_id = row["submission_id"]
        if row["state"] == "received":  # the folder was renamed; the ledger never heard
            self._move(submission_id, "checking", detail={"recovered": True})
        self.ledger.move(
            submission_id,
            "accepted",
            by=by,
            at=self.clock(),
            detail=detail,
            **of_manifest(told),
        )
        inbox.remove(self.home, submission_id)
        self._replace_older(submission_id)
        self.is_published = False

    def _refuse(
        self, submission_id: str, code: str, note: str, verdict: Verdict | None = None
    ) -> None:
        columns = of_verdict(verdict, self.clock()) if verdict is not None else {}
        if note:
            columns["note"] = note
        self._move(submission_id, "refused", detail={"code": code}, code=code, **columns)
        inbox.remove(self.home, submission_id)

    def _replace_older(self, submission_id: str) -> None:
        """An older held submission of the same site and period is replaced by this one."""
        row = self.ledger.submission(submission_id)
        for other in self.ledger.submissions([row["site_ods_code"]], states=("held",)):
            is_same_period = other["period_end"] == row["period_end"]
            if is_same_period and other["received_at"] < row["received_at"]:
                self._move(other["submission_id"], "replaced", detail={"by": submission_id})
                inbox.remove(self.home, other["submission_id"])

    def _lapse(self) -> bool:
        lapsed = False
        for row in self.ledger.submissions(states=("held",)):
            age = self.clock() - datetime.fromisoformat(row["received_at"])
            if age > timedelta(days=HELD_DAYS):
                self._move(row["submission_id"], "lapsed")
                inbox.remove(self.home, row["submission_id"])
                lapsed = True
        return lapsed

    def _carry_out(self, request: Mapping[str, Any]) -> None:
        try:
            asked, by = request["submission_id"], request["by"]
            if request["kind"] == "withdraw":
                self.withdraw(asked, by=by, reason=request["reason"])
            else:
                agreed = request["kind"] == "accept for the registry"
                self.accept(asked, by=by, for_registry=agreed)
            outcome = "done"
        except (LedgerError, ExportRefused) as refusal:
            outcome = str(refusal)
        close_request(self.ledger, request["number"], outcome)

    def _derive_superseded(self, now_superseded: frozenset[str]) -> None:
        for row in self.ledger.submissions(states=IN_THE_WALK):
            is_superseded = row["state"] == "superseded"
            if is_superseded != (row["submission_id"] in now_superseded):
                self._move(row["submission_id"], "accepted" if is_superseded else "superseded")

    def _move(
        self,
        submission_id: str,
        to: str,
        detail: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        self.ledger.move(submission_id, to, by=WORKER, at=self.clock(), detail=detail, **values)
