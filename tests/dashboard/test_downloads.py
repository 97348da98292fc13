"""What a figure gives: the same table as CSV and as a workbook, and its charts as pictures."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from dashboard.downloads import csv_bytes, xlsx_bytes
from dashboard.pictures import Picture
from tests.dashboard.twins import OPEN, TRUE, twin_homes
from tests.hostile_strings import SHOWN

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
RESTS_ON = {"data_to": "30 Sep 2026", "release": 14}
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
LATEST = "Data to 30 Sep 2026, release 14"


def given(monkeypatch, open_page, path, persona, **where):
    """The files that a page offers, made: by name, in the order offered."""
    found = []
    monkeypatch.setattr(
        "streamlit.download_button",
        lambda label, data, file_name, **_: found.append((file_name, data)),
    )
    page = open_page(path, persona, **where)
    assert not page.exception
    return page, {name: make() for name, make in found}


def of_csv(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def of_xlsx(content):
    """The cells of a workbook's one sheet, as CSV would write them."""
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet)
    return [[_text(cell) for cell in row] for row in rows.to_python(skip_empty_area=False)]


def _text(cell):
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return f"{cell:.12g}"
    return str(cell)


def same(csv_cell):
    """A cell of a CSV file as `of_xlsx` has it: numbers by their value, and no sign before text."""
    try:
        return f"{float(csv_cell):.12g}"
    except ValueError:
        return csv_cell.removeprefix("'")


def words(svg):
    return [
        text for one in ElementTree.fromstring(svg).iter() if (text := (one.text or "").strip())
    ]


def test_a_workbook_has_the_cells_of_the_csv_and_of_the_frame():
    frame = pl.DataFrame(
        {
            "site": ["ZZ102", None, "ZZ301"],
            "n": [3, None, 0],
            "rate": [0.1290322580645161, None, -1.5],
            "on": [date(2026, 4, 3), None, date(1899, 12, 31)],
            "met": [True, None, False],
            "of": [["a", "b"], [], None],
        }
    )
    sheet = of_xlsx(xlsx_bytes(frame, made_at=AT, **RESTS_ON))
    assert sheet == [[same(cell) for cell in row] for row in of_csv(csv_bytes(frame, **RESTS_ON))]
    assert sheet[0] == [*frame.columns, "data_to", "release"]
    assert sheet[1] == [
        *("ZZ102", "3", "0.129032258065", "2026-04-03", "true", "a; b"),
        *("30 Sep 2026", "14"),
    ]
    assert sheet[2] == ["", "", "", "", "", "", "30 Sep 2026", "14"]


def test_numbers_of_a_workbook_are_numbers_and_nothing_in_it_is_run():
    frame = pl.DataFrame({"text": [*SHOWN, "=1+1", "@SUM(A1)", "http://evil.example"], "n": 7.0})
    content = xlsx_bytes(frame, made_at=AT, **RESTS_ON)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        names = parts.namelist()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert not [name for name in names if "rels" in name and "sheet" in name]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[-3:]] == ["=1+1", "@SUM(A1)", "http://evil.example"]
    assert {row[1] for row in rows[1:]} == {7.0}


def test_a_page_gives_each_table_twice_with_the_same_cells(monkeypatch, open_page):
    _, files = given(monkeypatch, open_page, "complications", "governance")
    tables = [name for name in files if name.endswith(".csv")]
    assert len(tables) > 4
    for name in tables:
        sheet = of_xlsx(files[name.replace(".csv", ".xlsx")])
        assert [[same(cell) for cell in row] for row in sheet] == [
            [same(cell) for cell in row] for row in of_csv(files[name])
        ], name


def test_the_frame_that_is_given_is_the_one_that_is_shown(monkeypatch, open_page):
    page, files = given(monkeypatch, open_page, "complications", "governance", outcome="S2_30")
    shown = next(one.value for one in page.dataframe if {"Verdict", "Site"} <= set(one.value))
    rows = of_xlsx(files["ire-rates-S2_30-release-14.xlsx"])
    told = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [one["site_id"] for one in told] == list(shown["Site"])
    assert [one["n_of"] for one in told] == list(shown["n/known"])


@pytest.mark.parametrize(
    ("path", "persona"),
    [("complications", "governance"), ("outcomes", "lead"), ("home", "lead"), ("home", "team")],
)
def test_every_chart_is_given_as_a_picture_that_says_what_it_shows(
    monkeypatch, open_page, path, persona
):
    page, files = given(monkeypatch, open_page, path, persona)
    drawn = [one.proto.alt for one in page.get("vega_lite_chart")]
    pictures = [words(told) for name, told in files.items() if name.endswith(".svg")]
    assert len(pictures) == len(drawn) == sum(name.endswith(".png") for name in files)
    for reads, said in zip(drawn, pictures, strict=True):
        text = " ".join(said)
        assert reads.replace("; the table has the same", "") in text
        assert LATEST in text
        assert "NICE HTG532: use only in the context of research." in text
    for name, told in files.items():
        if name.endswith(".png"):
            assert told.startswith(b"\x89PNG")


