"""Writes the published figures: the public file, the only thing a commissioner sees.

Every count is rounded before anything is made of it; per cents, intervals, notes and
statuses are functions of the rounded counts, so that two registries that differ only within
the rounding give the same file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sql import (
    published_compliance,
    published_equity,
    published_incidence,
    published_national,
    published_participation,
    published_survival,
)
from sql.hardening import HARDENED
from sql.published_nested import Beside
from sql.reader_source import RELEASE_COLUMNS, frame

ROOM = Path(__file__).parent


@cache
def strata() -> Mapping[str, Any]:
    """The fixed selections of strata.toml."""
    return tomllib.loads((ROOM / "strata.toml").read_text("utf-8"))


def write_public(full: Path, public: Path) -> None:
    """Write the public file of a release from its full file.

    Args:
        full: the release's DuckDB file, complete and closed.
        public: the file to write, replaced if it is there; the caller syncs and renames it.
    """
    with duckdb.connect(str(full), read_only=True, config=HARDENED) as source:
        tables = published(source)
    public.unlink(missing_ok=True)
    with duckdb.connect(str(public), config=HARDENED) as target:
        target.execute("begin")  # one transaction: the log is written once
        for name, table in tables.items():
            target.register("given", table)
            target.execute(f"create table {name} as select * from given")
            target.unregister("given")
        target.execute("commit")
        target.execute("checkpoint")


def published(source: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """Every pub_ table of a release, by name."""
    released = frame(source, f"select {', '.join(RELEASE_COLUMNS)} from release")
    release = released.row(0, named=True)
    entries = frame(source, "select * from indicator")
    chosen = strata()
    patients = Beside(  # the life tables are of the same patients
        frame(source, "select site_id, unit_key from indicator_value where unit = 'patient'")
    )
    return {
        "pub_release": released,
        "pub_indicator": entries.with_columns(
            pl.Series("position", range(entries.height), dtype=pl.Int64)
        ),
        "pub_policy": frame(source, "select * from policy_value"),
        "pub_national": published_national.national(source, entries, release, chosen["national"]),
        "pub_compliance": published_compliance.by_site(
            source, entries, release, chosen["compliance"]
        ),
        "pub_compliance_national": published_compliance.by_year(
            source, entries, release, chosen["compliance"]
        ),
        "pub_survival": published_survival.national(source, chosen["survival"], patients),
        "pub_incidence": published_incidence.national(source, chosen["incidence"], patients),
        "pub_equity": published_equity.national(source, release, chosen["equity"]),
        "pub_participation": published_participation.quarters(source),
        "pub_ascertainment": published_participation.ascertainment(
            source, release, chosen["ascertainment"]
        ),
    }
