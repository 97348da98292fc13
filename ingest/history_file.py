"""Open a history file on the site's own computer: what the registry holds, for a check."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from expectations import dictionary, rules
from expectations.dictionary import register_tables, site_tables
from ingest.archive import DAMAGE
from ingest.history import FORMAT, OF_MORE_KEYS
from ingest.register import may_send_numbers
from ingest.submission import Registry
from sql.keyring import KEY_BYTES, Keyring
from sql.walk import Accepted

NAMES = frozenset(
    [f"{name}.parquet" for name in [*site_tables(), "findings"]]
    + [f"register/{name}.parquet" for name in register_tables()]
)


class HistoryUnusable(Exception):
    """The file is no history, is damaged, or is of another version; says what to do."""


@dataclass(frozen=True)
class History:
    """What the registry held of the site when the file was made."""

    site: str
    made_at: str
    registry: Registry
    may_send_numbers: bool
    patients_without_key: int


def opened(content: bytes, folder: Path) -> History:
    """Unpack a history into an empty folder, which the check reads.

    Raises:
        HistoryUnusable: where it cannot be used.
    """
    told = _unpacked(content, folder)
    extract = told["newest_extract"]
    register = folder / "register"
    site = told["site_ods_code"]
    return History(
        site=site,
        made_at=told["made_at"],
        registry=Registry(
            accepted=[Accepted("history", site, 1, "FULL", folder)],
            register=register,
            storage_keys=_keys(bytes.fromhex(told["history_key"])),
            newest_extract=datetime.fromisoformat(extract) if extract else None,
            sites=frozenset([site]),
            locked=[(date.fromisoformat(a), date.fromisoformat(b)) for a, b in told["locked"]],
            is_alone=False,
        ),
        may_send_numbers=may_send_numbers(register, site),
        patients_without_key=told["patients_without_key"],
    )


def _keys(joined: bytes) -> Keyring:
    starts = range(0, len(joined), KEY_BYTES)
    return tuple(joined[start : start + KEY_BYTES] for start in starts)


def _unpacked(content: bytes, folder: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told: dict[str, Any] = json.loads(archive.read("manifest.json"))
            if told["format"] not in (FORMAT, OF_MORE_KEYS):
                raise HistoryUnusable("not a history file; download it from Submissions")
            _require_version(told["versions"])
            (folder / "register").mkdir(parents=True)
            for name, said in told["files"].items():
                data = archive.read(name)
                if name not in NAMES or hashlib.sha256(data).hexdigest() != said["sha256"]:
                    raise HistoryUnusable("the history file is damaged; download it again")
                (folder / name).write_bytes(data)
    except (*DAMAGE, KeyError, TypeError):
        raise HistoryUnusable("not a history file; download it from Submissions") from None
    (folder / "manifest.json").write_text(json.dumps(_as_submission(told)), "utf-8")
    return told


def _require_version(versions: dict[str, str]) -> None:
    ours = {"dictionary": dictionary.VERSION, "rules": rules.VERSION}
    if versions != ours:
        raise HistoryUnusable("the history is of another version; update ire-audit, or download it")


def _as_submission(told: dict[str, Any]) -> dict[str, Any]:
    """The manifest of the one submission that the walk then has."""
    files = told["files"]
    rows = {name: files[f"{name}.parquet"] for name in site_tables() if f"{name}.parquet" in files}
    # A walk asks for a period; no rule reads that of what is held.
    day = told["made_at"][:10]
    return {"period_start": day, "period_end": day, "tables": rows}
