"""NHS numbers in every place of an export and in every format: files that must be refused."""

from __future__ import annotations

import io
import random
import unicodedata
import zipfile
from collections.abc import Callable, Iterator

import polars as pl
import pyarrow as pa
import pyarrow.parquet
import xlsxwriter

from ingest.nhs_numbers import is_nhs_number
from tests.ingest.reading_files import COLUMNS, good, manifest, members, row, text, zipped

Upload = tuple[str, bytes]  # name as received, content
SEED = 532


def numbers(count: int, seed: int = SEED) -> list[str]:
    """Seeded numbers with their check digit, of the range that is for tests only."""
    chance, found = random.Random(seed), []
    while len(found) < count:
        first = f"999{chance.randrange(10**6):06d}"
        found += [n for n in (f"{first}{d}" for d in range(10)) if is_nhs_number(n)]
    return found[:count]


def _gapped(gap: str) -> Callable[[str], str]:
    return lambda n: gap.join([n[:3], n[3:6], n[6:]])


FORMATS: dict[str, Callable[[str], str]] = {
    "ten digits": str,
    "spaces": _gapped(" "),
    "two spaces": _gapped("  "),
    "hyphens": _gapped("-"),
    "spaced hyphens": _gapped(" - "),
    "dots": _gapped("."),
    "slashes": _gapped("/"),
    "underscores": _gapped("_"),
    "commas": _gapped(", "),
    "no-break spaces": _gapped("\u00a0"),
    "thin spaces": _gapped("\u2009"),
    "en dashes": _gapped("–"),
    "zero-width spaces": _gapped("\u200b"),
    "line breaks": _gapped("\n"),
    "tabs": _gapped("\t"),
    "one gap": lambda n: f"{n[:3]} {n[3:]}",
    "digit by digit": " ".join,
    "thousands": lambda n: f"{int(n):,}",
    "float": lambda n: f"{n}.0",
    "exponent": lambda n: f"{int(n) / 1e9:.9f}E9",
    "exponent with sign": lambda n: f"{int(n) / 1e9:.9f}e+09",
    "full width": lambda n: n.translate({48 + d: 0xFF10 + d for d in range(10)}),
    "Arabic": lambda n: n.translate({48 + d: 0x0660 + d for d in range(10)}),
    "circled": lambda n: n.translate({48: 0x24EA} | {48 + d: 0x2460 + d - 1 for d in range(1, 10)}),
    "in brackets": lambda n: f"({n[:3]}) {n[3:6]} {n[6:]}",
    "after its word": lambda n: f"NHSno{n}",
}


def _export(content: bytes, **fields: object) -> bytes:
    return zipped(members({"procedure.csv": content}, {"procedure.csv": 6}, **fields))


def _csv(**changed: str) -> str:
    return text([row(1, **changed), *good()[1:]], quote=_quoted)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def in_free_text(said: str) -> Upload:
    return "export.zip", _export(_csv(comment=f"seen, {said}, well").encode())


def _in_column(name: str) -> Callable[[str], Upload]:
    return lambda said: ("export.zip", _export(_csv(**{name: said}).encode()))


def _in_header(said: str) -> Upload:
    rows = [[*cells, "x"] for cells in good()]
    return "export.zip", _export(text(rows, [*COLUMNS, _quoted(said)], quote=_quoted).encode())


def _encoded(encoding: str) -> Callable[[str], Upload]:
    return lambda said: ("export.zip", _export(_csv(comment=f"é {said}").encode(encoding)))


def _with_files(said: str, files: Callable[[str], dict[str, bytes]]) -> Upload:
    sent = members({"procedure.csv": text(good()).encode()}, {"procedure.csv": 6})
    return "export.zip", zipped(sent | files(said))


def _in_archive(change: Callable[[zipfile.ZipFile, str], None]) -> Callable[[str], Upload]:
    def made(said: str) -> Upload:
        buffer = io.BytesIO(_export(text(good()).encode()))
        with zipfile.ZipFile(buffer, "a") as archive:
            change(archive, said)
        return "export.zip", buffer.getvalue()

    return made


def _extra(archive: zipfile.ZipFile, said: str) -> None:
    info = zipfile.ZipInfo("__MACOSX/x")
    data = said.encode()
    info.extra = b"\xfe\xca" + len(data).to_bytes(2, "little") + data
    archive.writestr(info, b"")


def _member_comment(archive: zipfile.ZipFile, said: str) -> None:
    info = zipfile.ZipInfo("__MACOSX/x")
    info.comment = said.encode()
    archive.writestr(info, b"")


def _archive_comment(archive: zipfile.ZipFile, said: str) -> None:
    archive.comment = said.encode()


