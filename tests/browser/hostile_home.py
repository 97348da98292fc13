"""A copy of the demo in which each text that a person or a file can give is hostile."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from functools import partial
from io import BytesIO, StringIO
from itertools import cycle
from pathlib import Path

import polars as pl

from expectations.dictionary import site_tables
from ingest import inbox
from ingest.digests import queue_digests
from ingest.home import open_home
from ingest.policy import load_policy
from ingest.register import load_register
from ingest.worker import Worker
from sql import outbox
from sql.access import DEMO_VIEWERS
from sql.accounts import Rights, grant
from sql.analysis import TEAM
from sql.case_moves import BY_NAME
from sql.ledger import Ledger, LedgerError
from sql.reader import Reader
from sql.recipients import add_recipient
from sql.saved_views import LONGEST_NAME, MOST
from tests.hostile_strings import SHOWN, named, packed
from tests.ingest.erasable import OURS as HELD
from tests.ingest.erasable import only
from tests.ingest.test_journey import EXPORTS, changed

REGISTER = Path(__file__).parents[2] / "sample_data" / "register"
WHOLE = " ¦ ".join(SHOWN)
SITES = ("ZZ101", "ZZ102", "ZZ201", "ZZ301", "ZZ302", "ZZ401")
ASKED = 2000  # characters that a case or a review takes
FREE, REASON = 200, 500  # and those that a cell of free text and the reason of a correction take
ADMIN, GOVERNANCE, LEAD = (DEMO_VIEWERS[one] for one in ("admin", "governance", "lead"))


def make_hostile(path: Path) -> None:
    """Give every field its hostile text by the product's own functions, and publish."""
    home = open_home(path)
    at = home.noon
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: at)
        worker.reconcile()
        load_register(home, _register(path), by=WHOLE, at=at)
        _policy(home, path, at)
        for number, text in enumerate(SHOWN):
            rights = Rights("site uploader", ("ZZ101",))
            login = f"h{number}@demo.example"
            said = {"registered": {"ZZ101"}, "by": ADMIN.login, "at": at}
            grant(ledger, login, text, rights, **said)
            inbox.deposit(path, b"", f"{named(text)}.zip", site=SITES[number % 6], by=text, at=at)
        _free_text(path, worker, at)
        _periods(path, at)
        _cases(path, at)
        _reviews(path, at)
        _requests(path, ledger, at)
        _views(path, at)
        inbox.order_erasure(
            path, "ZZ101", ["A" * 64], reason=WHOLE, viewer=DEMO_VIEWERS["team"], at=at
        )
        inbox.order_erasure(path, "ZZ101", [HELD], reason=WHOLE, viewer=DEMO_VIEWERS["team"], at=at)
        _recipients(home, ledger, at)
        worker.carry_out_requests()
        worker.publish()


