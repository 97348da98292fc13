"""What the kept releases say of themselves: how far their data go, and what made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import duckdb

from sql.audit_log import Anchor
from sql.catalog import SCHEMA_VERSION
from sql.ledger_events import Head
from sql.open_files import FILES
from sql.publish_release import numbers, public_path
from sql.warehouse import release_path


@dataclass(frozen=True)
class KeptRelease:
    """One release that is kept.

    Attributes:
        as_of: the moment that it was rebuilt for; None where it was published.
        code_version: of the models, macros and indicators that made it.
    """

    number: int
    built_at: datetime
    as_of: datetime | None
    data_date: date
    register_number: int
    sites_expected: int
    sites_reporting: int
    code_version: str
    bytes: int


def is_readable(home: Path, number: int) -> bool:
    """True where pages of this version can read a release: others are shown rebuilt."""
    path = public_path(home, number)
    return path.is_file() and _schema_version(path, path.stat().st_mtime_ns) == SCHEMA_VERSION


@lru_cache(maxsize=200)
def _schema_version(public: Path, changed: int) -> int:
    with FILES.reading(public) as connection:
        asked = connection.execute("select schema_version from pub_release")
        return int(asked.fetchall()[0][0])


def kept_releases(home: Path) -> list[KeptRelease]:
    """The releases whose full file is kept, newest first; one that cannot be read is left out."""
    found = []
    for number in reversed(numbers(home)):
        path = release_path(home, number)
        if path.is_file():
            at = path.stat()
            found.append(_read(path, number, at.st_size, at.st_mtime_ns))
    return [one for one in found if one is not None]


def anchors(home: Path) -> list[Anchor]:
    """How far the audit log went when each kept release was made, the oldest first.

    A release that keeps none, or cannot be read, anchors nothing.
    """
    kept = ((number, _anchored(release_path(home, number))) for number in numbers(home))
    return [Anchor(f"release {number}", *head) for number, head in kept if head is not None]


def _anchored(path: Path) -> Head | None:
    try:
        with FILES.reading(path) as connection:
            rows = connection.execute("select log_number, log_hash from release").fetchall()
    except (duckdb.Error, OSError):
        return None
    return Head(*rows[0]) if rows[0][0] else None


COLUMNS = (
    *("built_at", "as_of", "data_date", "register_number"),
    *("sites_expected", "sites_reporting", "code_version"),
)


@lru_cache(maxsize=200)
def _read(path: Path, number: int, size: int, changed: int) -> KeptRelease | None:
    """A release never changes: it is opened once, however often the list is shown."""
    try:
        with FILES.reading(path) as connection:
            asked = f"select {', '.join(COLUMNS)} from release"
            row = connection.execute(asked).fetchall()[0]
    except (duckdb.Error, OSError):
        return None
    told = dict(zip(COLUMNS, row, strict=True))
    told |= {name: told[name] and told[name].replace(tzinfo=UTC) for name in ("built_at", "as_of")}
    return KeptRelease(number=number, bytes=size, **told)
