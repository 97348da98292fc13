"""The receipt: proof of what was sent, inert, self-contained and the same every time."""

import re
from html.parser import HTMLParser

import polars as pl
import pytest

from ingest.receipt import html_of, pdf_of, receipt_of
from ingest.report_frames import EXCLUSION_SCHEMA, Report
from ingest.report_words import Told
from tests.ingest.test_report_workbook import finding, told

ACCEPTED = {
    "accepted_by": "site lead",
    "accepted_at": "2026-11-17T09:00:00+00:00",
    "duplicates": 1,
    "agreed_by": "registry team",
    "versions": {"dictionary": "1.0", "rules": "7", "code": "0.1.0"},
}
HOSTILE = [
    "<script>alert(1)</script>.zip",
    '"><img src=x onerror=alert(1)>.zip',
    "{{ 7*7 }}.zip",
    "#eval(\"1+1\").zip",
    "#read(\"/etc/passwd\") $x^2$ @ref.zip",
    "北京 🙂.zip",
    "\u202egpj.exe\u0007.zip",
    "=HYPERLINK(1).zip",
]  # fmt: skip


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.text += " "
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.text += data


def excluded(*columns):
    one = told(finding(), state="accepted", verdict="held", records_excluded=1)
    rows = [("procedure.comment.PATTERN", "procedure", "p1", c, 2, False) for c in columns]
    listed = pl.DataFrame(rows, schema=EXCLUSION_SCHEMA, orient="row")
    return Told(one.row, Report(**{**vars(one.report), "exclusions": listed}))


def test_a_receipt_says_who_sent_what_and_what_became_of_it():
    page = Page(html_of(receipt_of(excluded("comment", None), ACCEPTED)))
    said = " ".join(page.text.split())
    for words in (
        "Receipt for submission 20261116-abc",
        "Site ZZ101",
        "Period 2026/27 Q1",
        "Type INCREMENTAL",
        "File März.zip",
        "Size 12,345 bytes",
        f"SHA-256 of the file {'ab' * 32}",
        f"Digest of the content {'cd' * 32}",
        "Received by data manager",
        "Received at 16 Nov 2026, 12:00 GMT",
        "Rows read 3",
        "Rows accepted 1",
        "Rows excluded 1",
        "Repeated rows 1",
        "Accepted by site lead",
        "Accepted at 17 Nov 2026, 09:00 GMT",
        "Cannot be used 1",
        "Read as Windows-1252.",
        "Exclusions accepted by site lead, agreed by registry team",
        "procedure.comment.PATTERN procedure the row 2",
        "dictionary 1.0, rules 7, code 0.1.0",
    ):
        assert words in said


def test_a_receipt_of_what_was_not_accepted_says_so():
    said = Page(html_of(receipt_of(told(finding()), {}))).text
    assert "Rows accepted" not in said
    assert "Held: 3 rows read" in said


def test_a_receipt_of_what_was_held_already_says_so():
    said = Page(html_of(receipt_of(told(state="refused", verdict="repeated"), {}))).text
    assert "Already received: the registry holds this content; 3 rows, nothing changed." in said


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_inert(name):
    receipt = receipt_of(told(finding(), filename=name), {})
    page = Page(html_of(receipt))
    usual = Page(html_of(receipt_of(told(finding()), {})))
    assert page.tags == usual.tags
    assert page.attributes == usual.attributes
    assert name in page.text
    assert pdf_of(receipt).startswith(b"%PDF-1.7")


def test_a_receipt_needs_nothing_but_itself():
    text = html_of(receipt_of(told(finding()), {}))
    assert not {"script", "link", "img", "iframe", "a"} & set(Page(text).tags)
    assert not re.search(r"https?://|url\(|@import", text)
    assert "@media print" in text


def test_the_same_receipt_is_the_same_bytes():
    first, second = (pdf_of(receipt_of(excluded("comment"), ACCEPTED)) for _ in range(2))
    assert first == second
    assert first != pdf_of(receipt_of(excluded("comment"), ACCEPTED | {"duplicates": 0}))


def test_a_pdf_declares_that_it_lasts_and_can_be_read_aloud():
    made = pdf_of(receipt_of(told(finding()), {}))
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made


def test_a_receipt_holds_no_finding_s_case():
    receipt = str(receipt_of(told(finding(case="CASE-7", key="KEY-7")), {}))
    assert "CASE-7" not in receipt
    assert "KEY-7" not in receipt
