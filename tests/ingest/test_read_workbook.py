"""XLSX and Parquet: the same values as CSV, read where a crash hurts nobody."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import time
import zipfile

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from ingest.canonical import canonical_digest
from ingest.conform import conform
from ingest.read import ExportRefused, Limits, RawExport, read_content
from ingest.sandbox import ChildTooSlow
from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    KEY,
    NOTES,
    NUMBER,
    PROCEDURE,
    good,
    letters,
    manifest,
    members,
    row,
    sheet_xml,
    text,
    with_line_4,
    workbook,
    zipped,
)

DATES = [COLUMNS.index(name) for name in (DATE, "admission_date", "discharge_date")]
NUMBERS = [COLUMNS.index(name) for name in (NUMBER, "max_sbp", "total_procedure_minutes")]
FIELDS = [["field", "value"], *([k, v] for k, v in manifest().items())]


def written(sheets: dict[str, list[list[object]]], is_1904: bool = False, **hidden: bool) -> bytes:
    """A workbook as a spreadsheet program writes it: numbers and dates typed."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "date_1904": is_1904, "default_date_format": "dd/mm/yyyy"}
    with xlsxwriter.Workbook(buffer, options) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, cells in enumerate(rows):
                sheet.write_row(n, 0, cells)
            if hidden.get(name):
                sheet.hide()
    return buffer.getvalue()


def typed_cells(cells: list[str]) -> list[object]:
    out: list[object] = list(cells)
    for at in DATES:
        out[at] = dt.datetime.strptime(cells[at], "%d/%m/%Y") if cells[at] else None
    for at in NUMBERS:
        out[at] = float(cells[at]) if cells[at] else None
    return out


SHEET: list[list[object]] = [COLUMNS, *(typed_cells(r) for r in good())]


def read(content: bytes, name: str = "procedure.xlsx") -> RawExport:
    return read_content(name, content, table="procedure")


def code_of(content: bytes, name: str = "upload.xlsx", table: str | None = "procedure") -> str:
    with pytest.raises(ExportRefused) as caught:
        read_content(name, content, table=table)
    return caught.value.code


def digest(export: RawExport) -> str:
    typed, findings, _ = conform(export.tables["procedure"], PROCEDURE)
    assert findings.height == 0
    return canonical_digest(export.manifest, {"procedure": typed})


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def typed_parquet() -> bytes:
    raw = read(text(good()).encode(), "procedure.csv").tables["procedure"]
    typed, _, _ = conform(raw, PROCEDURE)
    return parquet(typed.drop("source_line"))


def test_the_same_rows_give_one_frame_and_digest_in_every_format(tmp_path):
    csv = text(good()).encode()
    iso = [r.copy() for r in good()]
    for cells in iso:
        day, month, year = cells[DATES[0]].split("/")
        cells[DATES[0]] = f"{year}-{month}-{day}"
    forms = {
        "CSV": read_content("e.zip", zipped(members({"procedure.csv": csv}, {"procedure.csv": 6}))),
        "Parquet": read_content(
            "e.zip",
            zipped(members({"procedure.parquet": typed_parquet()}, {"procedure.parquet": 6})),
        ),
        "XLSX": read_content("e.xlsx", written({"manifest": FIELDS, "procedure": SHEET})),
        "1904": read_content("e.xlsx", written({"procedure": SHEET, "manifest": FIELDS}, True)),
        "ISO": read_content(
            "e.zip",
            zipped(members({"procedure.csv": text(iso).encode()}, {"procedure.csv": 6})),
        ),
    }
    assert len({digest(export) for export in forms.values()}) == 1
    frames = [conform(e.tables["procedure"], PROCEDURE)[0] for e in forms.values()]
    for frame in frames:
        assert frame.drop("source_line").equals(frames[0].drop("source_line"))
    assert forms["XLSX"].tables["procedure"].frame["source_line"].to_list() == [2, 3, 4, 5, 6, 7]
    assert forms["Parquet"].tables["procedure"].frame["source_line"].to_list() == [1, 2, 3, 4, 5, 6]