def shown(files):
    """What each picture says that it is of, by the figure's name."""
    told = {name: " ".join(words(one)) for name, one in files.items() if name.endswith(".svg")}
    return {
        name.removeprefix("ire-").partition("-release")[0]: text[text.index("Shown: ") :]
        for name, text in told.items()
    }


def test_a_picture_says_what_is_chosen(monkeypatch, open_page):
    where = {"period": "2025/26 Q1", "site": "ZZ301"}
    _, files = given(monkeypatch, open_page, "complications", "governance", **where)
    text = shown(files)["rates-S5_30"]
    assert text.startswith("Shown: 1 Apr 2025 to 30 Jun 2025 (2025/26 Q1); all tumour types;")
    assert "Site ZZ301 (ZZ301)." in text
    assert "Provisional: 2025/26 is not locked" in text


def test_pictures_that_no_period_narrows_say_what_they_are_of(monkeypatch, open_page):
    where = {"period": "12 months", "follow": "ZZ302", "tumour": "HCC"}
    _, files = given(monkeypatch, open_page, "complications", "governance", **where)
    told = shown(files)
    assert told["cusum-S5_30"].startswith(
        "Shown: 1 Jun 2025 to 30 Sep 2026 (from the first on record); Hepatocellular carcinoma; "
        "all approaches; all sizes; Site ZZ302 (ZZ302). "
        "Provisional: 2025/26 to 2026/27 are not locked"
    )
    quarters = told["quarters-S5_30"]
    assert quarters.startswith("Shown: 1 Apr 2025 to 30 Jun 2025 (all quarters); Hepatocellular")
    assert "both own sites. Provisional: 2025/26 is not locked" in quarters


def test_the_picture_of_a_g_chart_is_of_the_site_followed(monkeypatch, open_page):
    where = {"outcome": "S2_30", "follow": "ZZ102"}
    _, files = given(monkeypatch, open_page, "complications", "team", **where)
    assert "Site ZZ102 (ZZ102)." in shown(files)["gaps-S2_30"]
    assert "all 6 sites." in shown(files)["rates-S2_30"]


def test_pictures_of_compliance_over_time_say_no_period(monkeypatch, open_page):
    where = {"period": "12 months", "site": "ZZ302"}
    told = shown(given(monkeypatch, open_page, "compliance", "governance", **where)[1])
    said = [text.partition(". ")[0] for text in told.values()]
    assert said == [
        "Shown: 1 Apr 2025 to 30 Jun 2025 (all quarters); Site ZZ302 (ZZ302)",
        "Shown: 1 Jun 2025 to 30 Sep 2026 (the whole time line); Site ZZ302 (ZZ302)",
    ]


@pytest.mark.parametrize(
    ("cohort", "says"),
    [
        ("period", "1 Oct 2023 to 30 Sep 2026 (rolling 36 months)"),
        ("all", "patients first treated at any time"),
    ],
)
def test_the_picture_of_a_curve_says_whom_it_follows(monkeypatch, open_page, cohort, says):
    _, files = given(monkeypatch, open_page, "outcomes", "governance", cohort=cohort)
    assert shown(files)["survival"].startswith(f"Shown: {says}; all tumour types; ")


def test_whatever_stands_in_a_picture_is_text(open_page):
    spec = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {}}
    for text in SHOWN:
        svg = Picture(lambda: spec, text, (text,)).svg()
        kinds = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(svg).iter()}
        assert kinds <= {"svg", "g", "path", "text", "rect", "defs", "style", "clipPath", "tspan"}
        assert not [one for one in ElementTree.fromstring(svg).iter() if "href" in one.attrib]


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    return twin_homes(tmp_path_factory.mktemp("twins"))


@pytest.mark.parametrize("path", OPEN)
def test_files_of_a_commissioner_are_functions_of_rounded_counts(
    monkeypatch, open_page, twins, path
):
    ours, theirs = (
        given(monkeypatch, open_page, path, "commissioner", at_home=home)[1] for home in twins
    )
    assert ours == theirs
    for name, told in ours.items():
        if name.endswith(".png"):
            continue
        text = (
            " ".join(words(told))
            if name.endswith(".svg")
            else " ".join(cell for row in of_csv(told) for cell in row)
            if name.endswith(".csv")
            else " ".join(cell for row in of_xlsx(told) for cell in row)
        )
        assert not [found[0] for found in NUMBER.finditer(text) if found[0] in TRUE], name


def test_a_count_that_is_suppressed_is_a_sign_in_either_table(monkeypatch, open_page, twins):
    page, files = given(monkeypatch, open_page, "compliance", "commissioner", at_home=twins[0])
    shown = next(one.value for one in page.dataframe if "C1" in one.value)
    (sign,) = shown[shown["Site"] == "ZZ201"]["C1"]
    assert sign == "▲ *"
    name = "ire-compliance-status-release-14"
    for rows in (of_csv(files[f"{name}.csv"]), of_xlsx(files[f"{name}.xlsx"])):
        told = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        (cell,) = [one for one in told if (one["site_id"], one["rule_id"]) == ("ZZ201", "C1")]
        assert (cell["breaches_text"], cell["told"]) == ("*", sign)
