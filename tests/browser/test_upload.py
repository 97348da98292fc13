"""Upload in a real browser: refused, checked only, held and accepted with exclusions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ingest.home import open_home
from ingest.worker import Worker
from sql.ledger import Ledger
from tests.ingest.test_journey import EXPORTS, cell, changed

pytestmark = pytest.mark.browser

NUMBER = "943 476 5919"  # a number that the NHS keeps for tests
EXPORT = EXPORTS / "ZZ102" / "2026-27-Q2.zip"  # of a year that is not locked


@pytest.fixture
def desk(look_at_a_copy, changeable_home):
    """A window of the uploader on a copy of the demo, and the worker that goes with it."""
    home = open_home(changeable_home)
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: home.noon or datetime.now(UTC))
        worker.reconcile()
        yield look_at_a_copy.at("uploader", "Upload"), worker


def choose(look, path: Path) -> None:
    look.page.locator('input[type="file"]').set_input_files(path)
    expect(look.page.get_by_role("button", name="Send", exact=True)).to_be_visible()


def press(look, name: str) -> None:
    look.page.get_by_role("button", name=name, exact=True).click()
    look.still()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def faulty(path: Path) -> Path:
    """The site's export with one impossible value: it must be held."""
    later = {"extract_datetime": "2026-11-10T08:00:00+00:00"}
    data = changed(EXPORT, manifest=later, lesion=cell("max_diameter_mm", 1, "900"))
    return written(path / "held.zip", data)


@pytest.mark.trial
def test_a_sent_export_waits_without_a_hanging_spinner(desk, tmp_path):
    look, _ = desk
    choose(look, faulty(tmp_path))
    press(look, "Send")
    expect(look.page.get_by_text("○ waits for its turn")).to_be_visible()
    expect(look.page.get_by_test_id("stSpinner")).to_have_count(0)
    look.fits_a_phone()


def test_a_held_export_is_shown_with_what_to_mend_and_accepted_with_exclusions(desk, tmp_path):
    look, worker = desk
    choose(look, faulty(tmp_path))
    press(look, "Send")
    worker.run_once()
    expect(
        look.page.get_by_text(re.compile(r"^held\.zip, .*: held, \d+ findings? must be corrected"))
    ).to_be_visible()
    found = look.table("What to do", holding="max_diameter_mm")
    assert any("max_diameter_mm" in row["Where"] for row in found)
    assert found[0]["Kind"] == "▲ to correct"
    look.fits_a_phone()
    look.page.get_by_text("These may be left out").click()
    look.still()
    press(look, "Accept listed exclusions")
    worker.run_once()
    look.at("uploader", "Submissions")
    assert look.table("Sent by")[0]["State"] == "accepted"


@pytest.mark.trial
def test_check_only_says_the_verdict_and_stores_nothing(desk, tmp_path):
    look, worker = desk
    before = len(worker.ledger.submissions())
    choose(look, faulty(tmp_path))
    press(look, "Check only")
    expect(look.page.get_by_text("being checked; nothing is stored")).to_be_visible()
    worker.run_once()
    expect(look.page.get_by_text("This export would be held")).to_be_visible()
    assert len(worker.ledger.submissions()) == before
    look.fits_a_phone()


def test_a_refused_export_shows_why_and_never_the_number_in_it(desk, tmp_path, changeable_home):
    look, worker = desk
    payloads: list[bytes] = []
    look.page.on("websocket", lambda s: s.on("framereceived", lambda f: payloads.append(_bytes(f))))
    look.at("uploader", "Upload")
    spoiled = changed(EXPORT, procedure=cell("comment", 1, f"seen {NUMBER}"))
    choose(look, written(tmp_path / "refused.zip", spoiled))
    press(look, "Send")
    worker.run_once()
    expect(look.page.get_by_text("refused (IDENTIFIER)")).to_be_visible()
    look.fits_a_phone()
    assert payloads
    digits = NUMBER.replace(" ", "").encode()
    for sent in (*payloads, look.page.content().encode()):
        assert digits not in re.sub(rb"[\s.-]", b"", sent)


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()