def _register(path: Path) -> Path:
    """The demo's register with other names of sites and generators."""
    folder = path / "hostile-register"
    folder.mkdir()
    short = iter(packed([text for text in SHOWN if len(text) <= 100], 100))
    for source in REGISTER.glob("*.csv"):
        with source.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        for row in rows:
            for place, name in enumerate(head):
                if name in ("site_name", "ire_generator_model"):
                    row[place] = next(short, row[place])
        with (folder / source.name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    return folder


def _free_text(path, worker, at):
    """Corrections whose reasons, and all of whose free text, are hostile."""
    texts = cycle(packed(SHOWN, FREE))
    free = {
        name: [column.name for column in table.columns.values() if column.free_text]
        for name, table in site_tables().items()
        if any(column.free_text for column in table.columns.values())
    }
    source = only(EXPORTS / "ZZ102" / "2026-27-Q1.zip", *free)
    for number, reason in enumerate(packed(SHOWN, REASON)):
        said = {"submission_type": "CORRECTION", "reason": reason}
        said["extract_datetime"] = f"{at - timedelta(hours=20 - number):%Y-%m-%dT%H:%M:%S+00:00}"
        change = {name: partial(_filled, columns, texts) for name, columns in free.items()}
        data = changed(BytesIO(source), manifest=said, **change)
        sent = inbox.deposit(path, data, f"free text {number}.zip", site="ZZ102", by=WHOLE, at=at)
        worker.check(sent)
        assert worker.ledger.submission(sent)["state"] == "accepted"


def _filled(columns, texts, text):
    """A table of a CSV file whose free text is hostile."""
    head, *rows = csv.reader(StringIO(text, newline=""))
    for row in rows:
        for place in (head.index(one) for one in columns if one in head):
            row[place] = next(texts)
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerows([head, *rows])
    return written.getvalue()


def _recipients(home, ledger, at):
    """Mailboxes as odd as one may be, told by hostile names of sites and things."""
    for number, site in enumerate(SITES):
        address = f"o'h{number}_+._-'@a--b.evil.example"
        add_recipient(ledger, address, "site lead", [site], by=WHOLE, at=at)
    for number in queue_digests(home, ledger, by=WHOLE, at=at):
        outbox.begin(ledger, number, by=WHOLE, at=at)
        outbox.not_sent(ledger, number, "SMTPDataError 554", by=WHOLE, at=at)


def _policy(home, path, at):
    file = path / "hostile-policy.toml"
    told = json.dumps(WHOLE, ensure_ascii=False)
    file.write_text(f"[[near_mm]]\nsince = 2013-02-01\nvalue = 10\nsource = {told}\n", "utf-8")
    load_policy(home, file, by=WHOLE, at=at)


def _periods(path, at):
    for row in inbox.snapshot_list(path):
        if row["state"] == "validating":
            inbox.cancel_snapshot(path, row["number"], by=WHOLE, at=at, reason=WHOLE)
    for number in inbox.locked_periods(path).filter(pl.col("unlocked_at").is_null())["number"]:
        inbox.unlock(path, number, by=WHOLE, at=at, reason=WHOLE)
    for year in ("2023/24", "2024/25"):
        inbox.lock(path, year, by=WHOLE, at=at, reason=WHOLE)
    for site in ("ZZ101", "ZZ102", "ZZ301"):
        for quarter in ("2025/26 Q1", "2025/26 Q2", "2026/27 Q1"):
            try:
                inbox.sign_off(path, site, quarter, by=WHOLE, at=at, text=WHOLE)
            except LedgerError:  # one that is signed, or has nothing to sign
                continue


def _cases(path, at):
    """Each open case moves on by one step, in hostile words, and has documents of such names."""
    for row in inbox.cases(path, TEAM):
        for _, move in (one for one in BY_NAME.items() if one[0][0] == row["stage"]):
            own = move.action != "decide a case"
            viewer = DEMO_VIEWERS["governance" if own else "team"]
            cells = packed(SHOWN, ASKED)
            text = cells[row["number"] % len(cells)] if move.asks else ""
            said = {"seen": row["stage"], "viewer": viewer, "at": at, "text": text}
            if move.is_for_late or (own and row["site_ods_code"] not in viewer.sites):
                continue
            inbox.move_case(path, row["number"], move.name, **said)
            break
    for text in packed([named(one) for one in SHOWN if len(one) < 90], 100):
        for row in inbox.cases(path, TEAM):
            try:
                inbox.attach_document(
                    path,
                    row["number"],
                    f"{text}.txt",
                    text.encode(),
                    viewer=DEMO_VIEWERS["team"],
                    at=at,
                )
                break
            except LedgerError:  # a case that takes no more
                continue


def _reviews(path, at):
    with Reader.open(path, GOVERNANCE) as reader:
        events = reader.sentinel_events(period="36 months")
    keyed = inbox.with_reviews(path, events, GOVERNANCE, at.date())
    lessons = packed(SHOWN, ASKED)
    for (key, site), lesson in zip(
        keyed.select("event_key", "site_id").rows(), lessons, strict=False
    ):
        said = {"outcome": "UNRELATED", "lesson": lesson, "viewer": GOVERNANCE, "at": at}
        inbox.review_event(path, key, site=site, **said)


def _views(path, at):
    """As many views as a person may save, of hostile names, on the team's Home."""
    desk = inbox.Desk(path, DEMO_VIEWERS["team"], at)
    for text in [one for one in SHOWN if len(one) <= LONGEST_NAME][:MOST]:
        desk.save_view(text, "compliance", {"rule": text})


def _requests(path, ledger, at):
    """Withdrawals and roll-backs with hostile reasons, and answers to queries."""
    accepted = [one for one in ledger.submissions() if one["state"] in ("accepted", "signed")]
    of_lead = [one["submission_id"] for one in accepted if one["site_ods_code"] in LEAD.sites]
    inbox.request_withdraw(path, of_lead[-1], by=WHOLE, reason=WHOLE, at=at)
    inbox.request_roll_back(path, of_lead[0], by=WHOLE, reason=WHOLE, at=at)
    answers = iter(packed(SHOWN, 500))
    for submission in reversed(of_lead):
        found = inbox.report(path, submission).findings.filter(pl.col("severity") == "W")
        for finding in found["finding_id"]:
            reason = next(answers, None)
            if reason is None:
                return
            said = {"reason": reason, "by": WHOLE, "at": at}
            try:
                inbox.answer_finding(path, submission, finding, **said)
            except LedgerError:  # one that is answered
                continue
