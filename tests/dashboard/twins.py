"""Two registries that differ only within the rounding: of their true counts none may be seen."""

from __future__ import annotations

from pathlib import Path

from dashboard.app import PAGES
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import Procedure, make_home, procedures, write_release

OPEN = [page.path for page in PAGES if DEMO_VIEWERS["commissioner"].may(page.action)]
# Procedures, major complications and breaches at four sites, each pair of one rounding.
FIRST = {"ZZ101": (142, 33, 0), "ZZ102": (131, 31, 28), "ZZ201": (116, 28, 3), "ZZ301": (63, 9, 0)}
SECOND = {"ZZ101": (139, 34, 0), "ZZ102": (132, 32, 29), "ZZ201": (115, 27, 2), "ZZ301": (63, 8, 0)}
TRUE = {"142", "131", "116", "452", "101", "139", "132", "449"}


def twin_homes(folder: Path) -> list[Path]:
    """Two demo homes, each with its release."""
    return [
        write_release(make_home(folder / name), drawn_of(registry))
        for name, registry in (("first", FIRST), ("second", SECOND))
    ]


def drawn_of(registry: dict[str, tuple[int, int, int]]) -> list[Procedure]:
    """The procedures of one of the two."""
    return [
        procedure
        for site, (number, events, breaches) in registry.items()
        for procedure in procedures(site, number, S5_30=events, C1=breaches)
    ]
