"""A registry's home: the folder that holds all its state, and the keys it works with."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.key_ids import STORAGE, STORAGE_BEFORE, key_id, known_ids, remember, told_of, unlike
from ingest.keys import KeyUnusable, linkage_key
from sql.keyring import Keyring
from sql.secrets import SecretMissing, demo_secret, earlier_secrets, given, secret

LONDON = ZoneInfo("Europe/London")
INBOX = "IRE_INBOX_KEY"
SECRETS = {"IRE_AUDIT_KEY": "audit", INBOX: "inbox", STORAGE: "storage"}


class HomeError(Exception):
    """The home cannot be used; one line for the person at the command line."""


class HomeLocked(HomeError):
    """Another process writes to the home."""


@dataclass(frozen=True)
class Home:
    """A registry home that exists."""

    path: Path
    is_demo: bool
    today: date | None  # fixed in a demo home

    @property
    def noon(self) -> datetime | None:
        """Noon of a demo home's today: its fixed present."""
        return datetime.combine(self.today, time(12), LONDON) if self.today else None

    @property
    def ledger_path(self) -> Path:
        return self.path / "ledger.sqlite"

    def submission_folder(self, submission_id: str) -> Path:
        return self.path / "submissions" / submission_id

    def inbox_file(self, submission_id: str) -> Path:
        return self.path / "inbox" / f"{submission_id}.bin"

    def report_file(self, submission_id: str) -> Path:
        return self.path / "reports" / f"{submission_id}.report.zip"

    def workbook_file(self, submission_id: str) -> Path:
        return self.path / "reports" / f"{submission_id}.xlsx.bin"

    def newest_register(self, as_of: datetime | None = None) -> Path | None:
        """The folder of the newest load of the register, at a moment or now."""
        return self._newest("register", as_of)

    def newest_policy(self, as_of: datetime | None = None) -> Path | None:
        """The folder of the newest load of policy values, at a moment or now."""
        return self._newest("policy", as_of)

    def _newest(self, kind: str, as_of: datetime | None) -> Path | None:
        loads = [p for p in (self.path / kind).glob("*") if p.name.isdigit()]
        if as_of is not None:
            loads = [p for p in loads if _loaded_at(p) <= as_of]
        return max(loads, key=lambda folder: int(folder.name), default=None)

    def storage_keys(self) -> Keyring:
        """The keys under which pseudonyms are kept at rest, the oldest first."""
        keys = self.given_storage_keys()
        if not self.is_demo and (why := unlike(known_ids(self.path), keys)):
            raise HomeError(why)
        return keys

    def given_storage_keys(self) -> Keyring:
        """Those that are set, be they the registry's or not.

        Raises:
            HomeError: if none is, or one is too short.
        """
        if self.is_demo:
            return (demo_secret("storage"),)
        try:
            newest = secret(self.path, STORAGE, "storage")
            return (*earlier_secrets(STORAGE_BEFORE), newest)
        except SecretMissing as missing:
            raise HomeError(str(missing)) from None

    def inbox_key(self) -> bytes:
        """The key under which the inbox, and what else holds rows for a time, is sealed."""
        if self.is_demo:
            return demo_secret("inbox")
        try:
            key = secret(self.path, INBOX, "inbox")
        except SecretMissing as missing:
            raise HomeError(str(missing)) from None
        known = known_ids(self.path).get(INBOX)
        if known is not None and known != key_id(INBOX, key):
            raise HomeError(
                f"{INBOX} is not the key that this registry was begun with (its id: {known}): "
                "set that one, from where the keys are kept"
            )
        return key

    def linkage_key(self) -> bytes | None:
        """The key that the sites share, where this registry was given it."""
        if self.is_demo:
            return demo_secret("linkage")
        try:
            return linkage_key(None, os.environ)
        except KeyUnusable:
            return None

    def require_secrets(self) -> None:
        """Pass where every secret that the home is worked with is set.

        Raises:
            HomeError: naming all that are missing.
        """
        missing = []
        for variable, purpose in SECRETS.items():
            try:
                secret(self.path, variable, purpose)
            except SecretMissing as absent:
                missing.append(str(absent))
        if missing:
            raise HomeError("; ".join(missing))

    def remember_keys(self) -> None:
        """Keep the ids of the keys that are set, so that another is refused from now on."""
        if self.is_demo:
            return
        told = told_of(self.storage_keys()) if given(STORAGE) else {}
        if given(INBOX):
            told[INBOX] = key_id(INBOX, self.inbox_key())
        remember(self.path, told)


def _loaded_at(load: Path) -> datetime:
    told = json.loads((load / "manifest.json").read_text("utf-8"))
    return datetime.fromisoformat(told["loaded_at"])


FOLDERS = ("inbox", "submissions", "reports", "register", "releases")


def create_home(path: Path, *, demo_today: date | None = None) -> Home:
    """Make an empty home; a demo home where a fixed today is given.

    Raises:
        HomeError: if the folder is not empty.
    """
    if path.exists() and any(path.iterdir()):
        raise HomeError(f"{path}: not empty; give a new folder for the home")
    for folder in FOLDERS:
        (path / folder).mkdir(parents=True, exist_ok=True)
    told = {
        "demo": demo_today is not None,
        "today": demo_today.isoformat() if demo_today else None,
    }
    (path / "home.json").write_text(json.dumps(told), "utf-8")
    return open_home(path)


def open_home(path: Path) -> Home:
    """The home at this path.

    Raises:
        HomeError: if there is none.
    """
    try:
        told = json.loads((path / "home.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise HomeError(f"{path}: no registry home; make one with: ire-audit init") from None
    today = date.fromisoformat(told["today"]) if told["today"] else None
    return Home(path=path, is_demo=bool(told["demo"]), today=today)


@contextmanager
def writer_lock(home: Home) -> Iterator[None]:
    """Hold the one lock under which submissions and releases are written.

    Raises:
        HomeLocked: if another process holds it.
    """
    import fcntl  # only POSIX has it: a check at a site's own computer does without

    with (home.path / "writer.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeLocked(
                f"{home.path}: locked by a running worker; stop it, or let it do the work"
            ) from None
        yield


@contextmanager
def walk_lock(home: Home) -> Iterator[None]:
    """Hold the lock under which the walk and the served release move; wait for it."""
    import fcntl  # the check of an export, which shares this module, runs anywhere

    with (home.path / "walk.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
