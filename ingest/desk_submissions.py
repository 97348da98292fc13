"""At the desk: exports sent and followed, what the check said, and what is decided on them."""

from __future__ import annotations

from datetime import date

import polars as pl

from ingest import decisions, depositing, feedback, kept_of_site, only_checked
from ingest.check_only import is_of
from ingest.desk_rights import DeskOf, Right, may
from ingest.desk_sites import itself, of_submission
from ingest.difference import Difference
from ingest.form import Form
from ingest.home import open_home
from ingest.only_checked import CheckedOnly
from ingest.report_frames import Report
from sql.ledger import LedgerError


class SubmissionsDesk(DeskOf):
    """Of submissions: what is sent, seen, answered and decided."""

    @may("upload")
    def template(self) -> bytes:
        """The workbook that a site fills in."""
        return depositing.template()

    @may("upload", of=itself)
    def deposit(self, site: str, data: bytes, filename: str, *, form: Form | None = None) -> str:
        """Send an export of a site; gives the id of the new submission."""
        depositing.require_turn(self.home, site)
        by, at = self.viewer.by, self.now
        return depositing.deposit(self.home, data, filename, site=site, by=by, at=at, form=form)

    @may("upload", of=itself)
    def check_only(self, site: str, data: bytes, filename: str, *, form: Form | None = None) -> str:
        """Ask what would be said of an export; gives the id of the check."""
        by, at = self.viewer.by, self.now
        return only_checked.check_only(
            self.home, data, filename, site=site, by=by, at=at, form=form
        )

    @may("upload", of=itself)
    def is_check_waiting(self, site: str, check_id: str) -> bool:
        """True while a check of the site waits for its turn."""
        return self._has(site, check_id) and only_checked.is_check_waiting(self.home, check_id)

    @may("upload", of=itself)
    def checked_only(self, site: str, check_id: str) -> CheckedOnly | None:
        """What came of a check; None while it waits, where it is gone, and of another site."""
        return only_checked.checked_only(self.home, check_id) if self._has(site, check_id) else None

    @may("upload", of=itself)
    def forget_check(self, site: str, check_id: str) -> None:
        """Remove the report of a check of the site."""
        if self._has(site, check_id):
            only_checked.forget_check(self.home, check_id)

    def _has(self, site: str, check_id: str) -> bool:
        return is_of(open_home(self.home), check_id, site)

    @may("upload", of=of_submission)
    def cancel(self, submission_id: str) -> None:
        """Ask the worker to stop a check, and to keep nothing of it."""
        depositing.cancel(self.home, submission_id, by=self.viewer.by, at=self.now)

    @may("upload", of=itself)
    def history(self, site: str) -> bytes | None:
        """What the registry holds of a site, for checks where the export is made; holds rows."""
        return kept_of_site.history(self.home, site, at=self.now)

    # What is seen of them

    @may("see rows")
    def submissions(self) -> pl.DataFrame:
        """Those of the viewer's sites, newest first."""
        return depositing.submissions(self.home, self._own)

    @may("see rows", of=of_submission)
    def progress(self, submission_id: str) -> tuple[str, ...]:
        """The steps of a check that have begun."""
        return depositing.progress(self.home, submission_id)

    @may("see rows", of=of_submission)
    def report(self, submission_id: str) -> Report:
        """With the answers that stand today; FileNotFoundError before the check."""
        return depositing.report(self.home, submission_id, self.now.date())

    @may("see rows", of=of_submission)
    def has_workbook(self, submission_id: str) -> bool:
        """True where the report workbook can be had."""
        return open_home(self.home).workbook_file(submission_id).exists()

    @may("see rows", of=of_submission)
    def report_workbook(self, submission_id: str) -> bytes | None:
        """The report with the site's rows annotated; None where it is not written."""
        return feedback.report_workbook(self.home, submission_id)

    @may("see rows", of=of_submission)
    def receipt_pdf(self, submission_id: str) -> bytes:
        """The receipt of a submission as a PDF."""
        return feedback.receipt_pdf(self.home, submission_id)

    @may("see rows", of=of_submission)
    def receipt_html(self, submission_id: str) -> str:
        """The receipt of a submission as one page."""
        return feedback.receipt_html(self.home, submission_id)

    @may("see rows", of=of_submission)
    def has_export(self, submission_id: str) -> bool:
        """True where an accepted file is kept as it was received."""
        return kept_of_site.has_export(self.home, submission_id)

    @may("see rows", of=of_submission)
    def as_received(self, submission_id: str) -> tuple[str, bytes] | None:
        """The name and bytes of an accepted file; None where nothing of it is kept."""
        return kept_of_site.as_received(self.home, submission_id)

    @may("see rows", of=of_submission)
    def difference(self, earlier: str, later: str) -> Difference:
        """What changed from one submission of a site to another; holds rows."""
        self._require(Right(("see rows",), of_submission), later)
        return kept_of_site.difference(self.home, earlier, later, today=self.now.date())

    @may("see rows", of=of_submission)
    def asked(self, submission_id: str) -> pl.DataFrame:
        """All that was asked about a submission, and what came of it."""
        return decisions.asked(self.home, submission_id)

    # What is decided on them

    @may("accept exclusions", of=of_submission)
    def accept(self, submission_id: str, *, exclusions: str) -> None:
        """Ask that a held submission be accepted with the exclusions that were shown."""
        by, at = self.viewer.by, self.now
        decisions.request_accept(self.home, submission_id, by=by, at=at, exclusions=exclusions)

    @may("accept protected exclusions", of=of_submission)
    def agree_to_accept(self, submission_id: str, *, exclusions: str, reason: str) -> None:
        """The registry team's side of it, with its reason."""
        if not reason.strip():
            raise LedgerError("say why the registry team agrees")
        told = {"registry_reason": reason, "exclusions": exclusions}
        by, at = self.viewer.by, self.now
        decisions.request_accept(self.home, submission_id, by=by, at=at, **told)

    @may("withdraw", of=of_submission)
    def withdraw(self, submission_id: str, *, reason: str) -> None:
        """Ask that an accepted submission be withdrawn."""
        by, at = self.viewer.by, self.now
        decisions.request_withdraw(self.home, submission_id, by=by, at=at, reason=reason)

    @may("agree to a change", of=of_submission)
    def agree_to_withdraw(self, submission_id: str, *, reason: str) -> None:
        """The registry team's side of it."""
        about = {"by": self.viewer.by, "reason": reason}
        decisions.request_withdraw(
            self.home, submission_id, **about, at=self.now, for_registry=True
        )

    @may("withdraw", of=of_submission)
    def roll_back(self, submission_id: str, *, reason: str) -> None:
        """Ask for the state in which a submission was the newest accepted."""
        by, at = self.viewer.by, self.now
        decisions.request_roll_back(self.home, submission_id, by=by, at=at, reason=reason)

    @may("agree to a change", of=of_submission)
    def agree_to_roll_back(self, submission_id: str, *, reason: str) -> None:
        """The registry team's side of it."""
        about = {"by": self.viewer.by, "reason": reason}
        decisions.request_roll_back(
            self.home, submission_id, **about, at=self.now, for_registry=True
        )

    @may("see rows", of=itself)
    def answers(self, site: str) -> pl.DataFrame:
        """Every answer of a site, newest first."""
        return feedback.answers(self.home, [site])

    @may("answer findings", of=of_submission)
    def answer_finding(
        self, submission_id: str, finding_id: str, *, reason: str, expires: date
    ) -> int:
        """Answer a query; gives the answer's number."""
        told = {"reason": reason, "by": self.viewer.by}
        return feedback.answer_finding(
            self.home, submission_id, finding_id, **told, at=self.now, expires=expires
        )
