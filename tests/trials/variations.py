"""Forty harmless ways to send the same export: each says exactly what the clean one says."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from expectations.dictionary import Column, site_tables
from ingest.read import read_export
from tests.ingest.reading_files import listed, zipped
from tests.trials.variation_formats import (
    Rows,
    blank,
    csv_text,
    mixed_ends,
    parquet_file,
    plain,
    workbook_file,
)

SITES = ("ZZ101", "ZZ102", "ZZ302", "ZZ401", "ZZ501")  # whose first quarter is varied


@dataclass(frozen=True)
class Export:
    """What a site sends: its tables as rows of text, and the fields of its manifest."""

    tables: Mapping[str, Rows]
    fields: Mapping[str, object]


@dataclass(frozen=True)
class Sent:
    """An export as it is sent: a file of this name, or a folder's files."""

    name: str
    content: bytes
    files: Mapping[str, bytes] | None = None

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        if self.files is None:
            path.write_bytes(self.content)
            return path
        path.mkdir()
        for name, data in self.files.items():
            (path / name).write_bytes(data)
        return path


def export_of(path: Path) -> Export:
    """A sample export as text, whatever its format."""
    read = read_export(path)
    tables = {}
    for name, raw in read.tables.items():
        frame = raw.frame.drop("source_line").fill_null("")
        tables[name] = [frame.columns, *map(list, frame.iter_rows())]
    return Export(tables, {k: v for k, v in read.manifest.items() if v is not None})


def files_of(export: Export, encode: Callable[[Rows, Random], bytes], random: Random,
             suffix: str = ".csv") -> dict[str, bytes]:  # fmt: skip
    """The manifest and the tables' files of an export."""
    files = {f"{name}{suffix}": encode(rows, random) for name, rows in export.tables.items()}
    counts = {f"{name}{suffix}": len(rows) - 1 for name, rows in export.tables.items()}
    manifest = {**export.fields, "files": listed(files, counts)}
    return {"manifest.json": json.dumps(manifest).encode(), **files}


def clean(export: Export) -> Sent:
    return Sent("export.zip", zipped(files_of(export, plain, Random(0))))


Variation = Callable[[Export, Random], Sent]


def encoded(encode: Callable[[Rows, Random], bytes]) -> Variation:
    """Each table's file written otherwise."""
    return lambda export, random: Sent("export.zip", zipped(files_of(export, encode, random)))


def written(change: Callable[[Rows], str], encoding: str = "utf-8") -> Variation:
    return encoded(lambda rows, random: change(rows).encode(encoding))


def tables_changed(change: Callable[[str, Rows, Random], Rows]) -> Variation:
    """Each table's rows or columns changed, then sent as usual."""

    def vary(export: Export, random: Random) -> Sent:
        tables = {name: change(name, rows, random) for name, rows in export.tables.items()}
        return clean(replace(export, tables=tables))

    return vary


def cells_changed(change: Callable[[Column, str, Random], str]) -> Variation:
    """Each value that is not empty written otherwise."""

    def table(name: str, rows: Rows, random: Random) -> Rows:
        columns = [site_tables()[name].columns[column] for column in rows[0]]
        body = [
            [change(c, v, random) if v else v for c, v in zip(columns, row, strict=True)]
            for row in rows[1:]
        ]
        return [rows[0], *body]

    return tables_changed(table)


def headers_changed(change: Callable[[Column, Random], str]) -> Variation:
    def table(name: str, rows: Rows, random: Random) -> Rows:
        columns = site_tables()[name].columns
        return [[change(columns[column], random) for column in rows[0]], *rows[1:]]

    return tables_changed(table)


def columns_ordered(order: Callable[[list[int], Random], Sequence[int]]) -> Variation:
    def table(name: str, rows: Rows, random: Random) -> Rows:
        places = order(list(range(len(rows[0]))), random)
        return [[row[place] for place in places] for row in rows]

    return tables_changed(table)


def rows_ordered(order: Callable[[Rows, Random], Rows]) -> Variation:
    return tables_changed(lambda name, rows, random: [rows[0], *order(rows[1:], random)])


def shuffled(items: list, random: Random) -> list:
    return random.sample(items, len(items))


def without_empty_optional(name: str, rows: Rows, random: Random) -> Rows:
    columns = site_tables()[name].columns
    kept = [
        n
        for n, column in enumerate(rows[0])
        if not columns[column].is_optional or any(row[n] for row in rows[1:])
    ]
    return [[row[n] for n in kept] for row in rows]


def words(yes: str, no: str) -> Variation:
    return cells_changed(
        lambda column, value, random: (
            {"Y": yes, "N": no}.get(value, value) if column.type == "boolean" else value
        )
    )


def padded(column: Column, value: str, random: Random) -> str:
    return value if column.free_text else f"{random.choice([' ', '  '])}{value} "


def code_in_lower_case(column: Column, value: str, random: Random) -> str:
    has_codes = column.type in ("code", "set") and column.codes is not None
    return value.lower() if has_codes else value


def day_first(column: Column, value: str, random: Random) -> str:
    return "/".join(reversed(value.split("-"))) if column.type == "date" else value


def zeros_after(column: Column, value: str, random: Random) -> str:
    if column.type == "integer":
        return f"{value}.0"
    if column.type == "decimal":
        return f"{value}0" if "." in value else f"{value}.00"
    return value


def zeros_before(column: Column, value: str, random: Random) -> str:
    is_number = column.type in ("integer", "decimal") and not value.startswith("-")
    return f"00{value}" if is_number else value


