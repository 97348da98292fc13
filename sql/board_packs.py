"""Board packs that were made: the releases that they name are kept."""

from __future__ import annotations

import json
from datetime import datetime

from sql.ledger import Ledger

MADE = "board pack made"


def entered(ledger: Ledger, release: int, scope: str, *, by: str, at: datetime) -> None:
    """Enter that a pack was made of a release, for a trust or national."""
    detail = {"release": release, "scope": scope}
    ledger.append(MADE, f"release {release}", by=by, at=at, detail=detail)


def releases(ledger: Ledger) -> frozenset[int]:
    """The releases that board packs name."""
    made = (event for event in ledger.events() if event["action"] == MADE)
    return frozenset(int(json.loads(event["detail"])["release"]) for event in made)
