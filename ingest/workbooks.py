"""The report workbooks of a home: written by the worker, kept encrypted, gone with their rows.

A workbook holds rows, as the inbox does, and lies under the same key.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from ingest import inbox
from ingest.feedback import remove_workbook, write_workbook
from ingest.home import Home
from ingest.reading import ExportRefused, RawExport
from ingest.report_words import Told
from ingest.report_workbook import report_workbook
from sql.ledger import Ledger

# In these states nothing of an export is left, or it is no longer anybody's to work on.
_GONE = ("replaced", "lapsed")
_UNREAD = ("received", "checking")

Read = Callable[[Mapping[str, Any], bytes], RawExport]

_log = logging.getLogger(__name__)


class Workbooks:
    """Writes what was wanted, once the worker has nothing more urgent to do."""

    def __init__(self, home: Home, ledger: Ledger, read: Read) -> None:
        self.home = home
        self.ledger = ledger
        self.read = read
        self._wanted: list[str] = []

    def want(self, submission_id: str) -> None:
        """The workbook of a submission that was decided is to be written (again)."""
        if submission_id not in self._wanted:
            self._wanted.append(submission_id)

    def want_held(self) -> None:
        """After a restart: those of held submissions that were never written."""
        for row in self.ledger.submissions(states=("held",)):
            if not self.home.workbook_file(row["submission_id"]).exists():
                self.want(row["submission_id"])

    def write(self) -> None:
        """Write every wanted workbook, and remove those whose rows are gone."""
        wanted, self._wanted = self._wanted, []
        for submission_id in wanted:
            try:
                self._write_one(submission_id)
            except Exception:
                # The submission is decided and published: a sheet that failed is no reason
                # to stop the worker.
                incident = secrets.token_hex(4)
                _log.exception("incident %s: no workbook of %s", incident, submission_id)
        for row in self.ledger.submissions(states=_GONE):
            remove_workbook(self.home, row["submission_id"])

    def _write_one(self, submission_id: str) -> None:
        row = self.ledger.submission(submission_id)
        if row["state"] in (*_GONE, *_UNREAD):
            return
        told = Told(row, inbox.report(self.home.path, submission_id))
        rows = {} if told.report.verdict == "refused" else self._rows(row)
        write_workbook(self.home, submission_id, report_workbook(told, rows))

    def _rows(self, row: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
        """Each table as it is read from the export, from the inbox or its folder."""
        raw = self._raw(row["submission_id"])
        if raw is None:
            return {}
        try:
            export = self.read(row, raw)
        except ExportRefused:
            return {}  # read under older rules; the findings stand all the same
        return {table: sent.frame for table, sent in export.tables.items()}

    def _raw(self, submission_id: str) -> bytes | None:
        if self.home.inbox_file(submission_id).exists():
            return inbox.content(self.home, submission_id)
        received = inbox.as_received(self.home.path, submission_id)
        return received[1] if received is not None else None
