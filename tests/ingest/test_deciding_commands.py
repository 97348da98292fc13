"""The commands by which people decide: sign-off, lock, unlock, rollback, difference, due."""

import json
from datetime import date

import pytest

from ingest import inbox
from ingest.__main__ import main
from sql.locks import locked
from tests.ingest.journeys import CORRECTION
from tests.ingest.test_journey import cell


@pytest.fixture
def run(registry, capsys):
    """Run a command on the home: its exit code, what it printed, and what it complained of."""

    def ran(*arguments):
        code = main([*arguments, "--home", str(registry.home.path)])
        told = capsys.readouterr()
        return code, told.out.strip(), told.err.strip()

    return ran


def listed(run, *arguments):
    code, told, _ = run(*arguments, "--json")
    assert code == 0
    return json.loads(told)


def test_a_period_is_signed_off_and_listed(run, registry):
    said = ["2024/25-Q1", "--site", "ZZ101", "--text", "complete and right", "--by", "site lead"]
    code, told, _ = run("sign-off", *said)
    assert (code, told) == (0, "sign-off 1: ZZ101 2024/25-Q1 signed")
    assert registry.state(registry.first) == "signed"
    (one,) = listed(run, "sign-off")
    assert (one["site_ods_code"], one["signed_by"], one["text"]) == (
        "ZZ101",
        "site lead",
        "complete and right",
    )
    assert listed(run, "sign-off", "--site", "ZZ102") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["2024/25-Q1", "--text", "right"], "say whose period is signed: --site CODE"),
        (["2024/25-Q1", "--site", "ZZ101"], "text"),
        (["2024/25-Q9", "--site", "ZZ101", "--text", "right"], "2024/25"),
    ],
)
def test_a_sign_off_that_says_too_little_changes_nothing(run, registry, arguments, says):
    code, _, complaint = run("sign-off", *arguments)
    assert code == 2
    assert says in complaint
    assert len(complaint.splitlines()) == 1
    assert registry.state(registry.first) == "accepted"


def test_a_year_is_locked_listed_and_opened_again(run, registry):
    code, told, _ = run("lock", "2024/25", "--reason", "annual report")
    assert (code, told) == (0, "lock 1: 2024/25 takes corrections only")
    assert locked(registry.ledger) == ((date(2024, 4, 1), date(2025, 3, 31)),)
    assert [one["reason"] for one in listed(run, "lock")] == ["annual report"]
    code, told, _ = run("unlock", "1", "--reason", "one more correction")
    assert (code, told) == (0, "lock 1 opened")
    assert locked(registry.ledger) == ()
    assert [one["unlock_reason"] for one in listed(run, "lock")] == ["one more correction"]


def test_a_lock_needs_a_reason_and_a_year_and_an_unlock_a_lock(run, registry):
    for arguments in (["lock", "2024/25"], ["lock", "last year", "--reason", "report"]):
        code, _, complaint = run(*arguments)
        assert code == 2
        assert complaint.startswith("ire-audit: ")
    code, _, complaint = run("unlock", "7", "--reason", "why not")
    assert (code, "no lock 7 stands" in complaint) == (2, True)
    assert locked(registry.ledger) == ()


@pytest.mark.trial
def test_a_roll_back_brings_the_earlier_rows_back_and_is_published(run, registry):
    later = registry.later(1, manifest=CORRECTION, patient=cell("imd_decile", 1, "3"))
    said = ["--reason", "the correction was wrong", "--by", "site lead"]
    code, told, _ = run("rollback", registry.first, *said)
    assert code == 0
    made = told.removeprefix(f"rolled back to {registry.first} by ")
    walk = [one.submission_id for one in registry.worker.walk(site="ZZ101")]
    assert walk == [registry.first, later, made]
    changed = inbox.difference(registry.home.path, registry.first, made, today=date(2026, 11, 16))
    assert changed.cells.is_empty()
    code, _, complaint = run("rollback", made, *said)
    assert code == 2  # that state is the present one
    assert len(complaint.splitlines()) == 1


def test_a_difference_names_each_cell_that_changed(run, registry):
    later = registry.later(1, manifest=CORRECTION, patient=cell("imd_decile", 1, "3"))
    code, told, _ = run("difference", registry.first, later)
    assert code == 0
    assert "1 record changed" in told.splitlines()[0]
    (changed,) = listed(run, "difference", registry.first, later)["cells"]
    assert (changed["table"], changed["column"]) == ("patient", "imd_decile")
    code, _, complaint = run("difference", registry.first, "nothing")
    assert (code, len(complaint.splitlines())) == (2, 1)


def test_what_is_due_is_listed_by_site_and_what_is_late_alone(run):
    owed = listed(run, "due", "--site", "ZZ101")
    states = {one["quarter"]: one["state"] for one in owed}
    assert states["2024/25 Q1"] == "received"
    assert states["2024/25 Q2"] == "missing"
    late = listed(run, "due", "--site", "ZZ101", "--late")
    assert late
    assert late == [one for one in owed if one["is_late_today"]]
    assert "2024/25 Q1" not in {one["quarter"] for one in late}
    assert {one["site_ods_code"] for one in listed(run, "due")} > {"ZZ101"}
