"""200 strings that a file might take for more than text, through the dashboard's exports."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pypdf
import pytest

from dashboard.downloads import csv_bytes
from dashboard.reports.drawn import html_of, pdf_of, xlsx_of
from dashboard.reports.making import NATIONAL, PUBLIC, attached, make
from dashboard.reports.parts import Section, Table
from sql.printable import printable
from sql.spreadsheets import LIVE, SIGNS
from tests.dashboard.conftest import make_home
from tests.hostile_strings import EXPORTED
from tests.ingest.test_receipt import Page
from tests.ingest.test_report_workbook import parts, strings, unescaped
from tests.sql.small_release import procedures, write_release

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
HARMLESS = [f"text {number}" for number in range(len(EXPORTED))]


def test_there_are_200_strings_and_no_two_are_equal():
    assert len(EXPORTED) == len(set(EXPORTED)) == 200


def without_marks(cell, text):
    """The cell without each ' that stands before what the text has next."""
    place = 0
    for sign in cell:
        if place < len(text) and sign == text[place]:
            place += 1
        elif sign != "'":
            return None
    return text[:place]


def read(content, delimiter):
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.fixture(scope="module")
def downloaded():
    frame = pl.DataFrame({"n": [-1.5] * 200, "text": EXPORTED, "list": [[one] for one in EXPORTED]})
    return csv_bytes(frame.select("text", "n", "list"), data_to="30 Sep 2026", release=14)


def test_each_cell_of_a_download_is_the_text_and_each_number_a_number(downloaded):
    _, *rows = read(downloaded, ",")
    assert [without_marks(row[0], text) for row, text in zip(rows, EXPORTED, strict=True)] == (
        EXPORTED
    )
    assert all(row[0] == row[2] and row[1] == "-1.5" for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_download_is_live_whatever_parts_the_cells(downloaded, delimiter):
    """A spreadsheet of another country parts cells at ; and reads no quotes within a line."""
    cells = [cell for row in read(downloaded, delimiter) for cell in row if cell != "-1.5"]
    assert [cell for cell in cells if is_live(cell)] == []


def is_live(cell):
    return cell.startswith(LIVE) or cell.strip(" \u00a0\u200b\ufeff\u202e").startswith(SIGNS)


@pytest.fixture(scope="module")
def empty_pack(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("hostile") / "home")
    return make(write_release(home, procedures("ZZ301", 12)), PUBLIC, NATIONAL, NOW)


def pack_of(pack, texts):
    """A pack whose every text is of others."""
    said = Table(texts[5], ["one", "two"], [[one, one] for one in texts])
    return replace(pack, title=texts[0], sections=[Section("Said", texts, [said])])


def test_a_board_pack_as_html_has_no_tag_or_attribute_of_theirs(empty_pack):
    made, usual = (Page(html_of(pack_of(empty_pack, texts))) for texts in (EXPORTED, HARMLESS))
    assert made.tags == usual.tags
    assert made.attributes == usual.attributes
    assert [text for text in EXPORTED if made.text.count(text) < 3] == []


def test_a_board_pack_as_workbook_holds_their_text_as_text(empty_pack):
    made = xlsx_of(pack_of(empty_pack, EXPORTED))
    held = [unescaped(text) for text in strings(made)]
    assert [text for text in EXPORTED if text.replace("\0", "\ufffd") not in held] == []
    for name, content in parts(made).items():
        assert b"<f>" not in content, name
        assert b"hyperlink" not in content, name


def test_a_board_pack_as_pdf_says_their_text_and_attaches_it_unchanged(empty_pack):
    pack = pack_of(empty_pack, EXPORTED)
    made = pdf_of(pack)
    pages = pypdf.PdfReader(io.BytesIO(made)).pages
    assert not any("/Annots" in page for page in pages)
    said = "".join("".join(page.extract_text() for page in pages).split())
    assert [text for text in EXPORTED if "".join(printable(text).split()) not in said] == []
    assert attached(made).as_json() == pack.as_json()