def test_cells_become_the_text_that_csv_would_hold():
    cells = typed_cells(row(1, comment="a\nb"))
    cells[COLUMNS.index(NUMBER)] = 1 / 3
    cells[COLUMNS.index("max_sbp")] = 12.0
    cells[COLUMNS.index("supervised")] = True
    cells[COLUMNS.index("mdt_id")] = 46115
    got = read(written({"any name": [COLUMNS, cells]})).tables["procedure"].frame.row(0, named=True)
    assert got[NUMBER] == "0.3333333333333333"
    assert got["max_sbp"] == "12"
    assert got["supervised"] == "Y"
    assert got["mdt_id"] == "46115"
    assert got[DATE] == "2026-04-02"
    assert got[NOTES] == "a\nb"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (DATE, 46115, "DATE_FORMAT"),
        (DATE, dt.datetime(2026, 4, 3, 13, 45), "DATE_FORMAT"),
        (NUMBER, dt.datetime(2026, 4, 3), "NUMBER"),
        (NUMBER, "#N/A", "NUMBER"),
        ("supervised", "=NA()", "TYPE"),
        (NUMBER, "=NA()", "NUMBER"),
    ],
)
def test_a_cell_of_another_kind_is_a_finding_on_its_row(column, value, rule):
    cells = typed_cells(row(3))
    cells[COLUMNS.index(column)] = value
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "dd/mm/yyyy hh:mm"}) as book:
        sheet = book.add_worksheet("S")
        for n, line in enumerate([COLUMNS, SHEET[1], cells]):
            for at, cell in enumerate(line):
                if cell == "=NA()":
                    sheet.write_formula(n, at, cell, None, "#N/A")
                elif cell is not None:
                    sheet.write(n, at, cell)
    raw = read(buffer.getvalue()).tables["procedure"]
    typed, findings, _ = conform(raw, PROCEDURE)
    assert findings.rows() == [(f"procedure.{column}.{rule}", 3, column)]
    assert typed[column][1] is None


def test_blank_rows_keep_the_sheets_row_numbers():
    export = read(written({"S": [COLUMNS, SHEET[1], [], ["  "], SHEET[2]]}))
    assert export.tables["procedure"].frame["source_line"].to_list() == [2, 5]
    assert export.records == {"procedure": 2}


def test_a_formulas_value_is_read_and_one_without_value_is_refused():
    at = letters(COLUMNS.index(NUMBER) + 1)
    clean = sheet_xml([COLUMNS, *good()])
    number = f'<c r="{at}3" t="inlineStr"><is><t>12.5</t></is></c>'
    assert number in clean
    with_value = clean.replace(number, f'<c r="{at}3"><f>6+7</f><v>13</v></c>')
    assert read(workbook({"S": with_value})).tables["procedure"].frame[NUMBER][1] == "13"
    without = clean.replace(number, f'<c r="{at}3"><f>6+7</f></c>')
    with pytest.raises(ExportRefused) as caught:
        read(workbook({"S": without}))
    assert (caught.value.code, caught.value.places[0].line) == ("XLSX_FORMULA", 3)


def test_merged_cells_are_refused_with_their_row():
    merged = sheet_xml([COLUMNS, *good()]).replace(
        "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A3:A4"/></mergeCells>'
    )
    with pytest.raises(ExportRefused) as caught:
        read(workbook({"S": merged}))
    assert (caught.value.code, caught.value.places[0].line) == ("XLSX_MERGED", 3)


def test_other_sheets_are_refused_hidden_or_not_and_ours_are_read_over():
    sheets = {"manifest": FIELDS, "procedure": SHEET}
    extra: list[list[object]] = [["a"], ["b"]]
    assert code_of(written({**sheets, "ward list": extra}), table=None) == "XLSX_SHEET"
    hidden = written({**sheets, "wards": extra}, wards=True)
    assert code_of(hidden, table=None) == "XLSX_SHEET"
    ours = written({**sheets, "notes": extra, "lists": extra}, lists=True)
    assert read_content("e.xlsx", ours).records == {"procedure": 6}
    assert code_of(written({"S": SHEET, "T": extra})) == "XLSX_SHEET"
    assert code_of(written({"procedure": SHEET}), table=None) == "MANIFEST"


def test_a_workbooks_manifest_may_count_rows():
    counted = [*FIELDS, ["rows.procedure", 6]]
    sheets = {"manifest": counted, "procedure": SHEET}
    assert read_content("e.xlsx", written(sheets)).records == {"procedure": 6}
    sheets["manifest"] = [*FIELDS, ["rows.procedure", 7]]
    assert code_of(written(sheets), table=None) == "ROW_COUNT"
    sheets["manifest"] = [*FIELDS, FIELDS[1]]
    assert code_of(written(sheets), table=None) == "MANIFEST"


