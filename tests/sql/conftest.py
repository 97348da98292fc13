"""Fixtures: a registry home, and a warehouse built through the real models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, draw, load_register, with_parents

REGISTER = ("site", "site_designation", "research_study", "study_site")

Warehouse = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def warehouse(home: Path) -> Iterator[Warehouse]:
    """Build a release of the tables drawn, one submission of one site, and open it.

    `complete_to` is the end of the submission's period; patients that are not drawn are made.
    """
    opened: list[duckdb.DuckDBPyConnection] = []

    def make(
        *,
        complete_to: str = "2026-09-30",
        exclusions: str | None = None,
        **drawn: str,
    ) -> duckdb.DuckDBPyConnection:
        register = {name: drawn.pop(name) for name in REGISTER if name in drawn}
        rows = with_parents({name: draw(text) for name, text in drawn.items()})
        one = accept(home, 1, period=("2023-01-01", complete_to), exclusions=exclusions, **rows)
        path = build(
            home,
            [one],
            register=load_register(home, **register),
            number=1,
            today=TODAY,
            built_at=BUILT,
        )
        connection = duckdb.connect(str(path), read_only=True)
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        connection.close()
