"""The report workbook, read back: its tabs, its text cells, its comments and its bounds."""

import re
import time
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from xml.etree import ElementTree

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from ingest import report_rows
from ingest.effect_words import with_sentences
from ingest.report_frames import EXCLUSION_SCHEMA, FINDING_SCHEMA, Report, Since
from ingest.report_sheet import LINE_HEIGHT
from ingest.report_words import Told
from ingest.report_workbook import COLUMNS, report_workbook
from sql.spreadsheets import CUT, LONGEST, shown

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = [
    '=HYPERLINK("http://x.example","press")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "<script>alert(1)</script>",
    "http://x.example/",
    "mailto:a@x.example",
    "_x0041_",
    "bell \x07 here",
    "0000123",
    "1.1E+08",
    "12345678901234567890",
    "Sjögren – 北京 🙂 \u202eevil",
    "{=1+1}",
    "'quoted",
]
ROW = {
    "submission_id": "20261116-abc",
    "site_ods_code": "ZZ101",
    "state": "held",
    "filename": "März.zip",
    "bytes": 12_345,
    "sha256": "ab" * 32,
    "received_at": "2026-11-16T12:00:00.000000+00:00",
    "received_by": "data manager",
    "period_start": "2026-04-01",
    "period_end": "2026-06-30",
    "submission_type": "INCREMENTAL",
    "canonical_digest": "cd" * 32,
    "code": None,
    "records_read": 3,
    "records_excluded": 0,
    "decided_at": None,
}


def finding(**said):
    usual = {
        "rule": "procedure.comment.PATTERN",
        "code": "PATTERN",
        "severity": "R",
        "table": "procedure",
        "file": "procedure.csv",
        "line": 2,
        "column": "comment",
        "key": "0000123",
        "message": "Comment: wrong.",
        "fix": "Mend it.",
        "finding_id": "f",
        "indicators": "C2; C11",
        "procedures": 1,
        "case": "0000123",
        "period": "2026/27 Q1",
        "is_held": False,
        "status": "new",
        "answer": None,
    }
    return usual | said


def told(*findings, state="held", verdict="held", since=None, **said):
    frame = pl.DataFrame(list(findings), schema=FINDING_SCHEMA, orient="row")
    report = Report(
        verdict=verdict,
        records={"procedure": 3},
        notices=("Read as Windows-1252.",),
        not_evaluated=(),
        not_evaluable={"P10": 2},
        findings=with_sentences(frame),
        exclusions=pl.DataFrame(schema=EXCLUSION_SCHEMA),
        since=since,
    )
    return Told(ROW | {"state": state} | said, report)


def rows(values, column="comment"):
    return {
        "procedure": pl.DataFrame(
            {
                "procedure_id": [f"{n:07}" for n in range(len(values))],
                column: values,
                "source_line": range(2, 2 + len(values)),
            },
            schema={"procedure_id": pl.String, column: pl.String, "source_line": pl.Int64},
        )
    }


