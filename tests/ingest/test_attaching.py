"""Documents of a case: what is taken in, what is found in them, who reads and who removes them."""

import io
import sqlite3
import zipfile
from datetime import UTC, datetime

import pytest
import typst
import xlsxwriter

from ingest import inbox
from ingest.attaching import look_into_waiting, sweep_documents
from ingest.documents import HOLDS_NUMBER, looked_into
from ingest.home import create_home, open_home
from sql.access import DEMO_VIEWERS, Viewer
from sql.ledger import Ledger, LedgerError
from sql.outlier_cases import Found, move, open_cases
from sql.reader_periods import reporting_period

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
TEAM, TRUST, LEAD = (DEMO_VIEWERS[name] for name in ("team", "governance", "lead"))
OWN_LEAD = Viewer("Dr L. Demo", "site lead", ("ZZ301",), "ZZ3")
NUMBER = "943 476 5919"
TEXT = b"Minutes of the review: the settings were as planned."


@pytest.fixture
def home(tmp_path):
    made = create_home(tmp_path / "home", demo_today=AT.date())
    with Ledger(made.ledger_path) as ledger:
        found = Found("ZZ301", "E", "S2_30", "alarm", reporting_period("2025/26"), {"events": 9})
        open_cases(ledger, [found], by="registry team", at=AT)
    return made.path


def attach(home, name="minutes.txt", data=TEXT, viewer=TRUST):
    return inbox.attach_document(home, 1, name, data, viewer=viewer, at=AT)


def worked(home):
    with Ledger(home / "ledger.sqlite") as ledger:
        return look_into_waiting(open_home(home), ledger, AT)


def listed(home, viewer=TEAM):
    return inbox.documents(home, viewer, 1)


def docx(*runs):
    body = "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs)
    return zipped(**{"word/document.xml": f"<w:document><w:p>{body}</w:p></w:document>"})


def zipped(**files):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in {"[Content_Types].xml": "<Types/>", **files}.items():
            archive.writestr(name, text)
    return written.getvalue()


def xlsx(*cells):
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, cell in enumerate(cells):
            sheet.write(0, place, cell)
    return written.getvalue()


def pdf(text):
    return typst.compile(text.encode(), format="pdf")


def test_a_document_is_encrypted_then_kept_and_read_by_those_who_see_the_case(home):
    document = attach(home)
    (at_rest,) = (home / "documents").iterdir()
    assert TEXT not in at_rest.read_bytes()
    assert [row["state"] for row in listed(home)] == ["waiting"]
    with pytest.raises(LedgerError, match="no such document"):
        inbox.document(home, TRUST, 1, document)
    assert worked(home)
    (row,) = listed(home, OWN_LEAD)
    assert (row["name"], row["bytes"], row["state"]) == ("minutes.txt", len(TEXT), "kept")
    assert row["by"] == f"{TRUST.name}, governance lead"
    for viewer in (TEAM, TRUST, OWN_LEAD):
        assert inbox.document(home, viewer, 1, document) == ("minutes.txt", TEXT)
    for viewer in (LEAD, DEMO_VIEWERS["commissioner"]):
        assert listed(home, viewer) == []
        with pytest.raises(LedgerError, match="no such document"):
            inbox.document(home, viewer, 1, document)
    with Ledger(home / "ledger.sqlite") as ledger:
        told = ledger.events("case 1")
    assert [one["action"] for one in told][1:] == ["case: document attached", "case: document kept"]
    assert "minutes" not in str(told)  # a name may say too much: the log has the digest


@pytest.mark.parametrize("viewer", [OWN_LEAD, LEAD, DEMO_VIEWERS["commissioner"]])
def test_only_those_who_may_move_the_case_attach_to_it(home, viewer):
    with pytest.raises(LedgerError):
        attach(home, viewer=viewer)
    assert not list((home / "documents").iterdir())


