"""The site's own rows, as read, with every finding marked where it stands."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ingest.coded import as_text
from ingest.reading import LINE
from ingest.report_sheet import LAST_ROW, LINE_HEIGHT, fitted, frozen, written
from ingest.report_words import SEVERITY_WORDS
from sql.spreadsheets import LONGEST, shown

# A sheet of more cells than this shows only the rows with findings: nobody scrolls further.
MOST_CELLS = 1_500_000
MOST_COMMENTS = 10_000  # a sheet; Excel takes minutes to open more (the marks stay)
SAID = "findings"  # the column that says in words what is marked
LINE_SHOWN = "line"
SAID_WIDTH = 48  # characters; what is longer is wrapped

# Colour, and a border and a style that are seen without it.
_LOOKS: Mapping[str, dict[str, object]] = {
    "F": {"bg_color": "#F4C7B3", "border": 2, "bold": True},
    "R": {"bg_color": "#F4C7B3", "border": 2, "bold": True},
    "B": {"bg_color": "#FCE4B0", "border": 3, "underline": 1},
    "W": {"bg_color": "#CFE5F5", "border": 4, "italic": True},
}


class Marks:
    """The formats that mark a cell by its gravest finding."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        plain = {"num_format": "@", "valign": "top"}
        self.of: Mapping[str, Format] = {
            severity: book.add_format(plain | look) for severity, look in _LOOKS.items()
        }


def rows_shown(rows: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """All rows of a table or, of a very large one, those with a finding."""
    if rows.height * rows.width > MOST_CELLS:
        rows = rows.filter(pl.col(LINE).is_in(findings["line"].unique().implode()))
    return as_text(rows.head(LAST_ROW))


def annotated_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    rows: pl.DataFrame,
    findings: pl.DataFrame,
    looks: tuple[Marks, Format, Format],
) -> str:
    """Add a table's sheet: its line and what was found, then its values as read.

    Returns:
        A sentence about the sheet.
    """
    marks, text, head = looks
    sheet = book.add_worksheet(f"rows {name}"[:31])
    frame = _with_words(rows, findings)
    number = book.add_format({"valign": "top", "align": "left"})
    wrapped = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    ours = {LINE_SHOWN: number, SAID: wrapped}
    written(sheet, frame, head, dict.fromkeys(frame.columns, text) | ours)
    comments = _mark(sheet, frame, findings, marks)
    fitted(sheet, frame, {SAID: SAID_WIDTH})
    frozen(sheet, frame, 2)
    _heighten(sheet, frame)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.repeat_columns(0, 1)  # on paper too each value stands beside its line and findings
    cells = findings.select("line", "column").unique().height
    places = "1 place" if cells == 1 else f"{cells:,} places"
    lines = "1 row" if frame.height == 1 else f"{frame.height:,} rows"
    says = f"rows {name}: {lines}, {places} marked"
    more = f"; only the first {comments:,} carry a comment" if comments < cells else ""
    return says + more


def _heighten(sheet: Worksheet, frame: pl.DataFrame) -> None:
    """Give a row the height of its findings: the cell beside would cut what runs over."""
    lines = (frame[SAID].str.len_chars() / (SAID_WIDTH - 4)).ceil()
    for row, count in enumerate(lines, 1):
        if count is not None and count > 1:
            sheet.set_row(row, LINE_HEIGHT * count)


def _with_words(rows: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """The rows behind two columns of ours: the line, and the findings in words."""
    word = pl.col("severity").replace_strict(SEVERITY_WORDS, return_dtype=pl.String)
    place = pl.col("column").fill_null("the row")
    said = (
        findings.select(pl.col("line").alias(LINE), pl.format("{}: {}", word, place).alias(SAID))
        .group_by(LINE, maintain_order=True)
        .agg(pl.col(SAID).unique(maintain_order=True).str.join("; "))
    )
    columns = [name for name in rows.columns if name != LINE]
    return rows.join(said, on=LINE, how="left", maintain_order="left").select(
        pl.col(LINE).alias(LINE_SHOWN), SAID, *columns
    )


def _mark(sheet: Worksheet, frame: pl.DataFrame, findings: pl.DataFrame, marks: Marks) -> int:
    """Mark every cell that has a finding; gives how many carry a comment."""
    row_of = {line: row for row, line in enumerate(frame[LINE_SHOWN], 1)}
    place_of = {name: place for place, name in enumerate(frame.columns)}
    says = pl.format(
        "{} ({}): {} {}",
        pl.col("severity").replace_strict(SEVERITY_WORDS, return_dtype=pl.String),
        "rule",
        "message",
        "fix",
    )
    cells = findings.group_by("line", "column", maintain_order=True).agg(
        pl.col("severity").first(),  # findings come gravest first
        says.str.join("\n").alias("says"),
    )
    comments = 0
    for line, column, severity, sentence in cells.iter_rows():
        if line not in row_of:
            continue
        row, place = row_of[line], place_of.get(column or "", place_of[SAID])
        value = frame[row - 1, place]
        form = marks.of[severity]
        if value in (None, ""):
            sheet.write_blank(row, place, None, form)
        else:
            sheet.write_string(row, place, shown(str(value)), form)
        if comments < MOST_COMMENTS:
            sheet.write_comment(row, place, shown(sentence)[:LONGEST], _COMMENT)
            comments += 1
    return comments


_COMMENT = {"x_scale": 2.4, "y_scale": 1.3, "font_size": 9}
