"""What each of the three kinds of people comes for, done from a cold start: steps and seconds.

By the mouse in every run; by the keyboard alone in the trial, which writes both down.
"""

from __future__ import annotations

import csv
import re
import time
from datetime import UTC, datetime
from io import StringIO

import pytest
from playwright.sync_api import expect

from ingest.home import open_home
from ingest.worker import Worker
from sql.ledger import Ledger
from tests.browser.test_keyboard import called, walk
from tests.ingest.test_journey import EXPORTS, cell, changed
from tests.records import record

pytestmark = pytest.mark.browser

HELD = EXPORTS / "ZZ102" / "2026-27-Q2-second.zip"  # the site's last submission in the demo
LATER = {"extract_datetime": "2026-11-15T08:00:00+00:00"}
RESEARCH = "In approved, open, consented research"


class Mouse:
    """What a person does at the page; each of it is a step."""

    def __init__(self, look):
        self.look, self.page = look, look.page
        self.steps, self.begun = [], time.monotonic()

    def did(self, what):
        self.steps.append(what)

    @property
    def seconds(self):
        return time.monotonic() - self.begun

    def open(self, persona):
        self.page.goto(f"{self.look.url}/?persona={persona}")
        self.look.settle("Home")

    def follow(self, title):
        self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
        self.look.settle(title)
        self.did(f"page {title}")

    def choose(self, control, option):
        self.look.choose(control, option)
        self.did(f"{control}: {option}")

    def link(self, words, title):
        self.page.get_by_role("link", name=words).first.click()
        self.look.settle(title)
        self.did(words)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.look.still()
        self.did(name)

    def save(self):
        self.press("Download")
        with self.page.expect_download() as given:
            self.page.get_by_role("button", name="CSV", exact=True).click()
        self.did("CSV")
        return given.value.path().read_text("utf-8-sig")

    def give(self, path):
        with self.page.expect_file_chooser() as asked:
            self.page.get_by_test_id("stFileUploader").locator("button").first.click()
        self._give(asked.value, path)

    def _give(self, chooser, path):
        chooser.set_files(path)
        expect(self.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
        self.did("the file")


class Keyboard(Mouse):
    """The same without a pointer: Tab to what is wanted, which is seen to be there, and Enter."""

    def follow(self, title):
        self._enter(title, "a")
        self.look.settle(title)
        self.did(f"page {title}")

    def choose(self, control, option):
        walk(self.page, called(f"(?s).*{control}", "combobox"), most=STOPS)
        before = self.look.finished
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.type(option)
        self.page.keyboard.press("Enter")
        self.look.answered(option, before)
        self.did(f"{control}: {option}")

    def link(self, words, title):
        self._enter(f"(?s).*{words}", "a")
        self.look.settle(title)
        self.did(words)

    def press(self, name):
        self._enter(rf"{name}(\s+expand_more)?$", "button")
        self.look.still()
        self.did(name)

    def save(self):
        self.press("Download")
        expect(self.page.get_by_role("button", name="CSV", exact=True)).to_be_focused()
        with self.page.expect_download() as given:
            self.page.keyboard.press("Enter")
        self.did("CSV")
        return given.value.path().read_text("utf-8-sig")

    def give(self, path):
        walk(self.page, called(r"(?s)upload\s+Upload$", "button"), most=STOPS)
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Enter")
        self._give(asked.value, path)

    def _enter(self, name, *kinds):
        walk(self.page, called(name, *kinds), most=STOPS)
        self.page.keyboard.press("Enter")


STOPS = 200


def mend_and_send_again(hand, tmp_path, home):
    """A data manager mends the finding that does most, and sends the export again."""
    home = open_home(home)
    hand.open("uploader")
    worst = hand.look.table("What to do")[0]["What"]
    hand.link("All findings of this submission", "Submissions")
    found = hand.look.table("Where")
    assert found[0]["What"] == worst
    mended = {}
    for row in found:
        if row["What"] == worst:
            file, line, column = re.fullmatch(
                r"(\w+)\.csv, line (\d+), (\w+)", row["Where"]
            ).groups()
            assert (file, column) == ("operator_training", "expiry_date")
            change = cell(column, int(line) - 1, "2027-12-31")
            before = mended.get(file, lambda text: text)
            mended[file] = lambda text, before=before, change=change: change(before(text))
    export = tmp_path / "mended.zip"
    export.write_bytes(changed(HELD, manifest=LATER, **mended))
    hand.follow("Upload")
    hand.give(export)
    hand.press("Send")
    expect(hand.page.get_by_text("waits for its turn")).to_be_visible()
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: home.noon or datetime.now(UTC))
        worker.reconcile()
        worker.run_once()
    expect(hand.page.get_by_text(re.compile(r"^mended\.zip, "))).to_be_visible()
    hand.look.still()
    left = hand.look.table("Where")
    assert left
    assert worst not in {row["What"] for row in left}