def _removed(**cells: str) -> Upload:
    record = {"table": "procedure", "key": "P9", "reason": "twice"} | cells
    removed = ",".join(record) + "\n" + ",".join(map(_quoted, record.values())) + "\n"
    files = {"procedure.csv": text(good()).encode(), "removed.csv": removed.encode()}
    rows = {"procedure.csv": 6, "removed.csv": 1}
    said = {"submission_type": "CORRECTION", "reason": "correction"}
    return "export.zip", zipped(members(files, rows, **said))


def _in_register(said: str) -> Upload:
    study = f"study_id,site_ods_code,site_confirmation_date\n{_quoted(said)},ZZ101,2025-01-01\n"
    files = {"procedure.csv": text(good()).encode(), "study_site.csv": study.encode()}
    return "export.zip", zipped(members(files, {"procedure.csv": 6, "study_site.csv": 1}))


def workbook(
    change: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None],
) -> bytes:
    """An accepted workbook, but for what the change adds."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        said = book.add_worksheet("manifest")
        for line, (name, value) in enumerate([("field", "value"), *manifest().items()]):
            said.write_row(line, 0, [name, value])
        sheet = book.add_worksheet("procedure")
        for line, cells in enumerate([COLUMNS, *good()]):
            sheet.write_row(line, 0, cells)
        change(book, sheet)
    return buffer.getvalue()


NOTES = COLUMNS.index("comment")
IN_WORKBOOK: dict[str, Callable[[xlsxwriter.Workbook, object, str], None]] = {
    "cell": lambda book, sheet, said: sheet.write_string(3, NOTES, said),
    "number cell": lambda book, sheet, said: sheet.write_number(3, NOTES, float(_digits(said))),
    "number in a column of numbers": lambda book, sheet, said: sheet.write_number(
        3, COLUMNS.index("max_sbp"), float(_digits(said))
    ),
    "formula": lambda book, sheet, said: sheet.write_formula(3, NOTES, f'="{said}"&""', None, "x"),
    "rich text": lambda book, sheet, said: sheet.write_rich_string(
        3, NOTES, said[:3], book.add_format({"bold": True}), said[3:]
    ),
    "comment": lambda book, sheet, said: sheet.write_comment(3, 3, said),
    "comment's author": lambda book, sheet, said: sheet.write_comment(3, 3, "x", {"author": said}),
    "hidden sheet": lambda book, sheet, said: _sheet(book, "wards", said).hide(),
    "sheet of notes": lambda book, sheet, said: _sheet(book, "notes", said),
    "sheet of lists": lambda book, sheet, said: _sheet(book, "lists", said),
    "sheet's name": lambda book, sheet, said: book.add_worksheet(_digits(said)),
    "defined name": lambda book, sheet, said: book.define_name("who", f'="{said}"'),
    "title": lambda book, sheet, said: book.set_properties({"title": said}),
    "author": lambda book, sheet, said: book.set_properties({"author": said}),
    "custom property": lambda book, sheet, said: book.set_custom_property("who", said),
    "header of the page": lambda book, sheet, said: sheet.set_header(f"&L{said}"),
    "hint of a list": lambda book, sheet, said: sheet.data_validation(
        9, 9, 9, 9, {"validate": "any", "input_message": said}
    ),
    "link": lambda book, sheet, said: sheet.write_url(
        3, NOTES, f"https://example.org/{_digits(said)}", None, "x"
    ),
    "text box": lambda book, sheet, said: sheet.insert_textbox(9, 9, said),
}


def _digits(said: str) -> str:
    """The ten digits for a place that takes no others."""
    told = said.partition("e")[0].partition("E")[0].removesuffix(".0")
    digits = "".join(
        str(unicodedata.digit(c)) for c in told if unicodedata.digit(c, None) is not None
    )
    assert len(digits) == 10, said
    return digits


def _sheet(book: xlsxwriter.Workbook, name: str, said: str) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, "x")
    sheet.write_string(4, 2, said)
    return sheet


def _in_workbook(name: str) -> Callable[[str], Upload]:
    change = IN_WORKBOOK[name]
    return lambda said: ("export.xlsx", workbook(lambda book, sheet: change(book, sheet, said)))


def _with_part(part: str, content: Callable[[str], bytes]) -> Callable[[str], Upload]:
    def made(said: str) -> Upload:
        buffer = io.BytesIO(workbook(lambda book, sheet: None))
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr(part, content(said))
        return "export.xlsx", buffer.getvalue()

    return made


def _parquet(table: pa.Table) -> Upload:
    buffer = io.BytesIO()
    pa.parquet.write_table(table, buffer)
    files = {"procedure.parquet": buffer.getvalue()}
    return "export.zip", zipped(members(files, {"procedure.parquet": 6}))


def _table(**changed: pl.Series) -> pa.Table:
    frame = pl.DataFrame(good(), schema=COLUMNS, orient="row")
    return frame.with_columns(s.alias(n) for n, s in changed.items()).to_arrow()


def _unused_category(said: str) -> Upload:
    values = pa.DictionaryArray.from_arrays([0] * 6, ["ok", said])
    at = COLUMNS.index("comment")
    return _parquet(_table().set_column(at, "comment", values))


PLACES: dict[str, Callable[[str], Upload]] = {
    "free text": in_free_text,
    "id": _in_column("mdt_id"),
    "date": _in_column("procedure_date"),
    "code": _in_column("approach"),
    "set": _in_column("guidance"),
    "boolean": _in_column("supervised"),
    "header": _in_header,
    "UTF-16": _encoded("utf-16"),
    "UTF-8 with mark": _encoded("utf-8-sig"),
    "ragged row": lambda said: ("export.zip", _export((text(good()) + f"{said}\n").encode())),
    "preamble": lambda said: ("export.zip", _export(f"{said}\n{text(good())}".encode())),
    "name of the file": lambda said: (f"list {said}.zip", _export(text(good()).encode())),
    "name of a member": lambda said: _with_files(said, lambda s: {f"{_digits(s)}.csv": b"x"}),
    "name of a folder": lambda said: (
        "export.zip",
        zipped({f"{_digits(said)}/{n}": d for n, d in members(
            {"procedure.csv": text(good()).encode()}, {"procedure.csv": 6}).items()}),
    ),
    "unknown file": lambda said: _with_files(said, lambda s: {"readme.txt": s.encode()}),
    "unknown file, UTF-16": lambda said: _with_files(
        said, lambda s: {"readme.txt": s.encode("utf-16")}
    ),
    "litter": lambda said: _with_files(said, lambda s: {"__MACOSX/x": s.encode()}),
    "comment of the archive": _in_archive(_archive_comment),
    "comment of a member": _in_archive(_member_comment),
    "extra field of a member": _in_archive(_extra),
    "before the archive": lambda said: (
        "export.zip", said.encode() + b"\n" + _export(text(good()).encode())),
    "after the archive": lambda said: (
        "export.zip", _export(text(good()).encode()) + b"\n" + said.encode()),
    "reason of the manifest": lambda said: (
        "export.zip", _export(text(good()).encode(), submission_type="CORRECTION", reason=said)),
    "unknown field of the manifest": lambda said: (
        "export.zip", _export(text(good()).encode(), who=said)),
    "number in the manifest": lambda said: (
        "export.zip", _export(text(good()).encode(), who=[int(_digits(said))])),
    "key of a removed record": lambda said: _removed(key=said),
    "reason of a removed record": lambda said: _removed(reason=said),
    "register table": _in_register,
    **{f"workbook: {name}": _in_workbook(name) for name in IN_WORKBOOK},
    "workbook: unused string": _with_part(
        "xl/more.xml", lambda said: f"<sst><si><t>{said}</t></si></sst>".encode()),
    "workbook: part that is no XML": _with_part(
        "xl/printerSettings1.bin", lambda said: b"\x01\x00" + said.encode("utf-16-le")),
    "Parquet: text": lambda said: _parquet(_table(comment=pl.Series([said] * 6))),
    "Parquet: integer": lambda said: _parquet(
        _table(comment=pl.Series([int(_digits(said))] * 6))),
    "Parquet: float": lambda said: _parquet(_table(comment=pl.Series([float(_digits(said))] * 6))),
    "Parquet: name of a column": lambda said: _parquet(
        _table().append_column(said, pa.array(["x"] * 6))),
    "Parquet: metadata": lambda said: _parquet(_table().replace_schema_metadata({"who": said})),
    "Parquet: unused category": _unused_category,
}  # fmt: skip
# Where the text must be of one line, or a name, the format is what a system allows there.
PLAIN_ONLY = frozenset({"before the archive", "after the archive", "preamble", "ragged row"})


def uploads(number: str, turn: int, share: int = 1) -> Iterator[tuple[str, Upload]]:
    """Every format in free text, and every place, or one in `share`, in a format of its turn."""
    for form, say in FORMATS.items():
        yield f"free text, {form}", in_free_text(say(number))
    forms = list(FORMATS)
    for n, (place, put) in enumerate(PLACES.items()):
        if (n + turn) % share == 0:
            form = "ten digits" if place in PLAIN_ONLY else forms[(turn + n) % len(forms)]
            yield f"{place}, {form}", put(FORMATS[form](number))