def sheets(book):
    read = CalamineWorkbook.from_filelike(BytesIO(book))
    return {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


def parts(book):
    with zipfile.ZipFile(BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def strings(book):
    """The shared strings as XML holds them, unescaped by nobody."""
    table = ElementTree.fromstring(parts(book)["xl/sharedStrings.xml"])
    return ["".join(t.text or "" for t in item.iter(f"{MAIN}t")) for item in table]


def test_the_tabs_are_summary_findings_and_the_tables_with_a_finding():
    book = report_workbook(told(finding()), rows(["a", "b"]) | {"patient": rows([])["procedure"]})
    assert list(sheets(book)) == ["summary", "findings", "rows procedure"]


def test_findings_stand_in_the_order_that_data_managers_asked_for():
    book = report_workbook(told(finding(), finding(severity="B", rule="D02")), rows(["a"]))
    head, first, second = sheets(book)["findings"]
    assert head == list(COLUMNS.values())
    assert head[:8] == ["case", "period", "message", "fix", "rule", "severity", "table", "column"]
    assert head[8:12] == ["line", "file", "effect", "status"]
    assert first[0] == "0000123"
    assert first[5] == "cannot be used"
    assert first[8] == 2
    assert second[5] == "breach of the guidance"


def test_ids_are_text_cells_and_lines_are_numbers():
    sheet = ElementTree.fromstring(
        parts(report_workbook(told(finding()), rows(["a"])))["xl/worksheets/sheet2.xml"]
    )
    kinds = {cell.get("r"): cell.get("t") for cell in sheet.iter(f"{MAIN}c")}
    assert kinds["A2"] == "s"  # the case 0000123
    assert kinds["N2"] == "s"  # the record's key
    assert kinds["I2"] is None  # the line


def test_every_sheet_is_frozen_filtered_and_fitted():
    made = parts(report_workbook(told(finding()), rows(["a"])))
    for sheet in ("sheet2", "sheet3"):
        tree = ElementTree.fromstring(made[f"xl/worksheets/{sheet}.xml"])
        assert tree.find(f".//{MAIN}pane").get("state") == "frozen"
        assert tree.find(f"{MAIN}autoFilter") is not None
        widths = [float(col.get("width")) for col in tree.iter(f"{MAIN}col")]
        assert min(widths) > 8
        assert max(widths) < 62


def test_the_rows_print_with_their_line_and_findings_whole_on_every_page():
    many = [finding(rule=f"procedure.column_{n}.CODE", column=f"column_{n}") for n in range(6)]
    book = report_workbook(told(*many), rows(["a", "b"]))
    sheet = parts(book)["xl/worksheets/sheet3.xml"].decode()
    assert 'orientation="landscape"' in sheet
    # "cannot be used: column_0" and five more are 154 characters: four lines of 44
    ((row, height),) = re.findall(r'<row r="([0-9]+)"[^>]* ht="([0-9.]+)"', sheet)
    assert row == "2"
    assert 4 * LINE_HEIGHT <= float(height) < 5 * LINE_HEIGHT
    titles = parts(book)["xl/workbook.xml"].decode()
    assert "'rows procedure'!$A:$B,'rows procedure'!$1:$1" in titles


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_text_unchanged_and_never_live(value):
    book = report_workbook(told(finding(case=value, answer=value)), rows([value]))
    made = parts(book)
    for name, content in made.items():
        if name.startswith("xl/worksheets/sheet"):
            tree = ElementTree.fromstring(content)
            assert not list(tree.iter(f"{MAIN}f")), "a formula"
            assert not list(tree.iter(f"{MAIN}hyperlink")), "a link"
        assert b'TargetMode="External"' not in content
    assert "http" not in sheets(book)["summary"][0][0]
    assert value in [unescaped(text) for text in strings(book)]


def unescaped(text):
    """A string as Excel reads it: _x0007_ is the character 7."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def test_control_characters_and_what_looks_like_their_escape_come_back():
    held = strings(report_workbook(told(finding()), rows(["bell \x07", "_x0041_", "nul \x00"])))
    assert "bell _x0007_" in held
    assert "_x005F_x0041_" in held
    assert "nul \ufffd" in held


def test_the_annotated_rows_are_the_values_as_read_beside_their_line():
    book = report_workbook(told(finding(line=3)), rows(["  kept ", "0012", None]))
    head, first, second, third = sheets(book)["rows procedure"]
    assert head == ["line", "findings", "procedure_id", "comment"]
    assert first == [2, "", "0000000", "  kept "]
    assert second == [3, "cannot be used: comment", "0000001", "0012"]
    assert third[:3] == [4, "", "0000002"]


def comments(book):
    tree = ElementTree.fromstring(parts(book)["xl/comments1.xml"])
    return {
        comment.get("ref"): "".join(t.text or "" for t in comment.iter(f"{MAIN}t"))
        for comment in tree.iter(f"{MAIN}comment")
    }


def test_a_finding_is_a_comment_a_colour_and_a_second_cue_at_its_cell():
    book = report_workbook(
        told(
            finding(line=2),
            finding(line=2, severity="W", rule="W1", message="Odd.", fix="Look."),
            finding(line=3, severity="B", rule="D02", column="procedure_id"),
        ),
        rows(["a", "b"]),
    )
    assert comments(book) == {
        "D2": "cannot be used (procedure.comment.PATTERN): Comment: wrong. Mend it.\n"
        "query (W1): Odd. Look.",
        "C3": "breach of the guidance (D02): Comment: wrong. Mend it.",
    }
    looks = cell_looks(book, "sheet3")
    assert looks["D2"] == ("FFF4C7B3", True, False, "medium")
    assert looks["C3"] == ("FFFCE4B0", False, True, "dashed")
    assert looks["D3"] == (None, False, False, None)


def cell_looks(book, sheet):
    """Of each cell: fill, bold, underlined, border."""
    made = parts(book)
    styles = ElementTree.fromstring(made["xl/styles.xml"])
    fonts, fills, borders = (
        list(styles.find(f"{MAIN}{name}")) for name in ("fonts", "fills", "borders")
    )
    looks = []
    for style in styles.find(f"{MAIN}cellXfs"):
        font = fonts[int(style.get("fontId"))]
        colour = fills[int(style.get("fillId"))].find(f".//{MAIN}fgColor")
        border = borders[int(style.get("borderId"))].find(f"{MAIN}left")
        looks.append(
            (
                colour.get("rgb") if colour is not None else None,
                font.find(f"{MAIN}b") is not None,
                font.find(f"{MAIN}u") is not None,
                border.get("style") if border is not None else None,
            )
        )
    tree = ElementTree.fromstring(made[f"xl/worksheets/{sheet}.xml"])
    return {cell.get("r"): looks[int(cell.get("s") or 0)] for cell in tree.iter(f"{MAIN}c")}


def test_a_finding_about_a_row_or_an_absent_column_is_marked_beside_the_line():
    book = report_workbook(
        told(finding(column=None), finding(line=3, column="not_sent")), rows(["a", "b"])
    )
    assert set(comments(book)) == {"B2", "B3"}
    assert sheets(book)["rows procedure"][1][1] == "cannot be used: the row"


def test_a_finding_on_a_record_accepted_before_marks_no_row_of_this_export():
    book = report_workbook(told(finding(is_held=True, line=2)), rows(["a"]))
    assert list(sheets(book)) == ["summary", "findings"]


def test_a_refused_export_has_no_rows():
    refused = told(finding(severity="F", rule="K03"), state="refused", verdict="refused",
                   code="SITE_SCOPE")  # fmt: skip
    made = sheets(report_workbook(refused, {}))
    assert list(made) == ["summary", "findings"]
    words = " ".join(str(cell) for line in made["summary"] for cell in line)
    assert "Refused (SITE_SCOPE): nothing of this export was kept." in words
    assert "none: nothing of a refused export is kept" in words


def test_no_findings_make_a_workbook_with_empty_findings():
    clean = told(state="accepted", verdict="accepted")
    made = sheets(report_workbook(clean, rows(["a"])))
    assert list(made) == ["summary", "findings"]
    assert made["findings"] == [list(COLUMNS.values())]
    words = [cell for line in made["summary"] for cell in line]
    assert "Accepted: 3 rows read, 0 rows left out; what was accepted is published." in words
    assert "Nothing has to be done." in words


def test_the_summary_says_what_was_found_what_to_do_and_what_changed():
    earlier = Since(
        "20261001-x", datetime(2026, 10, 1, tzinfo=UTC), 1, 0, 4,
        told(finding(), finding()).report.findings,
    )  # fmt: skip
    made = sheets(report_workbook(told(finding(), since=earlier), rows(["a"])))["summary"]
    said = {line[0]: line[1] for line in made if line[0]}
    assert "Report on submission 20261116-abc" in said
    assert "Held: 3 rows read, nothing published, until you decide on 1 finding." in said
    assert said["What to do next"].endswith("on the page Submissions, by 14 Dec 2026.")
    assert said["Cannot be used"] == "1"
    assert said["Since last time"] == (
        "1 new, 0 persisting, 2 resolved since 20261001-x; 4 on records not sent again"
    )
    assert said["Period"] == "2026/27 Q1"
    assert said["SHA-256 of the file"] == "ab" * 32
    assert said["Received"] == "16 Nov 2026, 12:00 GMT by data manager"
    assert said["File"] == "März.zip, 12,345 bytes"
    assert said["Read with these repairs"] == "Read as Windows-1252."
    assert said["Could not tell, on rows"] == "P10 on 2"


def test_a_long_line_of_the_summary_has_the_height_it_needs():
    book = report_workbook(told(finding(), state="accepted", verdict="accepted"), rows(["a"]))
    tree = ElementTree.fromstring(parts(book)["xl/worksheets/sheet1.xml"])
    heights = [float(row.get("ht") or 15) for row in tree.iter(f"{MAIN}row")]
    assert max(heights) > 40  # how cells are marked takes four lines


def test_a_cell_and_a_comment_hold_no_more_than_excel_can():
    long = "x" * 40_000
    assert len(shown(long)) == LONGEST
    assert shown(long).endswith(CUT)
    assert len(shown("🙂" * 20_000).encode("utf-16-le")) // 2 <= LONGEST
    assert shown("x" * LONGEST) == "x" * LONGEST
    book = report_workbook(told(finding(message=long)), rows([long]))
    assert all(len(text) <= LONGEST for text in strings(book))
    assert all(len(text) <= LONGEST for text in comments(book).values())


def test_a_sheet_carries_no_more_comments_than_excel_opens(monkeypatch):
    monkeypatch.setattr(report_rows, "MOST_COMMENTS", 2)
    book = report_workbook(told(*(finding(line=n) for n in range(2, 7))), rows(["a"] * 5))
    assert len(comments(book)) == 2
    assert cell_looks(book, "sheet3")["D6"][0] == "FFF4C7B3"  # marked all the same
    said = " ".join(str(cell) for line in sheets(book)["summary"] for cell in line)
    assert "5 places marked; only the first 2 carry a comment" in said


def test_a_very_large_table_shows_the_rows_with_findings(monkeypatch):
    monkeypatch.setattr(report_rows, "MOST_CELLS", 10)
    book = report_workbook(told(finding(line=4)), rows(["a"] * 5))
    assert [line[0] for line in sheets(book)["rows procedure"]] == ["line", 4]


@pytest.mark.trial
def test_a_hundred_thousand_findings_are_all_there_in_time_that_grows_no_faster():
    def made(count):
        one = told(finding())
        many = pl.concat([one.report.findings] * count).with_columns(
            line=pl.int_range(2, count + 2, dtype=pl.Int64),
            case=pl.format("P{}", pl.int_range(count)),
        )
        report = Report(**{**vars(one.report), "findings": many})
        began = time.process_time()
        book = report_workbook(Told(one.row, report), rows(["a"] * count))
        return book, time.process_time() - began

    _, tenth = made(10_000)
    book, whole = made(100_000)
    assert whole < 15 * tenth
    read = CalamineWorkbook.from_filelike(BytesIO(book))
    assert read.get_sheet_by_name("findings").height == 100_001
    assert read.get_sheet_by_name("rows procedure").height == 100_001


def test_the_workbook_is_the_same_for_the_same_report():
    first, second = (report_workbook(told(finding()), rows(["a"])) for _ in range(2))
    assert parts(first)["xl/worksheets/sheet2.xml"] == parts(second)["xl/worksheets/sheet2.xml"]
