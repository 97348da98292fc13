"""Every method of the desk by every role, for its own site, another's and what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from ingest import inbox
from ingest.depositing import MOST_WAITING
from ingest.desk_rights import DeskOf, may
from ingest.home import create_home, open_home
from ingest.inbox import Desk
from ingest.report_kept import kept_of
from sql.access import AccessDenied, Role, Viewer
from sql.accounts import Rights
from sql.ledger import Ledger, LedgerError
from sql.outlier_cases import Found, open_cases
from sql.reader_periods import reporting_period
from sql.sentinel_reviews import NAMED_BY, event_key, reviews
from tests.sql.small_release import Complication, procedures, write_release

AT = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
OWN, OTHER, NOWHERE = "ZZ102", "ZZ301", "not there"
ROLES = get_args(Role)

# Who may call what, for the own site or for all: written out here, apart from the matrix.
EXPECTED = """
    method                uploader lead governance commissioner team admin
    template              own      own  none       none         none none
    deposit               own      own  none       none         none none
    check_only            own      own  none       none         none none
    is_check_waiting      own      own  none       none         none none
    checked_only          own      own  none       none         none none
    forget_check          own      own  none       none         none none
    cancel                own      own  none       none         none none
    history               own      own  none       none         none none
    submissions           own      own  own        none         all  none
    progress              own      own  own        none         all  none
    report                own      own  own        none         all  none
    has_workbook          own      own  own        none         all  none
    has_export            own      own  own        none         all  none
    report_workbook       own      own  own        none         all  none
    receipt_pdf           own      own  own        none         all  none
    receipt_html          own      own  own        none         all  none
    as_received           own      own  own        none         all  none
    difference            own      own  own        none         all  none
    asked                 own      own  own        none         all  none
    accept                own      own  none       none         none none
    agree_to_accept       none     none none       none         all  none
    withdraw              none     own  none       none         none none
    agree_to_withdraw     none     none none       none         all  none
    roll_back             none     own  none       none         none none
    agree_to_roll_back    none     none none       none         all  none
    answers               own      own  own        none         all  none
    answer_finding        own      own  none       none         none none
    due                   own      own  own        none         all  none
    signed_off            own      own  own        none         all  none
    sign_off              none     own  none       none         none none
    locked_periods        own      own  own        none         all  none
    lock                  none     none none       none         all  none
    unlock                none     none none       none         all  none
    validated             own      own  own        none         all  none
    snapshots             none     none none       none         all  none
    validation            none     none none       none         all  none
    asked_of_snapshot     none     none none       none         all  none
    open_snapshot         none     none none       none         all  none
    cancel_snapshot       none     none none       none         all  none
    request_snapshot      none     none none       none         all  none
    snapshot_differences  none     none none       none         all  none
    releases              none     none none       none         all  none
    kept_states           all      all  all        all          all  all
    as_it_stood           own      own  own        none         all  none
    as_frozen             all      all  all        all          all  none
    bridge_progress       own      own  own        none         all  none
    request_bridge        all      all  all        none         all  none
    cases                 own      own  own        all          all  none
    analysed_periods      own      own  own        all          all  none
    case_steps            own      own  own        none         all  none
    move_case             none     none own        none         all  none
    documents             own      own  own        none         all  none
    document              own      own  own        none         all  none
    attach_document       none     none own        none         all  none
    remove_document       none     none none       none         all  none
    with_reviews          own      own  own        none         all  none
    review_event          none     none own        none         none none
    saved_views           all      all  all        all          all  all
    save_view             all      all  all        all          all  all
    rename_view           all      all  all        all          all  all
    delete_view           all      all  all        all          all  all
    last_visit            all      all  all        all          all  all
    visit                 all      all  all        all          all  all
    changed_since         all      all  all        all          all  all
    outbox                none     none none       none         all  all
    erasures              none     none none       none         all  none
    order_erasure         none     none none       none         all  none
    confirm_erasure       none     none none       none         all  none
    cancel_erasure        none     none none       none         all  none
    accounts              none     none none       none         none all
    grant_account         none     none none       none         none all
    agree_account         none     none none       none         none all
    change_account        none     none none       none         none all
    disable_account       none     none none       none         none all
    audit_events          none     none none       none         none all
    audit_faults          none     none none       none         none all
