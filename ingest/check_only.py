"""Check only: a person asks what would be said of an export, and nothing of it is kept.

The file waits encrypted in `checks/`; the worker judges it, puts the report, encrypted, in
its place, and removes that within the hour. No submission comes of it; that it happened is
an event of the log, without file name and digest.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.files import write_whole
from ingest.form import Form
from ingest.home import Home
from ingest.report_kept import Kept, packed, unpacked
from ingest.sealed import seal, unseal

_log = logging.getLogger(__name__)

KEPT = timedelta(hours=1)
Judge = Callable[[Mapping[str, Any], bytes], Kept]


def ask(
    home: Home,
    data: bytes,
    filename: str,
    *,
    site: str,
    by: str,
    at: datetime,
    form: Form | None = None,
) -> str:
    """Leave an export to be checked; gives the id under which its report is found."""
    check_id = _begins(site) + secrets.token_hex(16)
    row = {
        "submission_id": check_id,
        "site_ods_code": site,
        "filename": filename,
        "form": form.told() if form is not None else None,
        "received_by": by,
        "received_at": at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    (home.path / "checks").mkdir(exist_ok=True)
    _write(home, check_id, "asked", json.dumps(row).encode("utf-8") + b"\n" + data)
    return check_id


def waiting(home: Home, site: str) -> int:
    """How many exports of a site wait for the worker."""
    return sum(1 for _ in (home.path / "checks").glob(f"{_begins(site)}*.asked"))


def _begins(site: str) -> str:
    """What the ids of a site's checks begin with: they are counted without opening them."""
    return hashlib.sha256(site.encode("utf-8")).hexdigest()[:16]


def report(home: Home, check_id: str) -> Kept | str | None:
    """What the check said, or the number of an incident of ours.

    None while it runs, or once it has been removed.
    """
    path = _path(home, check_id, "told")
    if not path.exists():
        return None
    head, data = _opened(home, path)
    return unpacked(data) if data else str(head["incident"])


def _opened(home: Home, path: Path) -> tuple[dict[str, Any], bytes]:
    """What stands before the first line's end, and what after it."""
    head, _, data = unseal(home.inbox_key(), path.read_bytes()).partition(b"\n")
    return json.loads(head), data


def is_waiting(home: Home, check_id: str) -> bool:
    return _path(home, check_id, "asked").exists()


def is_of(home: Home, check_id: str, site: str) -> bool:
    """True where there is something of a check, and it was asked for this site."""
    for path in (_path(home, check_id, kind) for kind in ("asked", "told")):
        with suppress(FileNotFoundError):  # the worker may take either at any moment
            return bool(_opened(home, path)[0]["site_ods_code"] == site)
    return False


def forget(home: Home, check_id: str) -> None:
    """Remove all that there is of a check."""
    for kind in ("asked", "told"):
        _path(home, check_id, kind).unlink(missing_ok=True)


def carry_out(home: Home, judge: Judge, now: datetime) -> list[Mapping[str, Any]]:
    """Judge what was left, and remove reports that are over an hour old.

    Returns:
        What was judged, as a submission's row of the ledger would say it.
    """
    judged: list[Mapping[str, Any]] = []
    for path in sorted((home.path / "checks").glob("*.asked")):
        row, data = _opened(home, path)
        head, told = {"at": now.isoformat(), "site_ods_code": row["site_ods_code"]}, b""
        try:
            told = packed(judge(row, data))
        except Exception:
            incident = secrets.token_hex(4)  # our own fault is never shown as the site's
            _log.exception("incident %s: a check without a submission failed", incident)
            head["incident"] = incident
        _write(home, path.stem, "told", json.dumps(head).encode("utf-8") + b"\n" + told)
        path.unlink()
        judged.append(row)
    for path in (home.path / "checks").glob("*.told"):
        if now - _at(home, path) > KEPT:
            path.unlink()
    return judged


def _at(home: Home, path: Path) -> datetime:
    return datetime.fromisoformat(_opened(home, path)[0]["at"])


def _path(home: Home, check_id: str, kind: str) -> Path:
    name = "".join(c for c in check_id if c in "0123456789abcdef")
    return home.path / "checks" / f"{name}.{kind}"


def _write(home: Home, check_id: str, kind: str, data: bytes) -> None:
    write_whole(_path(home, check_id, kind), seal(home.inbox_key(), data))
