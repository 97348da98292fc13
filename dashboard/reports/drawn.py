"""A board pack as PDF, HTML and XLSX: one pack, one sequence of bytes each."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Literal

import polars as pl
import typst
import xlsxwriter

from dashboard import charts, charts_time
from dashboard.layers import Layered
from dashboard.pictures import svg
from dashboard.reports.parts import Chart, Pack, Table, read
from sql.printable import printable
from sql.spreadsheets import shown

TEMPLATE = Path(__file__).parent / "pack.typ"
STANDARDS: list[Literal["a-3b", "ua-1"]] = ["a-3b", "ua-1"]  # kept for years, and read aloud
WIDTH = 640  # of a chart, in the points of its drawing

DRAWN: Mapping[str, Callable[..., Layered]] = {
    "rate_rows": charts.rate_rows,
    "time_line": charts_time.time_line,
}
# What one glance at the HTML needs; nothing is loaded from anywhere.
STYLE = (
    "body{font:16px/1.5 Arial,sans-serif;color:#212b32;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}h2{color:#005eb8}table{border-collapse:collapse;width:100%;font-size:14px}"
    "th,td{border-bottom:1px solid #d8dde0;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top}.right{text-align:right}.wide{overflow-x:auto}footer{color:#4c6272;"
    "font-size:12px;margin-top:2rem}svg{max-width:100%;height:auto}"
)


def pdf_of(pack: Pack) -> bytes:
    """The pack as PDF/A-3b and PDF/UA-1, its figures attached as figures.json."""
    printed = read(printable(asdict(pack)))
    drawn = {one.reads: svg_of(one) for section in printed.sections for one in section.charts}
    made: bytes = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,  # nothing else on the machine is in reach
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={
            "pack": printed.as_json(),
            "figures": pack.as_json(),
            "charts": json.dumps(drawn, ensure_ascii=False, sort_keys=True),
        },
        pdf_standards=[*STANDARDS],
        timestamp=int(datetime.fromisoformat(pack.made_at).timestamp()),
    )
    return made


def svg_of(one: Chart) -> str:
    """A chart as SVG, drawn from the data that the pack carries."""
    frame = pl.DataFrame(list(one.rows), infer_schema_length=None)
    spec = DRAWN[one.name](frame, **one.options).to_dict()
    return svg(spec | {"width": WIDTH})


def html_of(pack: Pack) -> str:
    """The pack as one HTML page without scripts, links or anything to load."""
    parts = []
    for section in pack.sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        parts += [f"<p>{escape(said)}</p>" for said in section.sentences]
        parts += [
            f"<figure>{svg_of(one)}<figcaption>{escape(one.reads)}</figcaption></figure>"
            for one in section.charts
        ]
        parts += [_html_table(one) for one in section.tables]
    told = " · ".join(f"{name} {digest}" for name, digest in sorted(pack.hashes.items()))
    return (
        f'<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{escape(pack.title)}'
        f"</title><style>{STYLE}</style><h1>{escape(pack.title)}</h1><p>{escape(pack.status)}. "
        f"{escape(pack.period)}.</p>{''.join(parts)}<footer>{escape(told)}</footer></html>"
    )


def _html_table(one: Table) -> str:
    if not one.rows:
        return f"<h3>{escape(one.title)}</h3><p>None.</p>"

    def cell(kind: str, heading: str, said: str) -> str:
        side = ' class="right"' if heading in one.right else ""
        return f"<{kind}{side}>{escape(said)}</{kind}>"

    head = "".join(cell("th", name, name) for name in one.headings)
    body = "".join(
        f"<tr>{''.join(cell('td', *each) for each in zip(one.headings, row, strict=True))}</tr>"
        for row in one.rows
    )
    return (
        f'<h3>{escape(one.title)}</h3><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def xlsx_of(pack: Pack) -> bytes:
    """The pack's tables as a workbook, a sheet a section; every cell is text."""
    made = io.BytesIO()
    made_at = datetime.fromisoformat(pack.made_at).replace(tzinfo=None)
    # Text stays text: a cell that starts like a formula is none.
    options: dict[str, Any] = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": pack.title, "created": made_at})
        bold = book.add_format({"bold": True})
        for number, section in enumerate(pack.sections, 1):
            sheet = book.add_worksheet(f"{number} {section.title}"[:31])
            sheet.set_column(0, 8, 24)
            row = 0
            for said in section.sentences:
                sheet.write_string(row, 0, shown(said))
                row += 1
            for one in section.tables:
                sheet.write_string(row + 1, 0, shown(one.title), bold)
                for column, heading in enumerate(one.headings):
                    sheet.write_string(row + 2, column, heading, bold)
                for place, cells in enumerate(one.rows, row + 3):
                    for column, said in enumerate(cells):
                        sheet.write_string(place, column, shown(said))
                row += 4 + len(one.rows)
    return made.getvalue()
