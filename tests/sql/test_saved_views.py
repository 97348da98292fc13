"""Saved views: one's own alone, few, short, inert, and gone with whom they name."""

import json
from dataclasses import replace

import pytest

from sql import erased
from sql.access import DEMO_VIEWERS, Viewer
from sql.accounts import Rights, begin, disable, grant
from sql.audit_log import faults
from sql.ledger import Ledger, LedgerError
from sql.saved_views import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    MOST,
    address_of,
    delete,
    rename,
    save,
    saved_views,
)
from tests.hostile_strings import SHOWN
from tests.sql.test_erasures import WORKER, begun
from tests.sql.test_ledger import AT

LEAD, TEAM = DEMO_VIEWERS["lead"], DEMO_VIEWERS["team"]
BLEEDS = address_of("complications", {"period": "12 months", "outcome": "S2_30"})


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def ledger_on_server(tmp_path, server, on_postgresql):
    """A ledger on a server, and what gives the bytes of the files of every table there."""

    def files():
        server.do("postgres", "checkpoint")
        return b"".join(path.read_bytes() for path in (server.data / "base").glob("*/*"))

    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened, files


def names(ledger, viewer=LEAD):
    return [one.name for one in saved_views(ledger, viewer)]


def test_a_view_is_kept_as_an_address_and_listed_by_name(ledger):
    save(ledger, LEAD, "deaths", address_of("home", {}), at=AT)
    number = save(ledger, LEAD, "  Bleeds,\n a year ", BLEEDS, at=AT)
    (first, second) = saved_views(ledger, LEAD)
    assert (first.number, first.name, first.page) == (number, "Bleeds, a year", "complications")
    assert first.query == {"period": "12 months", "outcome": "S2_30"}
    assert (second.name, second.page, second.query) == ("deaths", "home", {})


def test_an_address_is_given_back_as_it_was(ledger):
    query = {"search": "a&b=c?d#e % + é", "empty": "", "as_of": "2025-26"}
    save(ledger, LEAD, "odd", address_of("rules", query), at=AT)
    assert saved_views(ledger, LEAD)[0].query == query


def test_nobody_sees_or_moves_the_views_of_another(ledger):
    number = save(ledger, LEAD, "mine", BLEEDS, at=AT)
    assert names(ledger, TEAM) == []
    for move in (
        lambda: rename(ledger, TEAM, number, "yours", at=AT),
        lambda: delete(ledger, TEAM, number, at=AT),
    ):
        with pytest.raises(LedgerError, match="no such view"):
            move()
    save(ledger, TEAM, "mine", BLEEDS, at=AT)
    assert (names(ledger), names(ledger, TEAM)) == (["mine"], ["mine"])


def test_a_login_given_anew_opens_nothing_of_whoever_had_it_before(ledger):
    begin(ledger, {"a@nhs.test": "Dr A", "b@nhs.test": "Dr B"}, at=AT)
    by = {"registered": {"ZZ101"}, "by": "a@nhs.test", "at": AT}
    rights = Rights("site lead", ("ZZ101",))
    first = grant(ledger, "lead@nhs.test", "Dr L", rights, **by)
    person = Viewer("Dr L", "site lead", ("ZZ101",), None, "Lead@nhs.test")
    save(ledger, person, "mine", BLEEDS, at=AT)
    save(ledger, replace(person, login="a@nhs.test"), "kept", BLEEDS, at=AT)
    assert names(ledger, person) == ["mine"]
    disable(ledger, first, reason="left", by="b@nhs.test", at=AT)
    with pytest.raises(LedgerError, match="account is closed"):  # by a page that was open then
        save(ledger, person, "late", BLEEDS, at=AT)
    assert names(ledger, person) == []
    grant(ledger, "lead@nhs.test", "Dr M", rights, **by)
    assert names(ledger, person) == []
    assert names(ledger, replace(person, login="a@nhs.test")) == ["kept"]


def test_names_are_one_short_line_each_once(ledger):
    number = save(ledger, LEAD, "N" * LONGEST_NAME, BLEEDS, at=AT)
    other = save(ledger, LEAD, "n" * LONGEST_NAME, BLEEDS, at=AT)
    for name, why in (
        ("N" * (LONGEST_NAME + 1), "at most 60 characters; this has 61"),
        (" \x00\t\n ", "Give the view a name"),
        ("N" * LONGEST_NAME, "of this name already"),
    ):
        with pytest.raises(LedgerError, match=why):
            save(ledger, LEAD, name, BLEEDS, at=AT)
        with pytest.raises(LedgerError, match=why):
            rename(ledger, LEAD, other, name, at=AT)
    rename(ledger, LEAD, number, "N" * LONGEST_NAME, at=AT)  # its own is free to it
    rename(ledger, LEAD, number, "a\x00b\x1b\ud800c", at=AT)
    assert names(ledger) == ["a b c", "n" * LONGEST_NAME]


