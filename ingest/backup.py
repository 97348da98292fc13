"""Backups: a whole registry in one folder, sealed, and good for so many days.

The walk is held while one is made: nothing is accepted, withdrawn or published meanwhile. The
ledger is copied first, as it is at one moment, then the files; should a submission or an erasure
have moved between, all is copied again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.home import Home, HomeError, open_home, walk_lock
from ingest.key_ids import STORAGE, known_ids, unlike
from sql.audit_log import faults
from sql.erasure_tables import BEGUN, REWRITTEN
from sql.erasures import erasures
from sql.hashes import public_hash
from sql.kept_releases import anchors
from sql.ledger import Ledger
from sql.ledger_copy import copy_in, copy_out
from sql.publish_release import served
from sql.rotations import OPEN, rotations
from sql.secrets import given, secret

DAYS = 35
MANIFEST, LEDGER, FILES = "backup.json", "ledger.sqlite", "home"
TRIES = 5
_PURPOSE = b"ire-backup:v1:"
# What is of one run only, or of the ledger, which is copied as a whole.
_LEFT_OUT = ("writer.lock", "walk.lock", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
_PASSING = ("checks",)

Manifest = Mapping[str, Any]


def back_up(home: Home, target: Path, *, days: int, by: str, at: datetime) -> Manifest:
    """Copy a registry into a new folder, and enter it in the audit log; gives its manifest.

    Raises:
        HomeError: if the folder is there already, or the registry does not keep still.
    """
    if target.exists():
        raise HomeError(f"{target}: there already; give a new folder for the backup")
    unfinished = target.with_name(target.name + ".tmp")
    key = secret(home.path, "IRE_AUDIT_KEY", "audit")
    with walk_lock(home), Ledger(home.ledger_path) as ledger:
        if erasures(ledger, (BEGUN, REWRITTEN)):
            raise HomeError("an erasure is being carried out: let the worker finish it, then try")
        if rotations(ledger, OPEN):
            raise HomeError("a key rotation was stopped: start the worker, which ends it, then try")
        for _ in range(TRIES):
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o700, parents=True)
            before = _states(ledger)
            copy_out(home.ledger_path, key, unfinished / LEDGER)
            _copy_files(home.path, unfinished / FILES)
            if _states(ledger) == before:
                break
        else:
            raise HomeError("submissions come in faster than they are copied: try again later")
        number = served(home.path)
        files = {name: _sha256(unfinished / name) for name in _names(unfinished)}
        told = {
            "made_at": at.isoformat(),
            "expires": (at.date() + timedelta(days=days)).isoformat(),
            "release": number,
            "published": None if number is None else public_hash(home.path, number),
            "files": files,
        }
        told["seal"] = _seal(told, key)
        (unfinished / MANIFEST).write_text(json.dumps(told, indent=1), "utf-8")
        _flush(unfinished)
        unfinished.rename(target)
        said = {"expires": told["expires"], "seal": told["seal"]}
        ledger.append("backed up", f"{len(files)} files", by=by, at=at, detail=said)
    return told


def restore(backup: Path, path: Path, *, by: str, at: datetime) -> Home:
    """Make the registry of a backup at a path where there is none; gives its home.

    Raises:
        HomeError: if the path is not empty, the backup has expired or is not as it was made, or
            what was restored is not what was backed up.
    """
    if path.exists() and any(path.iterdir()):
        raise HomeError(f"{path}: not empty; give a new folder for the home")
    told = checked(backup, at.date())
    _require_its_keys(backup)
    unfinished = path.with_name(path.name + ".restoring")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(backup / FILES, unfinished)
    copied = unfinished / f"{LEDGER}.copied"
    shutil.copy(backup / LEDGER, copied)
    copy_in(copied, unfinished / LEDGER, _key(backup))
    copied.unlink()
    _flush(unfinished)
    if path.exists():
        path.rmdir()
    unfinished.rename(path)
    home = open_home(path)
    with Ledger(home.ledger_path) as ledger:
        number = served(path)
        if number != told["release"] or faults(ledger, anchors(path)):
            raise HomeError(f"{path}: restored, and not what was backed up; do not use it")
        if number is not None and public_hash(path, number) != told["published"]:
            raise HomeError(f"{path}: restored, with other figures than were backed up")
        said = {"made_at": told["made_at"], "seal": told["seal"]}
        ledger.append("restored", "backup", by=by, at=at, detail=said)
    return home


def _require_its_keys(backup: Path) -> None:
    """Nothing is restored under storage keys that it could not be worked with."""
    made = open_home(backup / FILES)
    if made.is_demo or not given(STORAGE):
        return
    if why := unlike(known_ids(made.path), made.given_storage_keys()):
        raise HomeError(
            f"{backup}: made under other storage keys than those that are set. {why}. Where it was "
            "made before a rotation: restore it under the keys of then, and rotate again"
        )


def checked(backup: Path, on: date) -> Manifest:
    """The manifest of a backup that is whole and may be used on a day.

    Raises:
        HomeError: if it is not.
    """
    try:
        told: dict[str, Any] = json.loads((backup / MANIFEST).read_text("utf-8"))
        expires = date.fromisoformat(told["expires"])
    except (OSError, ValueError, KeyError, TypeError):
        raise HomeError(f"{backup}: no backup, or not a whole one") from None
    if not hmac.compare_digest(str(told.pop("seal", "")), seal := _seal(told, _key(backup))):
        raise HomeError(f"{backup}: not as it was made, or made under another IRE_AUDIT_KEY")
    if on > expires:
        raise HomeError(f"{backup}: expired on {expires}; it has to be destroyed")
    present = set(_names(backup)) - {MANIFEST}
    wrong = present ^ set(told["files"])
    wrong |= {name for name in present - wrong if _sha256(backup / name) != told["files"][name]}
    if wrong:
        raise HomeError(f"{backup}: not as it was made: {', '.join(sorted(wrong)[:5])}")
    return told | {"seal": seal}


def _key(backup: Path) -> bytes:
    return secret(backup / FILES, "IRE_AUDIT_KEY", "audit")


def _seal(told: Mapping[str, Any], key: bytes) -> str:
    text = json.dumps(told, sort_keys=True).encode("utf-8")
    return hmac.new(key, _PURPOSE + text, hashlib.sha256).hexdigest()


def _states(ledger: Ledger) -> list[tuple[str, str]]:
    """Where each submission and each erasure stands: as it moves, so do files."""
    sent = [(row["submission_id"], row["state"]) for row in ledger.submissions()]
    return sent + [(str(row["number"]), row["state"]) for row in erasures(ledger)]


def _copy_files(source: Path, target: Path) -> None:
    def left_out(folder: str, names: list[str]) -> list[str]:
        is_top = Path(folder) == source
        return [
            name
            for name in names
            if name.endswith(".tmp") or (is_top and name in (*_LEFT_OUT, *_PASSING))
        ]

    shutil.copytree(source, target, ignore=left_out, copy_function=_copy)


def _copy(source: str, target: str) -> None:
    """A file that goes meanwhile is of a submission that moved: all is copied again."""
    if Path(source).exists():
        shutil.copy2(source, target)


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
