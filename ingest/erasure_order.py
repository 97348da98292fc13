"""Orders to erase, as people give them: a site, and its own ids of the patients.

The ids never stand in the ledger, in a log or on a command line: they become keys at once, and
those lie sealed until the order has ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.dictionary import PATIENT, site_tables
from ingest.agreement import require_no_number
from ingest.files import write_whole
from ingest.home import Home, open_home
from ingest.nhs_numbers import holds_nhs_number
from ingest.pseudonym import patient_key
from ingest.register import registered_sites
from ingest.sealed import seal, unseal
from sql import erasures
from sql.access import Action, Viewer, require
from sql.ledger import Ledger, LedgerError
from sql.requests import ask

ACTION: Action = "erase a patient"
PREVIEW, CARRY_OUT = "preview an erasure", "carry out an erasure"


def order_erasure(
    home: Path, site: str, ids: Iterable[str], *, reason: str, viewer: Viewer, at: datetime
) -> int:
    """Order that the patients of these ids be erased, and ask the worker what it would touch.

    Args:
        ids: as the site sends them (patient_pseudo_id), one a line.

    Returns:
        The number of the order. Nothing is erased before it is confirmed.

    Raises:
        AccessDenied: if the viewer may not.
        LedgerError: if the site is none, an id is none, or the reason is missing or names one.
    """
    require(viewer, ACTION)
    opened = open_home(home)
    wanted = _ids(ids)
    if site not in registered_sites(opened.newest_register()):
        raise LedgerError(f"{site or 'no site'}: not a site of the register")
    require_no_number(reason)
    if any(one in reason.upper() for one in wanted):
        raise LedgerError("the reason names a patient's id; it is kept for good: write it without")
    by = viewer.by
    with Ledger(opened.ledger_path) as ledger:
        number = erasures.order(ledger, site, reason=reason, by=by, at=at)
        keys = sorted(patient_key(opened.storage_keys(), one) for one in wanted)
        path = list_path(opened, number)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, seal(opened.inbox_key(), json.dumps(keys).encode("utf-8")))
        ask(ledger, erasures.subject(number), PREVIEW, by=by, at=at)
    return number


def confirm_erasure(home: Path, number: int, *, viewer: Viewer, at: datetime) -> None:
    """Let a previewed order be carried out: there is no way back from it."""
    require(viewer, ACTION)
    with Ledger(open_home(home).ledger_path) as ledger:
        erasures.confirm(ledger, number, by=viewer.by, at=at)
        ask(ledger, erasures.subject(number), CARRY_OUT, by=viewer.by, at=at)


def cancel_erasure(home: Path, number: int, *, reason: str, viewer: Viewer, at: datetime) -> None:
    """Let a previewed order go; the list of its patients is removed."""
    require(viewer, ACTION)
    require_no_number(reason)
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        erasures.cancel(ledger, number, reason=reason, by=viewer.by, at=at)
    list_path(opened, number).unlink(missing_ok=True)


def erasure_list(home: Path, viewer: Viewer) -> Sequence[Mapping[str, Any]]:
    """Every erasure there ever was, newest first: the ledger's rows."""
    require(viewer, ACTION)
    with Ledger(open_home(home).ledger_path) as ledger:
        return list(reversed(erasures.erasures(ledger)))


def list_path(home: Home, number: int) -> Path:
    """Where the patients' keys of an order lie, sealed."""
    return home.path / "erasures" / f"{number}.list.bin"


def plan_path(home: Home, number: int) -> Path:
    """Where the plan of an erasure lies, sealed, until it is done."""
    return home.path / "erasures" / f"{number}.plan.bin"


def listed(home: Home, number: int) -> list[str]:
    """The patients' keys of an order; none where its list has not arrived."""
    path = list_path(home, number)
    if not path.is_file():
        return []
    found: list[str] = json.loads(unseal(home.inbox_key(), path.read_bytes()))
    return found


def number_of(subject: str) -> int:
    """The erasure that a request is about."""
    return int(subject.removeprefix("erasure "))


def _ids(lines: Iterable[str]) -> list[str]:
    """The ids of a list, in the form in which a site sends them."""
    pattern = site_tables()["patient"].columns[PATIENT].pattern or ""
    wanted = [line.strip().upper() for line in lines if line.strip()]
    if not wanted:
        raise LedgerError("the list holds no id; give one patient_pseudo_id a line")
    for place, one in enumerate(wanted, 1):
        if re.fullmatch(pattern, one):
            continue
        if holds_nhs_number(one):
            raise LedgerError(f"line {place} holds an NHS number; give the patient_pseudo_id")
        raise LedgerError(f"line {place} is no patient_pseudo_id: 64 signs, 0-9 and A-F")
    return sorted(set(wanted))
