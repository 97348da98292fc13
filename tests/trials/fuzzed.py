"""Files spoilt at random: flips, truncations and splices of a clean export's files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from ingest.template import write_workbook
from tests.ingest.filling import filled
from tests.ingest.reading_files import COLUMNS, listed, members, row, sheet_xml, zipped
from tests.ingest.reading_files import workbook as raw_workbook
from tests.trials.unseen_archives import EXPORT
from tests.trials.variation_formats import csv_text, workbook_file

TABLES = tuple(EXPORT.tables)
# What readers stumble over, and what turns one harmless value into another.
HOSTILE = b'"\'",;\t|\n\r\r\n\0\x1c\xa0\x85\xc3\xe9\xff\x81\xef\xbb\xbf=+-@.0 19/NY()<>&'
WHOLE_EXPORTS = 40  # of so many CSV files one is sent within its whole export
KINDS = ("flips", "truncations", "splices")
# What stands between marks in XML: there a change leaves the XML whole.
VALUE = re.compile(rb'(?<=")[^"<>&]*(?=")|(?<=>)[^"<>&]*(?=<)')
ELEMENT = re.compile(rb"<(row|c|v|is|si|t|sheet|mergeCell|f)\b[^>]*(?:/>|>.*?</\1>)", re.DOTALL)
VALUES = (b"", b" ", b"0", b"-1", b"1", b"2", b"99", b"1E9", b"46115", b"46115.5", b"1.5", b"60",
          b"A1", b"B2", b"XFD1048576", b"s", b"e", b"b", b"n", b"d", b"str", b"inlineStr", b"true",
          b"#N/A", b"NaN", b"x", b"\xc3\xa9", b"&#10;", b"&#x1C;", b"&lt;", b"hidden",
          b"rId1", b"worksheets/sheet1.xml", b"manifest", b"2026-04-01T12:00:00")  # fmt: skip
MARKS = {"utf-16": "", "utf-8-sig": "", "cp1252": "é", "utf-8": "é–"}


@dataclass(frozen=True)
class Fuzzed:
    """One file as it is sent; `table` where it is a single table's."""

    kind: str
    filename: str
    content: bytes
    table: str | None


def fuzzed_csv(seed: int) -> Fuzzed:
    """A spoilt CSV file of a table, alone or within its export made right around it."""
    random = Random(f"csv {seed}")
    table, kind = random.choice(TABLES), KINDS[seed % len(KINDS)]
    clean, other = _written(table, random), _written(random.choice(TABLES), random)
    # A header that is spoilt hides what is behind it: some files keep theirs.
    kept = clean.find(b"\n") + 1 if random.random() < 0.3 else 0
    content = clean[:kept] + spoilt(clean[kept:], kind, random, other)
    if seed % WHOLE_EXPORTS:
        return Fuzzed(kind, "table.csv", content, table)
    return Fuzzed(kind, "export.zip", _export(table, content), None)


def spoilt(content: bytes, kind: str, random: Random, other: bytes) -> bytes:
    """The content after one kind of damage; splices take from the file itself and another."""
    for _ in range(random.choice((1, 1, 1, 2, 4, 12))):
        content = DAMAGE[kind](content, random, other)
    return content


def _flipped(content: bytes, random: Random, other: bytes) -> bytes:
    data = bytearray(content)
    if data:
        byte = random.choice((random.randrange(256), random.choice(HOSTILE)))
        data[random.randrange(len(data))] = byte
    return bytes(data)


def _truncated(content: bytes, random: Random, other: bytes) -> bytes:
    """Without its end, its beginning, or a piece; often at the end of a line, as copies end."""
    start, end = sorted(random.randint(0, len(content)) for _ in range(2))
    if random.random() < 0.5:
        end = content.rfind(b"\n", 0, end) + 1
        start = content.rfind(b"\n", 0, start) + 1
    return random.choice((content[:end], content[start:], content[:start] + content[end:]))


def _spliced(content: bytes, random: Random, other: bytes) -> bytes:
    """A piece of this file or another, put somewhere between, or over what stands there."""
    source = random.choice((content, content, other))
    if random.random() < 0.5 and source.count(b"\n") > 1:  # whole lines
        lines = source.splitlines(keepends=True)
        piece = b"".join(random.choices(lines, k=random.randint(1, 3)))
        at = content.rfind(b"\n", 0, random.randint(0, len(content))) + 1
    else:
        start = random.randint(0, len(source))
        piece = source[start : start + random.choice((1, 3, 10, 100, 1_000))]
        at = random.randint(0, len(content))
    until = at + random.choice((0, 0, len(piece)))
    return content[:at] + piece + content[until:]


DAMAGE: Mapping[str, Callable[[bytes, Random, bytes], bytes]] = {
    "flips": _flipped,
    "truncations": _truncated,
    "splices": _spliced,
}


