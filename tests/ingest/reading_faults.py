"""One fault for each rule of the reading, put into an export that has none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from ingest.reading import BROWSER, Limits
from tests.ingest.clean_case import case, case_of_two_lesions
from tests.ingest.clean_export import Export, export_of
from tests.ingest.reading_files import (
    COLUMNS,
    good,
    sheet_xml,
    workbook,
    zipped,
)


@dataclass(frozen=True)
class Sent:
    """What is sent, how it is called, and the rule that must speak (with those beside it)."""

    rule: str
    content: bytes
    name: str = "export.zip"
    table: str | None = None  # of a single table's file
    limits: Limits = BROWSER
    linkage_key: bytes | None = None  # where the site may send NHS numbers
    comes_with: str = ""
    registry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> frozenset[str]:
        return frozenset([self.rule, *self.comes_with.split()])


CLEAN = export_of([case(1), case(2), case_of_two_lesions(3)])
NHS_NUMBER = b"943 476 5919"  # of the range that is kept for tests


def reading_faults() -> Iterator[Sent]:
    """A sent file for each rule of the reading, and for K01, K02 and K08."""
    for rule, change in IN_PROCEDURES.items():
        yield Sent(rule, changed("procedure.csv", change))
    yield Sent("READ.EMPTY", changed("lesion.csv", lambda _: b""))
    odd = "Voltaris\u200b 6".encode()
    yield Sent(
        "READ.CHARACTER",
        changed("operator_training.csv", lambda data: data.replace(b"Voltaris 6", odd, 1)),
    )
    yield Sent(
        "READ.DIGITS_LOST",
        changed("operator_training.csv", lambda data: data.replace(b"T1,", b"1.23457E+19,", 1)),
    )
    yield Sent("K08b", changed("operator_training.csv", _ids_of_ten_digits))
    yield Sent("K08c", changed("patient.csv", _numbered(b"9434765919")), linkage_key=b"l" * 32)
    yield Sent("K08d", changed("patient.csv", _numbered(b"9434765918")), linkage_key=b"l" * 32)
    yield from _archives()
    yield from _single_files()


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The clean export with one file changed, its manifest made to fit."""
    content = change(CLEAN.files[name])
    assert content != CLEAN.files[name]
    count = 0 if name in EMPTIED.get(content, ()) else CLEAN.counts[name]
    return replace(
        CLEAN,
        files={**CLEAN.files, name: content},
        counts={**CLEAN.counts, name: count},
    ).zipped()


def _header(data: bytes) -> bytes:
    return data.split(b"\n", 1)[0]


def _first_comment(by: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"without event", by, 1)


IN_PROCEDURES: Mapping[str, Callable[[bytes], bytes]] = {
    "READ.ENCODING": _first_comment(b"without \x81"),
    "READ.NUL": _first_comment(b"without \0"),
    "READ.HEADER": lambda data: data.split(b"\n", 1)[1],
    "READ.HEADER_DUPLICATE": lambda data: data.replace(b",comment\n", b",anaesthesia\n", 1),
    "READ.HEADER_REPEATED": lambda data: data + _header(data) + b"\n",
    "READ.RAGGED": lambda data: data.replace(b",without event", b"", 1),
    "READ.QUOTING": _first_comment(b'"without event'),
    "READ.NO_ROWS": lambda data: _header(data) + b"\n",
    "K02": lambda data: data.replace(b",comment\n", b",colour\n", 1),
    "K08": _first_comment(b"see " + NHS_NUMBER),
    "K08e": _first_comment(b"moved to S8 2ND"),
}
EMPTIED: Mapping[bytes, tuple[str, ...]] = {
    b"": ("lesion.csv",),
    _header(CLEAN.files["procedure.csv"]) + b"\n": ("procedure.csv",),
}


def _ids_of_ten_digits(data: bytes) -> bytes:
    """Three ids of ten digits, of which one passes the check."""
    for old, new in ((b"T1,", b"9434765919,"), (b"T2,", b"9434765918,"), (b"T3,", b"9434765917,")):
        data = data.replace(old, new, 1)
    return data


