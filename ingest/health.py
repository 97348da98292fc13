"""Is the registry fit to be used? What is wrong, in words for whoever runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ingest.home import HomeError, open_home
from sql.kept_releases import is_readable
from sql.ledger import Ledger
from sql.ledger_errors import LedgerAway, LedgerError
from sql.publish_release import served
from sql.secrets import SecretMissing

FEWEST_FREE_BYTES = 1_000_000_000


def health(home: Path) -> list[str]:
    """What is wrong with a home now; nothing where it is fit. No path and no value is said."""
    return [*_ledger(home), *_release(home), *_disk(home)]


def _ledger(home: Path) -> list[str]:
    try:
        with Ledger(open_home(home).ledger_path) as ledger:
            ledger.head()
    except HomeError:
        return ["there is no registry home"]
    except (LedgerAway, LedgerError, SecretMissing) as error:
        return [str(error)]
    except (SQLAlchemyError, OSError):
        return ["the ledger cannot be read"]
    return []


def _release(home: Path) -> list[str]:
    try:
        number = served(home)
        is_fit = number is None or is_readable(home, number)
    except Exception:  # whatever a damaged file does to its reader
        is_fit = False
    return [] if is_fit else ["the release that is served cannot be read"]


def _disk(home: Path) -> list[str]:
    try:
        free = shutil.disk_usage(home).free
    except OSError:
        return ["the disk cannot be read"]
    return [] if free >= FEWEST_FREE_BYTES else ["less than 1 GB is free on the disk"]
