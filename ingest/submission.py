"""What an export says it is, and what the registry knows when it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingest.since import LastChecked
from ingest.tombstones import Tombstones
from sql.keyring import Keyring
from sql.walk import Accepted


@dataclass(frozen=True)
class Registry:
    """What the registry knows when an export is checked."""

    accepted: Sequence[Accepted] = ()  # of the export's site, in order of acceptance
    register: Path | None = None
    storage_keys: Keyring | None = None
    newest_extract: datetime | None = None  # of the site's accepted submissions
    sites: frozenset[str] | None = None  # of the register; None where none is loaded
    locked: Sequence[tuple[date, date]] = ()  # periods that take corrections only
    last: LastChecked | None = None  # what the site was told before
    answers: Sequence[Mapping[str, Any]] = ()  # of the site, those that stand today
    tombstones: Tombstones | None = None  # of patients who asked for erasure
    is_alone: bool = True  # no home: links are checked within the export only


@dataclass(frozen=True)
class Submission:
    """What an export says it is, typed."""

    site: str
    period_start: date | None
    period_end: date | None
    submission_type: str
    extract_datetime: datetime
    nil_return: bool | None  # None for a single table's file
    hes_ire_count: int | None = None
    single_table: str | None = None
    reason: str = ""  # of a correction