def test_a_hidden_table_is_read_with_a_notice():
    sheets = {"manifest": FIELDS, "procedure": SHEET}
    export = read_content("e.xlsx", written(sheets, procedure=True))
    assert any("hidden" in sentence for sentence in export.notices)


@pytest.mark.parametrize(
    "cell",
    [
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        '<row r="1048576"><c><v>1</v></c></row><row r="9"><c r="XFD9"><v>1</v></c></row>',
        '<x:row xmlns:x="u" r="1048576"><x:c r="&#88;FD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="9"><c r="ZZZ9999999"><v>1</v></c></row>',
    ],
)
def test_a_far_cell_is_found_however_it_is_written(cell):
    assert code_of(workbook({"S": sheet_xml([COLUMNS, *good()], after=cell)})) == "XLSX_SIZE"


def test_a_far_cell_without_a_value_is_only_formatting():
    styled = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    content = workbook({"S": sheet_xml([COLUMNS, *good()], after=styled)})
    assert read(content).records == {"procedure": 6}


def test_hostile_xml_is_refused():
    rows = [COLUMNS, *good()]
    outside = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert code_of(workbook({"S": sheet_xml(rows, before=outside)})) == "XLSX_XML"
    assert code_of(workbook({"S": sheet_xml(rows)[:-20]})) == "XLSX_XML"
    odd = sheet_xml(rows, after='<row r="9"><c r="A-9"><v>1</v></c></row>')
    assert code_of(workbook({"S": odd})) == "XLSX_XML"