def every_procedure_outside_research(hand, tmp_path, home):
    """A governance lead finds each procedure outside research of a year, and opens its record."""
    hand.open("governance")
    hand.follow("Compliance")
    hand.choose("Period", "Rolling 12 months")
    hand.choose("Rule", RESEARCH)
    said = rf"{RESEARCH}: met in \d+ of \d+ procedures.*?; (\d+) not met"
    told = re.search(said, hand.look.text(), re.IGNORECASE)
    outside = hand.look.table("Procedure")
    assert len(outside) == int(told[1]) > 0
    hand.link("Open its record", "Record")
    opened = hand.page.get_by_role("textbox", name="Procedure", exact=True).input_value()
    assert opened in {row["Procedure"] for row in outside}
    counted = hand.look.table("Indicator")
    assert any(RESEARCH in str(row) and "not met" in str(row) for row in counted)


def compare_the_sites(hand, tmp_path, home):
    """A commissioner compares the sites on the five rules, and takes the table along."""
    hand.open("commissioner")
    hand.follow("Compliance")
    sites = set(re.findall(r"ZZ\d{3}", " ".join(hand.look.drawn())))
    rows = list(csv.DictReader(StringIO(hand.save())))
    assert {row["site_id"] for row in rows} == sites
    assert len(sites) == 8
    assert len({row["rule_id"] for row in rows} & {f"C{n}" for n in range(1, 6)}) == 5


TASKS = (mend_and_send_again, every_procedure_outside_research, compare_the_sites)
MOST_STEPS = {
    "mend_and_send_again": 4,
    "every_procedure_outside_research": 4,
    "compare_the_sites": 3,
}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_a_task_is_done_in_few_steps(task, look_at_a_copy, changeable_home, tmp_path):
    hand = Mouse(look_at_a_copy)
    task(hand, tmp_path, changeable_home)
    assert len(hand.steps) <= MOST_STEPS[task.__name__], hand.steps


DONE = []


@pytest.mark.trial
@pytest.mark.parametrize("kind", [Mouse, Keyboard], ids=lambda kind: kind.__name__.lower())
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_each_task_by_mouse_and_by_keyboard(task, kind, look_at_a_copy, changeable_home, tmp_path):
    hand = kind(look_at_a_copy)
    task(hand, tmp_path, changeable_home)
    assert len(hand.steps) <= MOST_STEPS[task.__name__], hand.steps
    DONE.append((task, kind, hand.steps, hand.seconds))


@pytest.mark.trial
def test_the_tasks_are_written_down():
    assert len(DONE) == 2 * len(TASKS)
    record(
        "trial-tasks",
        "Three tasks in Chromium from a cold start of server and browser: steps and seconds",
        [
            f"{task.__doc__.strip()} {kind.__name__}: {len(steps)} steps"
            f" ({'; '.join(steps)}), {seconds:.1f} s"
            for task, kind, steps, seconds in DONE
        ],
    )
