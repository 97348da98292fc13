"""Documents of outlier cases: attached encrypted, looked into by the worker, read by few."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from ingest.agreement import require_no_number
from ingest.documents import looked_into, why_not_received
from ingest.files import write_whole
from ingest.home import Home, open_home
from ingest.leftovers import ARRIVING
from ingest.reviewing import Row
from ingest.sealed import seal, unseal
from sql import case_documents
from sql.access import Viewer
from sql.ledger import Ledger, LedgerError

MOST_NAME = 120

_log = logging.getLogger(__name__)


def attach_document(
    home: Path, number: int, filename: str, data: bytes, *, viewer: Viewer, at: datetime
) -> int:
    """Leave a document with a case; the worker looks into it. Gives its number.

    Raises:
        LedgerError: where it may not be attached, with the reason in plain words.
    """
    plain = "".join(letter for letter in filename if letter.isprintable())
    name = Path(plain.replace("\\", "/")).name
    name = name if len(name) <= MOST_NAME else name[: MOST_NAME - 8] + Path(name).suffix[-8:]
    require_no_number(name)
    if fault := why_not_received(name, data):
        raise LedgerError(fault)
    opened = open_home(home)
    told = {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "file": secrets.token_hex(16)}
    path = _path(opened, told["file"])
    path.parent.mkdir(exist_ok=True)
    write_whole(path, seal(opened.inbox_key(), data))
    try:
        with Ledger(opened.ledger_path) as ledger:
            return case_documents.attach(
                ledger, number, size=len(data), viewer=viewer, at=at, **told
            )
    except LedgerError:
        path.unlink(missing_ok=True)
        raise


def documents(home: Path, viewer: Viewer, number: int) -> Sequence[Row]:
    """The documents of a case that the viewer may see; see sql.case_documents."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return case_documents.documents(ledger, viewer, number)


def document(home: Path, viewer: Viewer, number: int, document: int) -> tuple[str, bytes]:
    """A document's name and bytes.

    Raises:
        LedgerError: if the viewer sees no such document, or it is not kept.
    """
    opened = open_home(home)
    found = {row["number"]: row for row in documents(home, viewer, number)}
    row = found.get(document)
    if row is None or row["state"] != "kept":
        raise LedgerError("no such document")
    data = unseal(opened.inbox_key(), _path(opened, row["file"]).read_bytes())
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise LedgerError("the document is not what was attached: tell the registry")
    return str(row["name"]), data


def remove_document(home: Path, document: int, *, viewer: Viewer, at: datetime, why: str) -> None:
    """Take a document's content out of the home.

    Raises:
        LedgerError: where the viewer may not, with the reason in plain words.
    """
    require_no_number(why)
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        file = case_documents.remove(ledger, document, viewer=viewer, at=at, why=why)
    _path(opened, file).unlink(missing_ok=True)


def look_into_waiting(home: Home, ledger: Ledger, at: datetime) -> bool:
    """Look into the documents that wait: each is kept, or nothing of it; True where one was."""
    rows = case_documents.waiting(ledger)
    for row in rows:
        refused, unread = _looked(home, row)
        if refused:  # before it is said: what is refused never stays
            _path(home, row["file"]).unlink(missing_ok=True)
        state: Literal["kept", "refused"] = "refused" if refused else "kept"
        case_documents.decide(ledger, row["number"], state, refused or unread or "", at=at)
    return bool(rows)


def _looked(home: Home, row: Row) -> tuple[str | None, str | None]:
    """Why a document is refused, or what of it was not looked into."""
    try:
        data = unseal(home.inbox_key(), _path(home, row["file"]).read_bytes())
        found = looked_into(row["name"], data)
    except FileNotFoundError:
        return "nothing of it is here; attach it again", None
    except Exception:
        incident = secrets.token_hex(4)  # our own fault never stops the work on the rest
        _log.exception("incident %s: document %s was not looked into", incident, row["number"])
        return f"our fault, incident {incident}; attach it again", None
    return found.refused, found.unread


def sweep_documents(home: Home, ledger: Ledger, now: datetime) -> None:
    """Remove files of which the ledger never heard, an hour after they came."""
    known = case_documents.files(ledger)
    for path in (home.path / "documents").glob("*"):
        age = now.timestamp() - path.stat().st_mtime
        if path.stem not in known and age > ARRIVING.total_seconds():
            path.unlink(missing_ok=True)


def _path(home: Home, file: str) -> Path:
    return home.path / "documents" / f"{file}.bin"
