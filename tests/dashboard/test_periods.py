"""Periods: any page as it stood, what is provisional, and the page on which a year is frozen."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta

import pytest

from dashboard.app import PAGES
from ingest.register import load_register
from sql.snapshots import snapshot
from tests.dashboard.conftest import said
from tests.ingest.erasable import OURS, erase
from tests.ingest.journeys import Journey
from tests.ingest.test_journey import FIRST, ROOT, Registry
from tests.ingest.test_snapshotting import opened

DAY = "2026-11-08"
# Buttons that only look, or keep the address of what is looked at.
LOOKING = ("Back to now", "Show what has changed", "Open case", "Save this view")


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """ZZ101's designation is put right six days after its first export; then the year is frozen."""
    made = Registry(tmp_path_factory.mktemp("past") / "home")
    made.now -= timedelta(days=8)  # 8 November
    load_register(made.home, ROOT / "sample_data" / "register", by="team", at=made.now)
    made.send(FIRST.read_bytes())
    made.worker.run_once()
    corrected = shutil.copytree(
        ROOT / "sample_data" / "register", tmp_path_factory.mktemp("corrected") / "register"
    )
    path = corrected / "site_designation.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("ZZ101,2019-04-02", "ZZ101,2025-01-01"), "utf-8")
    made.now += timedelta(days=6)  # 14 November
    load_register(made.home, corrected, by="team", at=made.now)
    made.now -= timedelta(days=40)
    opened(made, days=41)
    made.worker.take_snapshot(1, by="registry team")
    yield made
    made.ledger.close()


@pytest.fixture
def look(registry, open_page):
    def opened(path, persona="team", **query):
        return open_page(path, persona, at_home=registry.home.path, **query)

    return opened


def centre(page):
    """Of the sentence on rule C3, how many procedures met it."""
    return re.search(r"specialist centre on the day: (met in \d+ of \d+)", said(page))[1]


def test_a_register_corrected_later_gives_the_old_verdict_before_and_the_new_after(look, registry):
    waiting = look("compliance", rule="C3", as_of=DAY)
    assert "is being worked out" in said(waiting)
    assert not waiting.dataframe
    registry.worker.run_once()
    old = look("compliance", rule="C3", as_of=DAY)
    assert "As it stood on 8 Nov 2026" in said(old)
    assert "worked out with today's definitions" in said(old)
    assert old.query_params["as_of"] == DAY
    look("compliance", rule="C3", as_of="2026-11-14")
    registry.worker.run_once()
    new = look("compliance", rule="C3", as_of="2026-11-14")
    assert (centre(old), centre(new)) == ("met in 5 of 5", "met in 0 of 5")
    assert centre(look("compliance", rule="C3")) == centre(new)


@pytest.mark.parametrize("path", [page.path for page in PAGES if not page.only_now])
def test_a_page_of_the_past_says_so_and_offers_nothing_to_do(look, path):
    persona = "team" if path in ("cases", "submissions") else "lead"
    page = look(path, persona, as_of="2024-25")
    assert "**Snapshot 2024/25**, taken 15 Nov 2026" in said(page)
    assert not page.error
    assert all(button.label.startswith(LOOKING) for button in page.button)
    assert not page.file_uploader


def test_what_has_no_past_says_so_and_leads_back(look):
    page = look("upload", "lead", as_of="2024-25")
    assert "Exports are sent in the present." in said(page)
    assert not page.file_uploader
    page.button[0].click().run()
    assert page.file_uploader
    assert "as_of" not in page.query_params


def test_a_commissioner_is_offered_snapshots_and_refused_a_day(look):
    page = look("home", "commissioner")
    (control,) = (box for box in page.selectbox if box.label == "As it stood")
    assert control.options == ["Now", "Snapshot 2024/25"]
    refused = look("home", "commissioner", as_of=DAY)
    assert "annual snapshots only" in said(refused)
    assert not refused.dataframe
    frozen = look("home", "commissioner", as_of="2024-25")
    assert "Snapshot 2024/25" in said(frozen)
    assert not frozen.error


@pytest.mark.parametrize("asked", ["2019-99", "yesterday", "2026-13-01", "'; drop"])
def test_an_address_that_names_no_day_says_so(look, asked):
    page = look("home", as_of=asked)
    assert not page.exception
    assert not page.error
    assert "No such day" in said(page) or "No snapshot of" in said(page)


def test_figures_are_marked_provisional_until_their_year_is_frozen(look, open_page):
    assert "Provisional: 2025/26 to 2026/27 are not locked." in said(look("complications"))
    frozen = said(look("complications", as_of="2024-25"))
    assert "runs on past the snapshot's year: 2025/26 to 2026/27 were not locked." in frozen
    assert "Provisional: 2023/24 to 2026/27 are not locked." in said(open_page("home", "lead"))
    page = open_page("complications", "governance", period="2026/27 Q2")
    assert "Provisional: 2026/27 is not locked." in said(page)
    assert "Provisional" not in said(open_page("definitions", "lead"))


def button(page, label):
    return next(one for one in page.button if one.label == label)


def test_it_lists_what_is_kept_and_who_had_signed_the_frozen_year(look):
    page = look("releases")
    text = said(page)
    assert "2024/25, is release 2, taken 15 Nov 2026 by registry team" in text
    assert "0 of 8 sites had signed, not ZZ101, ZZ102" in text
    kept = page.dataframe[-1].value.set_index("Release")["Kind"]
    assert (kept[2], kept[1]) == ("snapshot 2024/25, served", "published")
    button(page, "Verify the files of the snapshots").click().run()
    assert "● 2024/25: files, ledger and audit log are as they were when taken." in said(page)


def test_a_year_is_opened_cancelled_with_a_reason_and_asked_for_once_all_is_right(look):
    page = look("releases")
    button(page, "Open the validation").click().run()
    text = said(page)
    assert "2025/26: sites validate" in text
    assert "0 of 8 sites have signed" in text
    assert "up to 14 Dec 2026: 28 days left" in text
    assert "Not to be taken yet: sites may validate 2025/26 up to 14 Dec 2026" in text
    assert button(page, "Take the snapshot").disabled
    assert button(page, "Cancel the validation").disabled
    asked = said(look("submissions", "lead"))
    assert "2025/26 is validated up to 14 Dec 2026, then frozen: check it and sign" in asked
    assert "Not signed yet: ZZ102." in asked
    next(one for one in page.text_input if "cancel" in one.label).set_value("Too early.").run()
    button(page, "Cancel the validation").click().run()
    assert "was cancelled by E. Demo, registry team: Too early." in said(page)


@pytest.mark.trial
def test_after_an_erasure_a_snapshot_says_how_many_records_were_erased(
    registry, open_page, tmp_path
):
    registry.first = None
    copy = Journey(registry, tmp_path / "home")
    copy.worker.reconcile()
    done = erase(copy, OURS)
    home = copy.home.path
    said_of = f"{done['records']} records erased since"
    release = snapshot(copy.ledger, 1)["release"]
    page = open_page("complications", "commissioner", at_home=home, as_of="2024-25")
    assert f"release {release} took the place of the frozen one" in said(page)
    assert said_of in said(page)
    page = open_page("releases", "team", at_home=home)
    button(page, "Verify the files of the snapshots").click().run()
    assert f"as they were when taken; {said_of}." in said(page)
    copy.ledger.close()


def test_a_lock_says_its_reason_as_it_was_given_and_what_it_means(look):
    text = said(look("submissions"))
    means = r"A locked year takes corrections with a reason only\."
    assert re.search(rf"Locked: [^:]+, by [^“]+, “[^”]+[^.]”\. {means}", text)