def test_nothing_is_attached_to_a_closed_case(home):
    with Ledger(home / "ledger.sqlite") as ledger:
        steps = (("potential", "begin the data check"), ("data check", "close: no case"))
        for seen, name in steps:
            move(ledger, 1, name, seen=seen, viewer=TEAM, at=AT, text="said")
    with pytest.raises(LedgerError, match="until the case is closed"):
        attach(home)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("minutes.exe", TEXT, "one of these kinds: pdf, docx, xlsx, png, txt"),
        ("minutes", TEXT, "one of these kinds"),
        ("minutes.pdf", TEXT, "not that of a pdf file"),
        ("minutes.txt", b"", "empty"),
        ("minutes.txt", b"a" * 10_000_001, "at most 10 MB"),
        (f"{NUMBER}.txt", TEXT, "NHS number"),
    ],
)
def test_what_may_not_be_attached_is_refused_at_once(home, name, data, said):
    with pytest.raises(LedgerError, match=said):
        attach(home, name, data)
    assert listed(home) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", f"Patient {NUMBER}".encode()),
        ("a.txt", f"Patient {NUMBER}".encode("utf-16")),
        ("a.docx", docx("943 476", " 59", "19")),
        ("a.docx", zipped(**{"word/document.xml": f'<pic descr="Scan of {NUMBER}"/>'})),
        ("a.xlsx", xlsx("procedure", NUMBER)),
        ("a.xlsx", xlsx(9434765919)),
        ("a.pdf", pdf(f"Reviewed: {NUMBER}")),
    ],
)
def test_a_number_in_a_text_is_found_and_nothing_of_the_document_stays(home, name, data):
    attach(home, name, data)
    worked(home)
    (row,) = listed(home)
    assert (row["state"], row["note"]) == ("refused", HOLDS_NUMBER)
    assert not list((home / "documents").iterdir())
    attach(home)  # and another may follow


@pytest.mark.parametrize(
    ("name", "data", "unread"),
    [
        ("a.txt", TEXT, None),
        ("a.docx", docx("Minutes of 12 May 2026"), None),
        ("a.docx", zipped(**{"word/document.xml": '<w:id w:val="9434765919"/>'}), None),
        ("a.xlsx", xlsx(943, 476, 5919), None),
        ("a.pdf", pdf("Minutes of 12 May 2026"), None),
        ("a.pdf", pdf("#rect()"), "pages that are pictures"),
        ("a.pdf", b"%PDF-1.7 broken", "its text"),
        ("a.png", b"\x89PNG\r\n\x1a\n rest", "a picture"),
    ],
)
def test_what_could_not_be_looked_into_is_said(name, data, unread):
    found = looked_into(name, data)
    assert found.refused is None
    assert (unread in found.unread) if unread else (found.unread is None)


def test_an_archive_that_is_no_document_or_unpacks_without_end_is_refused():
    other = looked_into("a.docx", zipped(**{"other.xml": "<x/>"}))
    assert other.refused == "the content is not that of a docx file"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
    assert looked_into("a.docx", bomb.getvalue()).refused.startswith("the file is damaged")


def test_a_name_is_kept_without_path_and_marks_that_are_not_seen(home):
    attach(home, "C:\\cases\\minutes\n\u202etxt.txt")
    assert [row["name"] for row in listed(home)] == ["minutestxt.txt"]


def test_a_document_is_attached_once_and_removed_by_the_registry_team_alone(home):
    document = attach(home)
    with pytest.raises(LedgerError, match="attached already"):
        attach(home, "again.txt", viewer=TEAM)
    assert len(list((home / "documents").iterdir())) == 1
    worked(home)
    with pytest.raises(LedgerError, match="removed by the registry team"):
        inbox.remove_document(home, document, viewer=TRUST, at=AT, why="a name in it")
    inbox.remove_document(home, document, viewer=TEAM, at=AT, why="a name in it")
    (row,) = listed(home)
    assert row["state"] == "removed"
    assert row["note"] == "removed by E. Demo, registry team: a name in it"
    assert not list((home / "documents").iterdir())


def test_the_database_itself_keeps_what_is_on_record(home):
    attach(home)
    with sqlite3.connect(home / "ledger.sqlite") as raw:
        for change in (
            "delete from case_document",
            "update case_document set sha256 = ''",
            "update case_document set state = 'removed'",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(change)
    raw.close()


def test_a_file_of_which_the_ledger_never_heard_goes_after_an_hour(home):
    attach(home)
    (home / "documents" / "unheard.bin").write_bytes(b"sealed")
    with Ledger(home / "ledger.sqlite") as ledger:
        sweep_documents(open_home(home), ledger, datetime.now(UTC))
        assert len(list((home / "documents").iterdir())) == 2
        sweep_documents(open_home(home), ledger, datetime(2099, 1, 1, tzinfo=UTC))
    assert len(list((home / "documents").iterdir())) == 1
