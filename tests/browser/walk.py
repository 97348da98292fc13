"""The sample exports read and walked by hand: csv, zipfile, pyarrow and calamine alone.

Nothing of the product is imported. Every value is text as in a CSV file (dates ISO,
booleans Y or N), or None where empty.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
from python_calamine import CalamineWorkbook

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"
Row = dict[str, str | None]


# Reading


def read(path: Path) -> dict[str, list[Row]]:
    """The tables of one export, whatever its format."""
    if path.suffix == ".xlsx":
        return dict(_workbook(path))
    with zipfile.ZipFile(path) as archive:
        return {
            Path(name).stem: list(_member(name, archive.read(name)))
            for name in archive.namelist()
            if name != "manifest.json"
        }


def _workbook(path: Path) -> Iterator[tuple[str, list[Row]]]:
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        if name != "manifest":
            head, *rows = book.get_sheet_by_name(name).to_python()
            yield name, [_row(dict(zip(head, row, strict=True))) for row in rows]


def _member(name: str, content: bytes) -> Iterator[Row]:
    if name.endswith(".parquet"):
        yield from map(_row, parquet.read_table(io.BytesIO(content)).to_pylist())
    else:
        text = io.StringIO(content.decode("utf-8-sig"), newline="")
        yield from map(_row, csv.DictReader(text))


def _row(values: dict[str, Any]) -> Row:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = "" if value is None else str(value).strip()
    return text or None


# The walk


@cache
def key() -> dict[str, Any]:
    """The answer key."""
    return json.loads((SAMPLE / "answer_key.json").read_text("utf-8"))


@cache
def play() -> list[dict[str, str]]:
    return json.loads((SAMPLE / "demo.json").read_text("utf-8"))["actions"]


def exports() -> dict[str, dict[str, Any]]:
    """The exports by path."""
    return {one["path"]: one for one in key()["exports"]}


@cache
def declared(table: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / f"expectations/tables/{table}.toml").read_text("utf-8"))


@cache
def current() -> dict[str, dict[str, dict[tuple[str | None, ...], Row]]]:
    """site, table, key: the current rows of every site."""
    sites: dict[str, dict[str, dict[tuple[str | None, ...], Row]]] = {}
    for path in accepted():
        export = exports()[path]
        tables = read(SAMPLE / path)
        _leave_out(export, tables)
        held = sites.setdefault(export["site"], {})
        if export["submission_type"] == "FULL":
            held.clear()
        for table, rows in tables.items():
            for row in rows:
                names = declared(table)["key"]
                held.setdefault(table, {})[tuple(row[name] for name in names)] = row
    return sites


@cache
def accepted() -> tuple[str, ...]:
    """Paths of the exports in the walk, in the order in which they were accepted."""
    in_order: list[str] = []
    for action in play():
        path = action["path"]
        if action["action"] == "accept" or (
            action["action"] == "submit" and exports()[path]["verdict"] == "accepted"
        ):
            in_order.append(path)
        elif action["action"] == "withdraw":
            in_order.remove(path)
    return tuple(in_order)


def _leave_out(export: dict[str, Any], tables: dict[str, list[Row]]) -> None:
    """Rows and values that an accepted exclusion took out."""
    first_line = 1 if export["path"].startswith("exports/ZZ301") else 2  # Parquet counts from 1
    gone: dict[str, set[int]] = {}
    for finding in export["findings"]:
        if finding["severity"] != "R":
            continue
        table, place = finding["table"], finding["line"] - first_line
        column = declared(table)["columns"].get(finding["column"], {})
        if finding["rule"] in ("K04a", "K05a") or column.get("places_record"):
            gone.setdefault(table, set()).add(place)
        else:
            tables[table][place][finding["column"]] = None
    for table, places in gone.items():
        tables[table] = [row for n, row in enumerate(tables[table]) if n not in places]


def rows(site: str, table: str) -> list[Row]:
    return list(current().get(site, {}).get(table, {}).values())


@cache
def register(table: str) -> tuple[Row, ...]:
    with (SAMPLE / "register" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_row(row) for row in csv.DictReader(file))
