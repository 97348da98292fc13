"""Clean and bad files of the procedure table, made in memory."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence

from expectations.dictionary import tables

PROCEDURE = tables()["procedure"]
COLUMNS = list(PROCEDURE.columns)
SITE, DATE, NUMBER, GRADE = (
    "ZZ101",
    "procedure_date",
    "patient_travel_km",
    "tof_count_at_first_pulse",
)
DEATH, NOTES, KEY = "discharge_date", "comment", "procedure_id"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

CONSTANTS = {
    "patient_pseudo_id": "0123456789ABCDEF" * 4,
    "site_ods_code": SITE,
    "mdt_id": "M1",
    "enrolment_id": "E1",
    "approval_id": "A1",
    "primary_operator_pseudo_id": "OP1",
    "second_operator_pseudo_id": "OP2",
    "supervised": "N",
    "admission_date": "",
    "discharge_date": "",
    "approach": "PERCUTANEOUS",
    "opcs4": "J12.8;Y12.3",
    "guidance": "CT;US",
    "anaesthesia": "GA",
    "nmb_used": "Y",
    "nmb_agent": "ROCURONIUM",
    "ecg_sync_used": "Y",
    "defib_pads_applied": "Y",
    "max_sbp": "150",
    "total_procedure_minutes": "120",
    "n_lesions_treated": "1",
    "completion_imaging": "CECT",
    "technical_success": "Y",
    "unplanned_icu": "N",
    "comment": "ok",
}


def row(i: int, **changed: str) -> list[str]:
    """A valid procedure with some cells changed."""
    cells = dict.fromkeys(COLUMNS, "") | CONSTANTS
    cells |= {KEY: f"P{i:05d}", DATE: f"{i % 27 + 1:02d}/04/2026"}
    cells |= {NUMBER: f"{10 + i % 30}.5", GRADE: str(i % 4)} | changed
    return [cells[name] for name in COLUMNS]


def good(n: int = 6) -> list[list[str]]:
    return [row(i) for i in range(1, n + 1)]


def quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"\r\n') else value


def text(
    rows: Sequence[Sequence[str]],
    header: Sequence[str] = COLUMNS,
    delimiter: str = ",",
    end: str = "\n",
    quote=quoted,
) -> str:
    lines = [delimiter.join(header), *(delimiter.join(map(quote, r)) for r in rows)]
    return end.join(lines) + end


def with_line_4(**changed: str) -> str:
    """The clean file with its third record, on line 4, changed."""
    rows = good()
    return text([*rows[:2], row(3, **changed), *rows[3:]])


def manifest(**changed: object) -> dict[str, object]:
    return {
        "spec_version": "1.0",
        "submitting_site": SITE,
        "period_start": "2026-04-01",
        "period_end": "2026-06-30",
        "extract_datetime": "2026-07-20T09:30:00+01:00",
        "submission_type": "INCREMENTAL",
        "caldicott_ack": True,
        "nil_return": False,
        "hes_ire_count": 6,
    } | changed


def listed(files: dict[str, bytes], rows: dict[str, int]) -> list[dict[str, object]]:
    return [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "row_count": rows[name]}
        for name, data in files.items()
    ]


def members(
    files: dict[str, bytes], rows: dict[str, int], /, **changed: object
) -> dict[str, bytes]:
    """The files of an export with the manifest that fits them."""
    fields = manifest() | {"files": listed(files, rows)} | changed
    return {"manifest.json": json.dumps(fields).encode(), **files}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def sheet_xml(rows: Sequence[Sequence[str]], before: str = "", after: str = "") -> str:
    """A sheet of inline text from raw XML cells."""
    lines = [
        f'<row r="{n}">'
        + "".join(
            f'<c r="{letters(k)}{n}" t="inlineStr"><is><t>{value}</t></is></c>'
            for k, value in enumerate(cells, 1)
            if value
        )
        + "</row>"
        for n, cells in enumerate(rows, 1)
    ]
    return (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="{SPREADSHEET}">'
        f"<sheetData>{''.join(lines)}{after}</sheetData></worksheet>"
    )


def letters(column: int) -> str:
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def workbook(sheets: dict[str, str], states: dict[str, str] | None = None) -> bytes:
    """A minimal workbook from raw sheet XML."""
    numbered = list(enumerate(sheets.items(), 1))
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n, _ in numbered
    )
    listing = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{(states or {}).get(name, "visible")}" '
        f'r:id="rId{n}"/>'
        for n, (name, _) in numbered
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in numbered
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f"{overrides}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship '
        f'Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}">'
        f"<sheets>{listing}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f"{relations}</Relationships>",
    } | {f"xl/worksheets/sheet{n}.xml": xml for n, (_, xml) in numbered}
    return zipped({name: data.encode() for name, data in parts.items()})
