"""The report workbook's life: written after the verdict, encrypted, gone with its rows."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from ingest import inbox, workbooks
from ingest.feedback import remove_workbook
from ingest.home import Home
from tests.ingest.test_journey import FIRST, Registry, cell, changed

SEEN = "Sjögren seen in clinic"


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def faulty(albumin="4.1"):
    def procedure(text):
        return cell("max_sbp", 1, "abc")(cell("comment", 1, SEEN)(text))

    return changed(FIRST, patient=cell("albumin", 1, albumin), procedure=procedure)


def tabs(registry, submission_id):
    book = inbox.report_workbook(registry.home.path, submission_id)
    return None if book is None else CalamineWorkbook.from_filelike(BytesIO(book)).sheet_names


def test_a_held_submission_s_workbook_shows_its_rows_and_lies_encrypted(registry):
    sent = registry.send(faulty())
    assert inbox.report_workbook(registry.home.path, sent) is None
    registry.worker.run_once()
    assert tabs(registry, sent)[:2] == ["summary", "findings"]
    book = CalamineWorkbook.from_filelike(BytesIO(inbox.report_workbook(registry.home.path, sent)))
    head, *rows = book.get_sheet_by_name("rows procedure").to_python()
    assert rows[0][head.index("comment")] == SEEN
    head, *rows = book.get_sheet_by_name("rows patient").to_python()
    assert rows[0][1] == "cannot be used: albumin"
    assert rows[0][head.index("albumin")] == "4.1"
    stored = registry.home.workbook_file(sent).read_bytes()
    assert not stored.startswith(b"PK")
    assert not list(registry.home.path.rglob("*.xlsx"))


def test_an_accepted_submission_keeps_its_workbook(registry):
    sent = registry.send(faulty())
    registry.worker.run_once()
    registry.worker.accept(sent, by="site lead")
    registry.worker.run_once()
    assert not registry.home.inbox_file(sent).exists()
    assert "rows patient" in tabs(registry, sent)


def test_a_refused_export_s_workbook_has_no_rows(registry):
    sent = registry.send(b"not an export", "export.csv")
    registry.worker.run_once()
    assert registry.state(sent) == "refused"
    assert tabs(registry, sent) == ["summary", "findings"]


@pytest.mark.trial
def test_a_replaced_submission_loses_its_workbook(registry):
    first = registry.send(faulty())
    registry.worker.run_once()
    second = registry.send(faulty("4.2"))
    registry.worker.run_once()
    assert registry.state(first) == "replaced"
    assert tabs(registry, first) is None
    assert tabs(registry, second) is not None


@pytest.mark.trial
def test_a_lapsed_submission_loses_its_workbook(registry):
    sent = registry.send(faulty())
    registry.worker.run_once()
    registry.now += timedelta(days=29)
    registry.worker.run_once()
    assert registry.state(sent) == "lapsed"
    assert tabs(registry, sent) is None


def test_a_held_workbook_that_was_never_written_is_written_after_a_restart(registry):
    sent = registry.send(faulty())
    registry.worker.check(sent)  # stopped before it came to the workbook
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert tabs(registry, sent) is not None


def test_a_workbook_is_written_again_where_a_person_asks(registry):
    sent = registry.send(faulty())
    registry.worker.run_once()
    remove_workbook(registry.home, sent)
    inbox.request_workbook(registry.home.path, sent, by="data manager", at=registry.now)
    registry.worker.run_once()
    assert tabs(registry, sent) is not None


def test_a_workbook_that_fails_stops_nothing(registry, monkeypatch, caplog):
    def fail(told, rows):
        raise MemoryError

    monkeypatch.setattr(workbooks, "report_workbook", fail)
    sent = registry.send(faulty())
    registry.worker.run_once()
    assert registry.state(sent) == "held"
    assert tabs(registry, sent) is None
    assert f"no workbook of {sent}" in caplog.text
    assert SEEN not in caplog.text


def test_a_home_keeps_workbooks_apart_from_reports(tmp_path):
    home = Home(tmp_path, is_demo=True, today=None)
    assert home.workbook_file("a") != home.report_file("a")
