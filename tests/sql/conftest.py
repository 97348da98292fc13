"""Fixtures: a registry home, and a warehouse built through the real models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from sql.hardening import HARDENED
from sql.warehouse import make, sized
from tests.sql.drawing import TODAY, accept, draw, load_register, with_parents

REGISTER = ("site", "site_designation", "research_study", "study_site")

Warehouse = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def warehouse(home: Path) -> Iterator[Warehouse]:
    """Make and audit a release's tables, in memory, of the tables drawn: one submission.

    `complete_to` is the end of the submission's period; patients that are not drawn are made.
    """
    opened: list[duckdb.DuckDBPyConnection] = []

    def made(
        *,
        complete_to: str = "2026-09-30",
        exclusions: str | None = None,
        **drawn: str,
    ) -> duckdb.DuckDBPyConnection:
        register = {name: drawn.pop(name) for name in REGISTER if name in drawn}
        rows = with_parents({name: draw(text) for name, text in drawn.items()})
        one = accept(home, 1, period=("2023-01-01", complete_to), exclusions=exclusions, **rows)
        connection = duckdb.connect(config=HARDENED | sized(0))
        opened.append(connection)
        make(
            connection,
            [one],
            register=load_register(home, **register),
            today=TODAY,
            value_sets=home / "value_sets",
        )
        return connection

    yield made
    for connection in opened:
        connection.close()