def _numbered(number: bytes) -> Callable[[bytes], bytes]:
    """With a column of NHS numbers, of which the first patient has one."""

    def change(data: bytes) -> bytes:
        header, first, *others = data.splitlines()
        rows = [header + b",nhs_number", first + b"," + number, *(row + b"," for row in others)]
        return b"\n".join(rows) + b"\n"

    return change


def _archives() -> Iterator[Sent]:
    whole = CLEAN.zipped()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(files["manifest.json"])
    told["files"][0]["sha256"] = "0" * 64
    yield Sent("K01", zipped({**files, "manifest.json": json.dumps(told).encode()}))
    more = {
        "READ.FILE_UNKNOWN": ("ward_list.csv", b"a\nb\n", 1),
        "READ.FILE_TWICE": ("PROCEDURE .csv", CLEAN.files["procedure.csv"], 3),
        "READ.REMOVED": ("removed.csv", b"table,key,reason\nprocedure,P1,entered twice\n", 1),
    }
    for rule, (name, data, rows) in more.items():
        sent = Export({**CLEAN.files, name: data}, {**CLEAN.counts, name: rows}, {})
        yield Sent(rule, sent.zipped())
    yield Sent("READ.ZIP_DAMAGED", whole[:-30])
    yield Sent("READ.ZIP_RATIO", zipped({**files, "lesion.csv": bytes(20_000_000)}))
    yield Sent("READ.ZIP_PATH", zipped({**files, "../lesion.csv": b"a"}))
    yield Sent("READ.ZIP_NESTED", zipped({**files, "more.zip": whole}))
    entry = b"PK\x01\x02\x14\x03\x14\x00"
    yield Sent("READ.ZIP_PASSWORD", whole.replace(entry + b"\x00\x00", entry + b"\x01\x00"))
    twice = io.BytesIO(whole)
    with zipfile.ZipFile(twice, "a") as archive:
        archive.NameToInfo.clear()  # else a warning that this is odd
        archive.writestr("lesion.csv", b"a")
    yield Sent("READ.ZIP_DUPLICATE", twice.getvalue())
    few = replace(BROWSER, members=5)
    yield Sent("READ.ZIP_MEMBERS", whole, limits=few)
    yield Sent("READ.ZIP_SIZE", whole, limits=replace(BROWSER, unpacked=1_000))
    yield Sent("READ.SIZE", whole, limits=replace(BROWSER, received=100))


def _single_files() -> Iterator[Sent]:
    """A table's file, or a workbook: what only these can have."""
    rows = [COLUMNS, *good()]
    sheet = sheet_xml(rows)

    def book(rule: str, xml: str, sheets: Mapping[str, str] = {}) -> Sent:
        return Sent(rule, workbook({"S": xml, **sheets}), "procedure.xlsx", "procedure")

    yield Sent("READ.TYPE", zipped({}), "procedure.csv", "procedure")
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    yield book("READ.XLSX_SIZE", sheet_xml(rows, after=far))
    outside = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    yield book("READ.XLSX_XML", sheet_xml(rows, before=outside))
    text_cell = '<c r="A3" t="inlineStr"><is><t>P00002</t></is></c>'
    assert text_cell in sheet
    yield book("READ.XLSX_FORMULA", sheet.replace(text_cell, '<c r="A3"><f>6+7</f></c>'))
    merged = '</sheetData><mergeCells><mergeCell ref="A3:A4"/></mergeCells>'
    yield book("READ.XLSX_MERGED", sheet.replace("</sheetData>", merged))
    yield book("READ.XLSX_SHEET", sheet, {"ward list": sheet_xml([["a"], ["b"]])})
    locked = b"\xd0\xcf\x11\xe0" + bytes(100) + "EncryptedPackage".encode("utf-16-le")
    yield Sent("READ.XLSX_PASSWORD", locked, "procedure.xlsx", "procedure")
    nested = io.BytesIO()
    pl.DataFrame({"procedure_id": [["a"]]}).write_parquet(nested)
    yield Sent("READ.COLUMN_TYPE", nested.getvalue(), "procedure.parquet", "procedure")
    no_footer = b"PAR1" + bytes(4) + b"PAR1"
    yield Sent("READ.PARSER", no_footer, "procedure.parquet", "procedure")