def _written(table: str, random: Random) -> bytes:
    """A clean file in one of the forms that are read; a third has text beyond ASCII."""
    rows = [list(cells) for cells in EXPORT.tables[table]]
    encoding = random.choice(["utf-8"] * 12 + list(MARKS))
    if random.random() < 0.3:
        for cells in rows[1:]:
            cells[random.randrange(len(cells))] += MARKS[encoding]
    delimiter, end = random.choice(",,,,;\t|"), random.choice(["\n", "\n", "\r\n", "\r"])
    quoting = random.choice([csv.QUOTE_MINIMAL] * 3 + [csv.QUOTE_ALL])
    return csv_text(rows, delimiter, end, quoting).encode(encoding)


def _export(table: str, content: bytes) -> bytes:
    """The whole export with this file in it, its hash and its count of rows right."""
    files = {f"{name}.csv": csv_text(rows).encode() for name, rows in EXPORT.tables.items()}
    counts = {f"{name}.csv": len(rows) - 1 for name, rows in EXPORT.tables.items()}
    files[f"{table}.csv"] = content
    text = content.decode("utf-8", "replace").replace("\0", "")
    try:
        records = [row for row in csv.reader(io.StringIO(text, newline="")) if "".join(row).strip()]
        counts[f"{table}.csv"] = max(len(records) - 1, 0)
    except csv.Error:
        pass
    return zipped(members(files, counts, **_fields(files, counts)))


def _fields(files: dict[str, bytes], counts: dict[str, int]) -> dict[str, object]:
    return {**EXPORT.fields, "files": listed(files, counts)}


# Workbooks


def good_rows() -> list[list[str]]:
    """Six valid procedures of the export's site."""
    return [row(i, site_ods_code=str(EXPORT.fields["submitting_site"])) for i in range(1, 7)]


def bases() -> Sequence[Fuzzed]:
    """Ten clean workbooks of different makers: single tables and whole exports."""
    few = {name: EXPORT.tables[name] for name in ("procedure", "patient", "lesion")}
    one = [
        _workbook(table, is_text=is_text, is_1904=is_1904, is_inline=is_inline)
        for table, is_text, is_1904, is_inline in (
            ("procedure", False, False, False),
            ("patient", True, False, False),
            ("vital_status", False, True, False),
            ("pulse_delivery", False, False, True),
            ("followup_imaging", True, True, True),
        )
    ]
    raw = raw_workbook({"procedure": sheet_xml([COLUMNS, *good_rows()])})
    whole = [
        workbook_file(EXPORT.tables, EXPORT.fields, False, False, False),
        workbook_file(few, EXPORT.fields, True, False, False),
        workbook_file(few, EXPORT.fields, False, True, True),
    ]
    made = (
        *one,
        Fuzzed("raw", "table.xlsx", raw, "procedure"),
        *(Fuzzed("whole", "export.xlsx", content, None) for content in whole),
        Fuzzed("template", "export.xlsx", _filled_template(), None),
    )
    return [replace(base, content=_undated(base.content)) for base in made]


def _undated(content: bytes) -> bytes:
    """The same workbook whenever it is made: a seed must give one file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in parts.items():
            if name != "docProps/core.xml":  # when it was made, and by whom
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _workbook(table: str, **how: bool) -> Fuzzed:
    content = workbook_file({table: EXPORT.tables[table]}, {}, **how)
    return Fuzzed("one", "table.xlsx", content, table)


def _filled_template() -> bytes:
    template = io.BytesIO()
    write_workbook(template)
    tables = {
        name: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        for name, rows in EXPORT.tables.items()
    }
    return filled(template.getvalue(), EXPORT.fields, tables)


def fuzzed_xlsx(base: Fuzzed, seed: int) -> Fuzzed:
    """A spoilt workbook: in its packed bytes, or in a part, packed anew; half stays XML."""
    random = Random(f"xlsx {seed}")
    kind, depth = KINDS[seed % len(KINDS)], random.random()
    if depth < 0.2:
        content = spoilt(base.content, kind, random, base.content)
        return Fuzzed(f"packed {kind}", base.filename, content, base.table)
    with zipfile.ZipFile(io.BytesIO(base.content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = [n for n in parts if "sheets/sheet" in n or "haredStrings" in n or "xl/workbook" in n]
    name = random.choice(about)
    if depth < 0.5:
        parts[name] = spoilt(parts[name], kind, random, parts[random.choice(about)])
        return Fuzzed(kind, base.filename, zipped(parts), base.table)
    for _ in range(random.choice((1, 1, 2, 5))):
        parts[name] = _still_xml(parts[name], random)
    return Fuzzed("still XML", base.filename, zipped(parts), base.table)


def _still_xml(part: bytes, random: Random) -> bytes:
    """One value changed, or one element gone, doubled or moved."""
    if random.random() < 0.6:
        found = list(VALUE.finditer(part))
        if not found:
            return part
        at = random.choice(found)
        value = random.choice((random.choice(VALUES), random.choice(found).group()))
        return part[: at.start()] + value + part[at.end() :]
    found = list(ELEMENT.finditer(part))
    if not found:
        return part
    one, other = random.choice(found), random.choice(found)
    put = random.choice((b"", one.group() * 2, other.group()))
    return part[: one.start()] + put + part[one.end() :]
