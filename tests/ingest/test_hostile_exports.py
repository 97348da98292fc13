"""200 strings that a file might take for more than text, through what the registry gives out."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import date

import polars as pl
import pypdf
import pytest

from ingest import inbox
from ingest.__main__ import main
from ingest.home import create_home
from ingest.receipt import html_of, pdf_of, receipt_of
from ingest.report_frames import EXCLUSION_SCHEMA, Report
from ingest.report_words import Told
from ingest.report_workbook import report_workbook
from ingest.template import write_workbook
from sql.ledger import Ledger
from sql.ledger_events import append
from sql.printable import printable
from tests.dashboard.test_hostile_exports import HARMLESS, is_live, without_marks
from tests.hostile_strings import EXPORTED, packed
from tests.ingest.test_history import SECOND, THIRD
from tests.ingest.test_journey import AT, FIRST, Registry, zipped
from tests.ingest.test_receipt import ACCEPTED, Page
from tests.ingest.test_report_workbook import finding, parts, rows, sheets, strings, told, unescaped

LINES = range(2, 2 + len(EXPORTED))


@pytest.fixture(scope="module")
def report():
    """A report on an export whose every cell and finding is of them."""
    found = [
        finding(line=line, case=text, key=text, answer=text)
        for line, text in zip(LINES, EXPORTED, strict=True)
    ]
    return report_workbook(told(*found, filename=EXPORTED[3]), rows(EXPORTED))


def test_the_report_holds_each_as_a_text_cell_and_each_line_as_a_number(report):
    held = [unescaped(text) for text in strings(report)]
    assert [text for text in EXPORTED if text.replace("\0", "\ufffd") not in held] == []
    head, *findings = sheets(report)["findings"]
    assert [row[head.index("line")] for row in findings] == list(LINES)


@pytest.mark.parametrize("made", ["report", "template"])
def test_no_workbook_has_a_formula_or_a_link(report, made):
    if made == "template":
        file = io.BytesIO()
        write_workbook(file)
        report = file.getvalue()
    for name, content in parts(report).items():
        assert b"<f>" not in content, name
        assert b"<hyperlink" not in content, name
        assert b"External" not in content, name


def receipt(texts):
    """A receipt whose every text of a person or an export is of these."""
    one = told(finding(), filename=texts[0], received_by=texts[2])
    left_out = [(t, t, t, t, 2, False) for t in texts]
    listed = pl.DataFrame(left_out, schema=EXCLUSION_SCHEMA, orient="row")
    said = {"exclusions": listed, "notices": tuple(texts)}
    by = {"accepted_by": texts[3], "agreed_by": texts[4]}
    return receipt_of(Told(one.row, Report(**vars(one.report) | said)), ACCEPTED | by)


def test_a_receipt_as_html_has_no_tag_or_attribute_of_theirs():
    made, usual = Page(html_of(receipt(EXPORTED))), Page(html_of(receipt(HARMLESS)))
    assert made.tags == usual.tags
    assert made.attributes == usual.attributes
    assert [text for text in EXPORTED if made.text.count(text) < 4] == []


def test_a_receipt_as_pdf_says_each_of_them():
    pages = pypdf.PdfReader(io.BytesIO(pdf_of(receipt(EXPORTED)))).pages
    assert not any("/Annots" in page for page in pages)
    said = "".join("".join(page.extract_text() for page in pages).split())
    assert [text for text in EXPORTED if "".join(printable(text).split()) not in said] == []


def test_the_audit_log_as_csv_is_inert_and_says_each_of_them(tmp_path, capsys):
    home = create_home(tmp_path / "home", demo_today=date(2026, 11, 16))
    with Ledger(home.ledger_path) as ledger, ledger.write() as connection:
        for text in EXPORTED:
            append(connection, AT, text, text, text, text, None, {text: text})
    assert main(["audit", "list", "--home", str(home.path)]) == 0
    printed = capsys.readouterr().out
    found = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert [int(row["number"]) for row in found] == list(range(1, 201))
    for name in ("by", "action", "subject"):
        assert [without_marks(row[name], text) for row, text in zip(found, EXPORTED, strict=True)] \
            == EXPORTED  # fmt: skip
    assert [json.loads(row["detail"]) for row in found]
    for delimiter in ",;\t":
        read = csv.reader(io.StringIO(printed, newline=""), delimiter=delimiter)
        assert [cell for row in read for cell in row if is_live(cell)] == []


def test_a_history_carries_each_of_them_as_it_was_sent(tmp_path):
    registry = Registry(tmp_path / "home")
    texts = [text for text in EXPORTED if "\0" not in text]  # which no export may hold
    cells = packed(texts, 500, between="¦")
    for source in (FIRST, SECOND, THIRD):
        sent = registry.send(with_comments(source, cells))
        registry.worker.check(sent)
        assert registry.state(sent) == "accepted"
    content = inbox.history(registry.home.path, "ZZ101", at=registry.now)
    registry.ledger.close()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kept = pl.read_parquet(io.BytesIO(archive.read("procedure.parquet")))["comment"]
    assert set("¦".join(kept.drop_nulls()).split("¦")) == {one_line_end(text) for text in texts}


def one_line_end(text):
    """The text as the reader keeps it: a line ends with LF in every file."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def with_comments(source, cells):
    """An export with a comment, taken from the cells, at each of its procedures but the last."""
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    head, *rows, last = csv.reader(io.StringIO(files["procedure.csv"].decode()))
    said = [[*row[:-1], cells.pop(0) if cells else ""] for row in rows]
    written = io.StringIO()  # the next quarter sends the last one again
    csv.writer(written, lineterminator="\n").writerows([head, *said, last])
    files["procedure.csv"] = written.getvalue().encode()
    manifest = json.loads(files["manifest.json"])
    for listed in manifest["files"]:
        listed["sha256"] = hashlib.sha256(files[listed["name"]]).hexdigest()
    files["manifest.json"] = json.dumps(manifest).encode()
    return zipped(files)