@pytest.mark.parametrize("index", ["1:15", "-1", "1.0", " 3 ", "x", "٣"])
def test_a_text_named_by_what_is_no_number_is_refused_and_not_read_as_another(index):
    content = written({"S": [COLUMNS, *map(typed_cells, good())]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    at = sheet.index(b"<v>", sheet.index(b't="s"', sheet.index(b'<row r="2"'))) + 3
    end = sheet.index(b"</v>", at)
    parts["xl/worksheets/sheet1.xml"] = sheet[:at] + index.encode() + sheet[end:]
    assert code_of(zipped(parts)) == "XLSX_XML"


def test_what_is_no_workbook_is_told_apart():
    ole = b"\xd0\xcf\x11\xe0" + bytes(100)
    assert code_of(ole) == "TYPE"
    assert code_of(ole + "EncryptedPackage".encode("utf-16-le")) == "XLSX_PASSWORD"
    assert code_of(text(good()).encode()) == "TYPE"
    assert code_of(zipped({"a.txt": b"x"})) == "TYPE"
    assert code_of(b"PK\x03\x04" + bytes(50)) == "ZIP_DAMAGED"
    assert code_of(workbook({"S": "<worksheet/>"})) == "EMPTY"
    assert code_of(written({"S": SHEET}), "upload.csv") == "TYPE"
    assert code_of(written({"S": SHEET}), "upload.zip", None) == "TYPE"


def test_a_bomb_of_text_is_refused_before_it_is_opened():
    long = sheet_xml([COLUMNS, *good()]).replace("</sheetData>", " " * 60_000_000 + "</sheetData>")
    assert code_of(workbook({"S": long})) == "XLSX_SIZE"


def test_a_child_that_needs_too_much_memory_or_time_dies_in_our_place():
    many = "".join(f'<row r="{n}"><c r="B{n}" t="s"><v>0</v></c></row>' for n in range(9, 100_000))
    content = workbook({"S": sheet_xml([COLUMNS, *good()], after=many)})
    with zipfile.ZipFile(buffer := io.BytesIO(content), "a", zipfile.ZIP_DEFLATED) as archive:
        shared = "<sst><si><t>" + "abcdefgh" * 2_000 + "</t></si></sst>"
        archive.writestr("xl/sharedStrings.xml", shared)
    started = time.monotonic()
    assert code_of(buffer.getvalue()) == "PARSER"
    assert time.monotonic() - started < 30


def test_a_machine_that_is_too_slow_is_our_fault_and_not_the_file_s():
    slow = Limits(50_000_000, 500_000_000, child_wall_seconds=0)
    with pytest.raises(ChildTooSlow):
        read_content("e.xlsx", written({"S": SHEET}), table="procedure", limits=slow)


def test_mutated_workbooks_are_read_or_refused_and_never_kill_us():
    content = written({"S": SHEET})
    for at in range(0, len(content), len(content) // 20):
        mutated = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
        with contextlib.suppress(ExportRefused):
            assert read(mutated).records


def test_parquet_values_are_the_text_that_csv_would_hold():
    frame = pl.DataFrame(good(1), schema=COLUMNS, orient="row").with_columns(
        pl.lit(dt.datetime(2026, 4, 3)).alias(DATE),
        pl.lit(1e-7).alias(NUMBER),
        pl.lit(150, pl.Int16).alias("max_sbp"),
        pl.lit(True).alias("supervised"),
        pl.lit("007").cast(pl.Categorical).alias("mdt_id"),
        pl.lit(None, pl.Null).alias("approval_id"),
        pl.lit('a "b",\nc').alias(NOTES),
    )
    got = read(parquet(frame), "p.parquet").tables["procedure"].frame.row(0, named=True)
    assert got[DATE] == "2026-04-03"
    assert got[NUMBER] == "0.0000001"
    assert (got["max_sbp"], got["supervised"], got["mdt_id"]) == ("150", "Y", "007")
    assert (got["approval_id"], got[NOTES]) == (None, 'a "b",\nc')


def test_parquet_numbers_that_are_none_and_times_are_findings():
    frame = pl.DataFrame(good(2), schema=COLUMNS, orient="row").with_columns(
        pl.Series(NUMBER, [float("nan"), float("inf")]),
        pl.Series(DATE, [dt.datetime(2026, 4, 3, 9), None]),
    )
    raw = read(parquet(frame), "p.parquet").tables["procedure"]
    _, findings, _ = conform(raw, PROCEDURE)
    assert set(findings.rows()) == {
        (f"procedure.{NUMBER}.NUMBER", 1, NUMBER),
        (f"procedure.{NUMBER}.NUMBER", 2, NUMBER),
        (f"procedure.{DATE}.DATE_FORMAT", 1, DATE),
    }


def test_parquet_rows_without_a_value_are_no_records_and_numbers_stay():
    frame = pl.DataFrame([good()[0], [""] * len(COLUMNS), good()[1]], schema=COLUMNS, orient="row")
    export = read(parquet(frame), "p.parquet")
    assert export.tables["procedure"].frame["source_line"].to_list() == [1, 3]
    assert any("passed over" in sentence for sentence in export.notices)


def test_parquet_that_is_nested_damaged_or_none_is_refused():
    nested = pl.DataFrame({KEY: [["a"]], DATE: [dt.time(1)]})
    assert code_of(parquet(nested), "p.parquet") == "COLUMN_TYPE"
    content = typed_parquet()
    broken = content[:200] + bytes(100) + content[300:]
    assert code_of(broken, "p.parquet") in ("PARSER", "ENCODING", "NUL")
    assert code_of(content[:-1], "p.parquet") == "TYPE"
    assert code_of(b"PAR1" + bytes(4) + b"PAR1", "p.parquet") == "PARSER"
    assert code_of(text(good()).encode(), "p.parquet") == "TYPE"


def test_parquet_that_claims_billions_of_rows_is_refused():
    many = pa.table({KEY: pa.array(["x"] * 1).take(pa.array([0] * 2_000_000))})
    buffer = io.BytesIO()
    pq.write_table(many, buffer)
    small = Limits(received=50_000_000, unpacked=1_000_000)
    with pytest.raises(ExportRefused) as caught:
        read_content("p.parquet", buffer.getvalue(), table="procedure", limits=small)
    assert caught.value.code == "SIZE"


def test_a_repeated_header_or_identifier_is_refused_in_a_workbook_too():
    assert code_of(written({"S": [*SHEET, COLUMNS]})) == "HEADER_REPEATED"
    numbers = with_line_4(comment="943-476-5919").splitlines()
    assert len(numbers) == 7
    seen = [*SHEET[:3], typed_cells(row(3, comment="NHS 9434765919."))]
    assert code_of(written({"S": seen})) == "IDENTIFIER"
    assert code_of(written({"S": SHEET[1:]})) == "HEADER"
