"""The report as a workbook: summary, findings, and the site's own rows with each finding marked.

Whatever came from an export is written as text and never evaluated: no formula, no link.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from math import ceil

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ingest.report_rows import Marks, annotated_sheet, rows_shown
from ingest.report_sheet import LAST_ROW, LINE_HEIGHT, fitted, frozen, written
from ingest.report_summary import summary_lines
from ingest.report_words import SEVERITY_WORDS, Told

# What a person looks for first stands first (the order that data managers asked for).
COLUMNS: Mapping[str, str] = {
    "case": "case",
    "period": "period",
    "message": "message",
    "fix": "fix",
    "rule": "rule",
    "severity": "severity",
    "table": "table",
    "column": "column",
    "line": "line",
    "file": "file",
    "effect": "effect",
    "status": "status",
    "answer": "answer",
    "key": "record",
}
WIDEST = {"message": 60, "fix": 48, "effect": 48, "case": 30, "rule": 36, "answer": 40}
SIGNS = 88  # characters of a line of the summary
MANY = 100_000  # findings; beyond, the summary says how to go about them
WRAPPED = 20_000  # findings up to which long sentences are wrapped: heights take time


def report_workbook(told: Told, rows: Mapping[str, pl.DataFrame]) -> bytes:
    """The workbook's bytes.

    Args:
        told: the submission, and what its check said.
        rows: each table as read: all columns text, and source_line; none for a refused
            export, of which nothing is kept.
    """
    file = BytesIO()
    options = {
        "in_memory": True,  # the rows never touch the disk
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": f"Report on submission {told.row['submission_id']}"})
        text = book.add_format({"num_format": "@", "valign": "top"})
        head = book.add_format({"bold": True, "bg_color": "#E8EDEE", "bottom": 1})
        summary = book.add_worksheet("summary")
        _findings_sheet(book, told, text, head)
        marks = Marks(book)
        places = told.report.findings.filter(~pl.col("is_held") & pl.col("line").is_not_null())
        said = []
        for name, frame in rows.items():
            here = places.filter(pl.col("table") == name)
            if here.height:
                shown = rows_shown(frame, here)
                said.append(annotated_sheet(book, name, shown, here, (marks, text, head)))
        _summary_sheet(summary, told, said, book)
    return file.getvalue()


def _findings_sheet(book: xlsxwriter.Workbook, told: Told, text: Format, head: Format) -> None:
    sheet = book.add_worksheet("findings")
    words = pl.col("severity").replace_strict(SEVERITY_WORDS, return_dtype=pl.String)
    frame = told.report.findings.select(
        words.alias(shown) if name == "severity" else pl.col(name).alias(shown)
        for name, shown in COLUMNS.items()
    ).head(LAST_ROW)
    wrapped = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    is_wrapped = frame.height <= WRAPPED
    formats = {name: wrapped if name in WIDEST and is_wrapped else text for name in frame.columns}
    formats["line"] = book.add_format({"valign": "top", "align": "left"})
    written(sheet, frame, head, formats)
    fitted(sheet, frame, WIDEST)
    frozen(sheet, frame, 1)
    if is_wrapped:
        _heighten(sheet, frame)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: fourteen columns
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _heighten(sheet: Worksheet, frame: pl.DataFrame) -> None:
    """Give each row the height of its longest sentence; not every program does so itself."""
    needed = frame.select(
        pl.max_horizontal(
            (pl.col(name).str.len_chars() / (width - 4)).ceil() for name, width in WIDEST.items()
        )
    ).to_series()
    for row, count in enumerate(needed, 1):
        if count is not None and count > 1:
            sheet.set_row(row, LINE_HEIGHT * count)


def _summary_sheet(
    sheet: Worksheet, told: Told, annotated: list[str], book: xlsxwriter.Workbook
) -> None:
    title = book.add_format({"bold": True, "font_size": 16})
    verdict = book.add_format({"bold": True, "font_size": 12, "text_wrap": True, "valign": "top"})
    label = book.add_format({"bold": True, "valign": "top"})
    value = book.add_format(
        {"num_format": "@", "text_wrap": True, "valign": "top", "align": "left"}
    )
    formats = {"title": title, "verdict": verdict, "": value}
    lines = summary_lines(told, annotated)
    if told.report.findings.height > MANY:
        lines.append(("Many findings", _many(told.report.findings.height)))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 96)
    for row, (name, says) in enumerate(lines):
        if name in ("title", "verdict"):
            sheet.merge_range(row, 0, row, 1, "", formats[name])
            sheet.write_string(row, 0, says, formats[name])
        else:
            sheet.write_string(row, 0, name, label)
            sheet.write_string(row, 1, says, value)
            # Said, not left to the reader: LibreOffice lets wrapped lines run together.
            sheet.set_row(row, LINE_HEIGHT * max(1, ceil(len(says) / SIGNS)))
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.activate()


def _many(findings: int) -> str:
    rest = findings - LAST_ROW
    cut = f" The last {rest:,} don't fit into a sheet of Excel." if rest > 0 else ""
    return (
        f"{findings:,} findings: filter the tab findings by rule; a rule that fires on most rows"
        f" usually has one cause in the export.{cut}"
    )
