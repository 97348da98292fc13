"""Load the register of sites, designations and studies: kept whole, with its time."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from expectations.dictionary import Table, register_tables
from ingest.conform import conform
from ingest.folder import write_rows
from ingest.home import Home, HomeError
from ingest.read import read_export
from ingest.reading import refused

BASIS = "nhs_number_legal_basis"


def load_register(home: Home, folder: Path, *, by: str, at: datetime) -> int:
    """Keep a new load of the register, read from one CSV file a table.

    Returns:
        The number of the load.

    Raises:
        ExportRefused: if a table is missing or holds a value that cannot be typed.
        HomeError: if a date stands before one that it must follow, or it names invented
            sites outside a demo home.
    """
    newest = home.newest_register()
    number = int(newest.name) + 1 if newest is not None else 1
    target = home.path / "register" / str(number)
    unfinished = target.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    rows = {}
    for name, table in register_tables().items():
        path = folder / f"{name}.csv"
        if not path.exists():
            raise refused("FILE_MISSING", path.name)
        raw = read_export(path, table=name).register_tables[name]
        typed, findings, _ = conform(raw, table)
        if findings.height:
            line, column = findings.select("source_line", "column_name").row(0)
            raise refused("COLUMN_TYPE", f"{path.name}, line {line}, {column}")
        if not home.is_demo and _is_invented(typed):
            raise HomeError(f"{path.name}: codes that begin with ZZ are for a demo home only")
        _refuse_disorder(path.name, table, typed)
        write_rows(unfinished / f"{name}.parquet", typed.drop("source_line"))
        rows[name] = typed.height
    told = {"n": number, "loaded_at": at.astimezone(UTC).isoformat(), "by": by, "rows": rows}
    (unfinished / "manifest.json").write_text(json.dumps(told, indent=1), "utf-8")
    unfinished.rename(target)
    return number


def registered_sites(register: Path | None) -> frozenset[str]:
    """The sites of a load of the register; none before the first."""
    if register is None:
        return frozenset()
    return frozenset(pl.read_parquet(register / "site.parquet")["site_ods_code"])


def may_send_numbers(register: Path, site: str) -> bool:
    """True where the register records on what legal basis the site may send NHS numbers."""
    sites = pl.read_parquet(register / "site.parquet")
    if BASIS not in sites.columns:  # loaded before the register had the column
        return False
    return sites.filter((pl.col("site_ods_code") == site) & pl.col(BASIS).is_not_null()).height > 0


def _refuse_disorder(file: str, table: Table, typed: pl.DataFrame) -> None:
    for column in table.columns.values():
        if column.earlier is None:
            continue
        is_early = pl.col(column.name) < pl.col(column.earlier)
        if column.after is not None:
            is_early |= pl.col(column.name) == pl.col(column.earlier)
        lines = typed.filter(is_early)["source_line"]
        if lines.len():
            words = "not later" if column.after else "earlier"
            raise HomeError(
                f"{file}, line {lines[0]}: {column.name} is {words} than {column.earlier}"
            )


def _is_invented(typed: pl.DataFrame) -> bool:
    codes = [name for name in ("site_ods_code", "trust_ods_code") if name in typed.columns]
    return any(typed[name].str.starts_with("ZZ").any() for name in codes)