def set_otherwise(column: Column, value: str, random: Random) -> str:
    if column.type != "set":
        return value
    parts = value.split(";")
    return " ; ".join([*shuffled(parts, random), parts[0]])


def odd_case(column: Column, random: Random) -> str:
    separator = random.choice([" ", "-", "__", " _ "])
    return f" {column.name.title().replace('_', separator)} "


def alias(column: Column, random: Random) -> str:
    return column.aliases[0] if column.aliases else column.name


def in_a_folder(export: Export, random: Random) -> Sent:
    files = {f"Export Q1/{n}": data for n, data in files_of(export, plain, random).items()}
    litter = ("Export Q1/.DS_Store", "__MACOSX/Export Q1/._patient.csv", "Export Q1/Thumbs.db",
              "Export Q1/desktop.ini", "Export Q1/._patient.csv")  # fmt: skip
    return Sent("export.zip", zipped(files | dict.fromkeys(litter, b"left by a system")))


def in_capitals(export: Export, random: Random) -> Sent:
    tables = {name.upper(): rows for name, rows in export.tables.items()}
    files = files_of(replace(export, tables=tables), plain, random, ".CSV")
    ordered = dict(shuffled(list(files.items()), random))
    return Sent("EXPORT.ZIP", zipped(ordered, zipfile.ZIP_STORED))


def as_folder(export: Export, random: Random) -> Sent:
    return Sent("export", b"", files_of(export, plain, random))


def with_empty_tables(export: Export, random: Random) -> Sent:
    empty = {name: [list(table.columns)] for name, table in site_tables().items()}
    return clean(replace(export, tables=empty | dict(export.tables)))


def manifest_otherwise(export: Export, random: Random) -> Sent:
    files = files_of(export, plain, random)
    fields = json.loads(files["manifest.json"])
    fields |= {"caldicott_ack": "YES", "nil_return": "no"}
    fields |= {"period_start": day_first_text(str(fields["period_start"])), "reason": None}
    text = json.dumps(dict(shuffled(list(fields.items()), random)), indent=4)
    return Sent("export.zip", zipped(files | {"manifest.json": text.encode("utf-8-sig")}))


def day_first_text(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))


def as_workbook(is_text: bool, is_1904: bool, is_inline: bool) -> Variation:
    return lambda export, random: Sent(
        "export.xlsx",
        workbook_file(export.tables, export.fields, is_text, is_1904, is_inline),
    )


def as_parquet(is_text: bool) -> Variation:
    def vary(export: Export, random: Random) -> Sent:
        by_header = {tuple(rows[0]): name for name, rows in export.tables.items()}

        def encode(rows: Rows, random: Random) -> bytes:
            return parquet_file(by_header[tuple(rows[0])], rows, is_text)

        return Sent("export.zip", zipped(files_of(export, encode, random, ".parquet")))

    return vary


VARIATIONS: Mapping[str, Variation] = {
    "byte order mark": written(csv_text, "utf-8-sig"),
    "UTF-16, little end first": written(lambda rows: "\ufeff" + csv_text(rows), "utf-16-le"),
    "UTF-16, big end first": written(lambda rows: "\ufeff" + csv_text(rows), "utf-16-be"),
    "CRLF": written(lambda rows: csv_text(rows, end="\r\n")),
    "CR": written(lambda rows: csv_text(rows, end="\r")),
    "line ends mixed, none at the end": encoded(mixed_ends),
    "blank lines": written(lambda rows: blank(csv_text(rows), "\n\n")),
    "blank lines of spaces": written(lambda rows: blank(csv_text(rows), "\n \t\n")),
    "as Excel in Europe": written(lambda rows: csv_text(rows, ";", "\r\n"), "utf-8-sig"),
    "tabs": written(lambda rows: csv_text(rows, "\t")),
    "vertical bars": written(lambda rows: csv_text(rows, "|")),
    "every field quoted": written(lambda rows: csv_text(rows, quoting=csv.QUOTE_ALL)),
    "rows of delimiters": written(lambda rows: csv_text([*rows, *[[""] * len(rows[0])] * 3])),
    "delimiter at the end of lines": written(lambda rows: csv_text([[*r, ""] for r in rows])),
    "rows in reverse": rows_ordered(lambda rows, random: rows[::-1]),
    "rows shuffled": rows_ordered(shuffled),
    "columns in reverse": columns_ordered(lambda places, random: places[::-1]),
    "columns shuffled": columns_ordered(shuffled),
    "optional columns left out": tables_changed(without_empty_optional),
    "names in capitals": headers_changed(lambda column, random: column.name.upper()),
    "names with spaces and hyphens": headers_changed(odd_case),
    "other names of columns": headers_changed(alias),
    "spaces around values": cells_changed(padded),
    "YES and NO": words("YES", "NO"),
    "true and false": words("true", "false"),
    "1 and 0": words("1", "0"),
    "codes in lower case": cells_changed(code_in_lower_case),
    "dates day first": cells_changed(day_first),
    "zeros after the point": cells_changed(zeros_after),
    "zeros before the number": cells_changed(zeros_before),
    "sets in other order": cells_changed(set_otherwise),
    "in a folder, with litter": in_a_folder,
    "file names in capitals, not packed": in_capitals,
    "a folder": as_folder,
    "tables without rows": with_empty_tables,
    "manifest otherwise": manifest_otherwise,
    "workbook": as_workbook(is_text=False, is_1904=False, is_inline=False),
    "workbook of text, 1904": as_workbook(is_text=True, is_1904=True, is_inline=True),
    "Parquet": as_parquet(is_text=False),
    "Parquet of text": as_parquet(is_text=True),
}
