"""The outbox of a home, as a viewer may see it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.home import open_home
from sql.access import Viewer
from sql.ledger import Ledger
from sql.outbox_list import listed


def outbox(home: Path, viewer: Viewer) -> Sequence[dict[str, Any]]:
    """Every message, newest first; see sql.outbox_list.listed.

    Raises:
        AccessDenied: for a viewer who may not see the outbox.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        return listed(ledger, viewer)