"""
TABLE = {
    line.split()[0]: dict(zip(ROLES, line.split()[1:], strict=True))
    for line in EXPECTED.splitlines()[2:]
    if line.strip()
}


def viewer(role: Role) -> Viewer:
    sites = (OWN,) if "own" in {reaches[role] for reaches in TABLE.values()} else ()
    return Viewer(f"Dr {role}", role, sites, None, f"{role.replace(' ', '.')}@nhs.test")


class Things:
    """What there is of a site, by its number or id; of no site what is not there."""

    def __init__(self, home: Path, site: str) -> None:
        self.site, self.submission, self.case, self.document = site, NOWHERE, 99, 99
        self.event = event_of(home, site)
        if site == NOWHERE:
            return
        self.submission = inbox.deposit(home, b"zip", "a.zip", site=site, by="C", at=AT)
        told = {"verdict": "held", "records": {}, "notices": [], "not_evaluated": []}
        told |= {"findings": [], "exclusions": []}
        inbox.write_report(open_home(home), self.submission, kept_of(told))
        found = Found(site, "E", "S2_30", "alarm", reporting_period("2025/26"), {"title": "Bleeds"})
        with Ledger(home / "ledger.sqlite") as ledger:
            ledger.move(self.submission, "checking", by="worker", at=AT)
            ledger.move(self.submission, "held", by="worker", at=AT)
            (self.case,) = open_cases(ledger, [found], by="team", at=AT)
        team = viewer("registry team")
        text = f"Minutes of {site}".encode()
        self.document = inbox.attach_document(home, self.case, "a.txt", text, viewer=team, at=AT)


def event_of(home: Path, site: str) -> str:
    """The key of the one sentinel event of a site; of no site one that is not there."""
    named = dict(zip(NAMED_BY, (site, "P000", "a tamponade", "Clavien-Dindo IV or V"), strict=True))
    return event_key(named, open_home(home).storage_keys())


def _move_of(who: Viewer) -> dict[str, str]:
    """A move that the role may make, and the stage it is made from."""
    is_trust = who.role == "governance lead"
    name, seen = ("respond", "notified") if is_trust else ("begin the data check", "potential")
    return {"name": name, "seen": seen}


EVENTS = pl.DataFrame(schema={**dict.fromkeys(NAMED_BY, pl.String), "onset_date": pl.Date})
DAY = date(2026, 9, 30)
# How each method is called; those left out take nothing.
CALLS: dict[str, Callable[[Any, Things], Any]] = {
    **{
        name: lambda method, one: method(one.submission)
        for name in (
            *("cancel", "progress", "report", "has_workbook", "has_export"),
            *("report_workbook", "asked"),
            *("receipt_pdf", "receipt_html", "as_received"),
        )
    },
    **{
        name: lambda method, one: method(one.submission, reason="as the site says")
        for name in ("withdraw", "agree_to_withdraw", "roll_back", "agree_to_roll_back")
    },
    **{
        name: lambda method, one: method(99)
        for name in (
            *("validation", "asked_of_snapshot", "request_snapshot", "confirm_erasure"),
            "agree_account",
        )
    },
    **{
        name: lambda method, one: method(99, reason="a mistake")
        for name in ("unlock", "cancel_snapshot", "cancel_erasure")
    },
    **{name: lambda method, one: method(one.site) for name in ("history", "answers")},
    **{
        name: lambda method, one: method(one.site, b"data", "procedure.csv")
        for name in ("deposit", "check_only")
    },
    **{
        name: lambda method, one: method(one.site, "0123")
        for name in ("is_check_waiting", "checked_only", "forget_check")
    },
    **{name: lambda method, one: method(one.case) for name in ("case_steps", "documents")},
    **{name: lambda method, one: method(12, 14) for name in ("bridge_progress", "request_bridge")},
    "difference": lambda method, one: method(one.submission, one.submission),
    "accept": lambda method, one: method(one.submission, exclusions="digest"),
    "agree_to_accept": lambda method, one: method(one.submission, exclusions="d", reason="right"),
    "answer_finding": lambda method, one: method(
        one.submission, "1", reason="right", expires=AT.date() + timedelta(days=30)
    ),
    "sign_off": lambda method, one: method(one.site, "2026/27 Q2", text="It is complete."),
    "lock": lambda method, one: method("2025/26", reason="closed"),
    "open_snapshot": lambda method, one: method("2025/26"),
    "as_it_stood": lambda method, one: method(DAY),
    "as_frozen": lambda method, one: method("2025/26"),
    "move_case": lambda method, one: method(one.case, **_move_of(method.__self__.viewer)),
    "document": lambda method, one: method(one.case, one.document),
    "attach_document": lambda method, one: method(one.case, "b.txt", b"More minutes"),
    "remove_document": lambda method, one: method(one.document, why="a mistake"),
    "with_reviews": lambda method, one: method(EVENTS),
    "review_event": lambda method, one: method(one.event, outcome="PLANNED", lesson="None."),
    "order_erasure": lambda method, one: method(one.site, ["A" * 64], reason="asked"),
    "grant_account": lambda method, one: method("x@nhs.test", "X", Rights("commissioner")),
    "change_account": lambda method, one: method(99, Rights("commissioner")),
    "save_view": lambda method, one: method("Bleeds", "complications", {"outcome": "S2_30"}),
    "rename_view": lambda method, one: method(99, "Bleeding"),
    "visit": lambda method, one: method(14),
    "changed_since": lambda method, one: method(AT - timedelta(days=7)),
    "delete_view": lambda method, one: method(99),
    "disable_account": lambda method, one: method(99, "left"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = create_home(tmp_path_factory.mktemp("desk") / "home", demo_today=AT.date())
    harmed = [one for site in (OWN, OTHER) for one in procedures(site, 1)]
    grave = [Complication(site, "a tamponade", "P000", grade="IVa") for site in (OWN, OTHER)]
    return write_release(made.path, harmed, grave)


@pytest.fixture(scope="module")
def log(home: Path) -> Iterator[Ledger]:
    with Ledger(home / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture(scope="module")
def things(home: Path) -> dict[str, Things]:
    return {site: Things(home, site) for site in (OWN, OTHER, NOWHERE)}


def denials(home: Path) -> list[tuple[str, str, str]]:
    with Ledger(home / "ledger.sqlite") as ledger:
        return denied_in(ledger)


def denied_in(ledger: Ledger) -> list[tuple[str, str, str]]:
    events = [one for one in ledger.events() if one["action"] == "denied"]
    return [(one["by"], one["subject"], one["detail"]) for one in events]


def test_every_method_is_declared_and_stands_in_the_table():
    public = {name for name in dir(Desk) if not name.startswith("_")}
    assert public == set(TABLE)
    with pytest.raises(TypeError, match=r"Open.peek: say who may"):
        type("Open", (DeskOf,), {"peek": lambda self: None})


def test_the_table_is_what_the_declared_rights_and_the_matrix_come_to():
    for name, reaches in TABLE.items():
        right = getattr(Desk, name).right
        for role, reach in reaches.items():
            of_matrix = {viewer(role).reach(action) for action in right.actions}
            allowed = of_matrix - {"none"}
            assert bool(allowed) == (reach != "none"), (name, role)
            if reach != "none" and right.site_of is not None:
                assert allowed == {reach}, (name, role)


@pytest.mark.parametrize("name", list(TABLE))
def test_each_role_may_call_what_the_table_says_and_each_denial_is_logged(home, log, things, name):
    logged = denied_in(log)
    for role, reach in TABLE[name].items():
        who = viewer(role)
        method = getattr(Desk(home, who, AT), name)
        says = set()
        for site, one in things.items():
            has_site = getattr(Desk, name).right.site_of is not None
            is_allowed = reach == "all" or (reach == "own" and (site == OWN or not has_site))
            call = CALLS.get(name, lambda method, one: method())
            if is_allowed:
                with suppress(LedgerError, FileNotFoundError, ValueError):
                    call(method, one)
                assert denied_in(log) == logged
            else:
                with pytest.raises(AccessDenied) as denied:
                    call(method, one)
                says.add(str(denied.value))
                before, logged = logged, denied_in(log)
                *others, (by, subject, detail) = logged
                assert others == before
                assert (by, subject) == (who.login, denied.value.action)
                assert one.submission not in detail
        assert len(says) <= 1, "another site's and what is not there are refused alike"


@pytest.mark.parametrize("role", [role for role in ROLES if TABLE["submissions"][role] != "none"])
def test_lists_hold_the_viewers_sites_and_no_others(home, things, role):
    desk = Desk(home, viewer(role), AT)
    sites = {OWN} if viewer(role).sites else {OWN, OTHER}
    assert set(desk.submissions()["site_ods_code"]) >= sites
    assert set(desk.submissions()["site_ods_code"]) - {NOWHERE} == sites
    assert {row["site_ods_code"] for row in desk.cases()} == sites
    assert set(desk.signed_off()["site_ods_code"]) <= sites


def test_what_is_compared_must_be_own_on_either_side(home, things):
    desk = Desk(home, viewer("site lead"), AT)
    for other in (OTHER, NOWHERE):
        with pytest.raises(AccessDenied) as denied:
            desk.difference(things[OWN].submission, things[other].submission)
        assert str(denied.value) == "This account may see rows for ZZ102 only."


def test_a_move_needs_the_right_that_the_move_is_of(home, things):
    desk = Desk(home, viewer("governance lead"), AT)
    with pytest.raises(AccessDenied, match="may not decide a case"):
        desk.move_case(things[OWN].case, "begin the data check", seen="potential")


def test_a_check_of_another_site_is_as_one_that_is_not_there(home):
    asked = Desk(home, viewer("site uploader"), AT).check_only(OWN, b"data", "procedure.csv")
    elsewhere = Viewer("Dr E", "site uploader", (OTHER,), None, "e@nhs.test")
    desk = Desk(home, elsewhere, AT)
    assert not desk.is_check_waiting(OTHER, asked)
    assert desk.checked_only(OTHER, asked) is None
    desk.forget_check(OTHER, asked)
    assert Desk(home, viewer("site uploader"), AT).is_check_waiting(OWN, asked)


def test_no_site_fills_the_queue_of_checks_and_another_is_not_kept_out(tmp_path):
    home = create_home(tmp_path / "home", demo_today=AT.date()).path
    desk = Desk(home, Viewer("C. Demo", "site uploader", (OWN, OTHER)), AT)
    asked = [desk.check_only(OWN, b"zip", "a.zip") for _ in range(MOST_WAITING)]
    with pytest.raises(LedgerError, match=f"20 exports of {OWN} wait to be checked"):
        desk.check_only(OWN, b"zip", "a.zip")
    assert desk.check_only(OTHER, b"zip", "a.zip")
    assert desk.deposit(OWN, b"zip", "a.zip"), "what is sent waits in a queue of its own"
    desk.forget_check(OWN, asked[0])
    assert desk.check_only(OWN, b"zip", "a.zip")


def test_an_event_is_of_the_site_that_the_release_names(home, log, things):
    lead = viewer("governance lead")
    desk = Desk(home, lead, AT)
    own = Viewer("Dr A", "governance lead", (OWN,), None, lead.login)
    said = {"outcome": "UNRELATED", "lesson": "None."}
    number = desk.review_event(things[OWN].event, **said)
    assert reviews(log, own)[-1]["number"] == number
    assert reviews(log, own)[-1]["site_ods_code"] == OWN
    refused = []
    for event in (things[OTHER].event, things[NOWHERE].event, "", "0" * 64):
        before = denied_in(log)
        with pytest.raises(AccessDenied) as denied:
            desk.review_event(event, **said)
        refused.append(str(denied.value))
        *others, (by, subject, detail) = denied_in(log)
        assert (others, by, subject) == (before, lead.login, "review an event")
        assert event == "" or event not in detail
    assert set(refused) == {"This account may review an event for ZZ102 only."}
    assert reviews(log, own)[-1]["number"] == number


def test_no_event_is_reviewed_where_nothing_is_published(tmp_path):
    home = create_home(tmp_path / "home", demo_today=AT.date()).path
    with pytest.raises(AccessDenied):
        Desk(home, viewer("governance lead"), AT).review_event(
            event_of(home, OWN), outcome="UNRELATED", lesson="None."
        )


def test_who_did_it_is_the_account_and_in_the_demo_a_name(tmp_path):
    home = create_home(tmp_path / "home", demo_today=AT.date()).path
    account, persona = viewer("site uploader"), Viewer("C. Demo", "site uploader", (OWN,))
    for who in (account, persona):
        Desk(home, who, AT).deposit(OWN, b"zip", "a.zip")
    told = set(Desk(home, persona, AT).submissions()["received_by"])
    assert told == {"site.uploader@nhs.test", "C. Demo, site uploader"}


def test_no_site_fills_the_queue_and_another_is_not_kept_out(tmp_path):
    home = create_home(tmp_path / "home", demo_today=AT.date()).path
    desk = Desk(home, Viewer("C. Demo", "site uploader", (OWN, OTHER)), AT)
    sent = [desk.deposit(OWN, b"zip", "a.zip") for _ in range(MOST_WAITING)]
    with pytest.raises(LedgerError, match=f"20 exports of {OWN} wait to be checked"):
        desk.deposit(OWN, b"zip", "a.zip")
    assert desk.deposit(OTHER, b"zip", "a.zip")
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.move(sent[0], "refused", by="worker", at=AT)
    assert desk.deposit(OWN, b"zip", "a.zip")


def test_a_demos_persona_is_refused_and_not_logged(home):
    before = denials(home)
    with pytest.raises(AccessDenied):
        Desk(home, Viewer("C. Demo", "site uploader", (OWN,)), AT).lock("2025/26", reason="x")
    assert denials(home) == before


def test_a_denial_is_logged_once_wherever_it_passes(tmp_path):
    home = create_home(tmp_path / "home", demo_today=AT.date()).path

    class Outer(DeskOf):
        @may("see definitions")
        def ask(self) -> object:
            return Desk(self.home, self.viewer, self.now).accounts()

    with pytest.raises(AccessDenied):
        Outer(home, viewer("site lead"), AT).ask()
    assert denials(home) == [("site.lead@nhs.test", "manage accounts", "{}")]


def test_no_site_is_logged_that_may_be_anything_else(home):
    for site, told in (("ZZ301", '{"site": "ZZ301"}'), ("943 476 5919", "{}"), ("A" * 64, "{}")):
        with pytest.raises(AccessDenied):
            Desk(home, viewer("site lead"), AT).deposit(site, b"zip", "a.zip")
        assert denials(home)[-1][2] == told