def test_any_words_are_a_name(ledger):
    shown = [text[:LONGEST_NAME] for text in SHOWN[:MOST]]
    for text in shown:
        save(ledger, LEAD, text, BLEEDS, at=AT)
    assert len(names(ledger)) == MOST


def test_a_person_keeps_so_many_and_the_next_when_one_is_gone(ledger):
    numbers = [save(ledger, LEAD, str(n), BLEEDS, at=AT) for n in range(MOST)]
    with pytest.raises(LedgerError, match="You keep 30 views already"):
        save(ledger, LEAD, "one more", BLEEDS, at=AT)
    delete(ledger, LEAD, numbers[0], at=AT)
    save(ledger, LEAD, "one more", BLEEDS, at=AT)
    assert len(names(ledger)) == MOST


def test_an_address_has_an_end(ledger):
    longest = "rules?search=" + "x" * (LONGEST_ADDRESS - 13)
    save(ledger, LEAD, "long", longest, at=AT)
    with pytest.raises(LedgerError, match="too long to keep: 1001"):
        save(ledger, LEAD, "longer", longest + "x", at=AT)


def test_the_log_tells_of_each_change_and_of_no_word_or_address(ledger):
    number = save(ledger, LEAD, "Patient P-0042", "record?procedure=P-0042", at=AT)
    rename(ledger, LEAD, number, "Mr Smith", at=AT)
    delete(ledger, LEAD, number, at=AT)
    events = ledger.events(f"view {number}")
    assert [one["action"] for one in events] == ["view saved", "view renamed", "view deleted"]
    assert not {"P-0042", "Smith"} & set(json.dumps(events).replace('"', " ").split())
    assert faults(ledger) == []


def test_views_of_an_erased_patients_records_are_gone_and_no_others(ledger, tmp_path, database):
    gone = {
        "theirs": {"site": "ZZ101", "procedure": "P-0042"},
        "of no site": {"procedure": "P-0042"},
    }
    stays = {
        "of another site": {"site": "ZZ201", "procedure": "P-0042"},
        "another": {"site": "ZZ101", "procedure": "P-00420"},
        "none": {"site": "ZZ101"},
    }
    for name, query in (gone | stays).items():
        save(ledger, TEAM, name, address_of("record", query), at=AT)
    save(ledger, LEAD, "bleeds", BLEEDS, at=AT)
    told = {"findings": [], "reviews": [], "ids": {"ZZ101": ["P-0042"]}}
    erased.tell_rewritten(ledger, begun(ledger), {}, **told, **WORKER)
    assert set(names(ledger, TEAM)) == set(stays)
    assert names(ledger) == ["bleeds"]


def test_no_byte_of_an_erased_patients_view_stays_on_a_server(ledger_on_server):
    ledger, files = ledger_on_server
    for n in range(3):
        address = address_of("record", {"site": "ZZ101", "procedure": f"P-ERASED-{n}"})
        save(ledger, TEAM, f"view {n}", address, at=AT)
    assert b"P-ERASED" in files()
    told = {"findings": [], "reviews": []}
    gone = {"ZZ101": [f"P-ERASED-{n}" for n in range(3)]}
    erased.tell_rewritten(ledger, begun(ledger), {}, ids=gone, **told, **WORKER)
    ledger.compact()
    save(ledger, TEAM, "another", "record?procedure=P-STAYS", at=AT)
    assert (b"P-STAYS" in files(), b"P-ERASED" in files()) == (True, False)


def test_a_view_in_which_an_erased_id_stands_is_gone_whatever_its_page(ledger):
    gone = {
        "Compare P-0042 again": BLEEDS,
        "of the p-0042": "home",
        "(P-0042)": address_of("record", {"site": "ZZ101", "procedure": "P-0001"}),
        "searched": address_of("rules", {"search": "x P-0042,P-0001"}),
        "of a case": address_of("data-quality", {"record": "Q_0007_B"}),
    }
    stays = {
        "P-00420": BLEEDS,
        "xP-0042": BLEEDS,
        "of another site": address_of("record", {"site": "ZZ201", "procedure": "P-0042"}),
        "id 12345": address_of("rules", {"search": "12345"}),  # too short to tell of anybody
    }
    for name, address in (gone | stays).items():
        save(ledger, TEAM, name, address, at=AT)
    ids = {"ZZ101": ["P-0042", "12345"], "ZZ102": ["Q_0007_B"]}
    told = {"findings": [], "reviews": [], "ids": ids}
    erased.tell_rewritten(ledger, begun(ledger), {}, **told, **WORKER)
    assert set(names(ledger, TEAM)) == set(stays)
