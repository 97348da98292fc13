"""Annual snapshots: when one may be opened, taken or cancelled, and that what is taken stays."""

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from sql import snapshots
from sql.audit_log import faults
from sql.hashes import full_hash, public_hash
from sql.ledger import Ledger, LedgerError
from sql.ledger_tables import SIGN_OFF
from sql.locks import lock, locked, locks, unlock
from sql.reader_periods import quarters
from sql.snapshot_policy import read, window_on
from sql.snapshot_tables import SNAPSHOT
from tests.sql.small_release import procedures, write_release
from tests.sql.tampered import without_triggers

AT = datetime(2026, 8, 24, 9, tzinfo=UTC)
OPENED, LAST, AFTER = date(2026, 8, 24), date(2026, 9, 21), date(2026, 9, 22)
YEAR = snapshots.snapshot_year("2025/26")
OWED = {site: quarters(YEAR.start, YEAR.end) for site in ("ZZ101", "ZZ102")}
FROZEN = snapshots.Frozen(14, "2026-06-30", "full", "public", "rules", "code")
SAID = {"by": "registry team", "at": AT}


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def opened(ledger, of=YEAR, today=OPENED):
    return snapshots.open_snapshot(ledger, of, today=today, **SAID)


def take(ledger, number=1, today=AFTER, frozen=FROZEN):
    snapshots.take(ledger, number, frozen, OWED, today=today, **SAID)


def sign(ledger, site, start="2025-04-01", end="2026-03-31"):
    row = {"site_ods_code": site, "period_start": start, "period_end": end}
    said = {"signed_by": "lead", "signed_at": "", "text": "right", "submissions": "[]"}
    with ledger.write() as connection:
        connection.execute(SIGN_OFF.insert().values(**row, **said))


def actions(ledger):
    return [event["action"] for event in ledger.events()]


@pytest.mark.parametrize(("today", "may"), [(date(2026, 5, 12), False), (date(2026, 5, 13), True)])
def test_a_year_is_opened_once_its_last_quarter_is_due(ledger, today, may):
    if may:
        opened(ledger, today=today)
    else:
        with pytest.raises(LedgerError, match="due on 12 May 2026"):
            opened(ledger, today=today)
    assert len(snapshots.snapshots(ledger)) == int(may)


@pytest.mark.parametrize("text", ["2025", "2025/27", "2025/26 Q2", "36 months", ""])
def test_a_snapshot_is_of_a_reporting_year(text):
    with pytest.raises(LedgerError, match="no reporting year"):
        snapshots.snapshot_year(text)


def test_the_window_has_the_length_in_force_on_the_day_it_is_opened(ledger):
    opened(ledger)
    (row,) = snapshots.snapshots(ledger)
    assert (row["state"], row["window_end"]) == ("validating", LAST.isoformat())
    assert "to be confirmed" in row["window_source"]
    assert window_on(OPENED).days == 28
    with pytest.raises(ValueError, match="rise"):
        read('[[window]]\nsince = 2026-01-01\ndays = 1\nsource = ""\nprovenance = ""\n' * 2)


@pytest.mark.parametrize(
    ("today", "signed", "may"),
    [
        (LAST, (), False),
        (LAST, ("ZZ101",), False),
        (LAST, ("ZZ101", "ZZ102"), True),  # all have signed: nothing to wait for
        (AFTER, (), True),
    ],
)
def test_it_is_taken_after_the_window_or_once_every_expected_site_has_signed(
    ledger, today, signed, may
):
    opened(ledger)
    for site in signed:
        sign(ledger, site)
    if may:
        take(ledger, today=today)
        assert locked(ledger) == ((YEAR.start, YEAR.end),)
        return
    with pytest.raises(LedgerError, match=r"up to 21 Sep 2026, and \d \(.*ZZ102\) have not signed"):
        take(ledger, today=today)
    assert snapshots.snapshot(ledger, 1)["state"] == "validating"
    assert not locks(ledger)


def test_a_site_has_signed_where_its_sign_offs_cover_every_quarter_expected(ledger):
    sign(ledger, "ZZ101", end="2025-09-30")
    assert snapshots.signatures(ledger, OWED) == ([], ["ZZ101", "ZZ102"])
    sign(ledger, "ZZ101", start="2025-10-01")
    assert snapshots.signatures(ledger, OWED) == (["ZZ101"], ["ZZ102"])
    late = {"ZZ102": quarters(date(2026, 1, 1), YEAR.end)}
    sign(ledger, "ZZ102", start="2026-01-01")
    assert snapshots.signatures(ledger, late) == (["ZZ102"], [])


def test_taking_records_the_release_its_hashes_who_signed_and_locks_the_year(ledger):
    opened(ledger)
    sign(ledger, "ZZ101")
    take(ledger)
    row = snapshots.taken_of(ledger, "2025/26")
    kept = ("release", "full_sha256", "public_hash", "rules_hash", "code_hash")
    assert [row[name] for name in kept] == [14, "full", "public", "rules", "code"]
    assert (json.loads(row["signed"]), json.loads(row["not_signed"])) == (["ZZ101"], ["ZZ102"])
    (lock_kept,) = locks(ledger)
    assert (lock_kept["number"], lock_kept["unlocked_at"]) == (row["lock_number"], None)
    assert "release 14" in lock_kept["reason"]
    assert snapshots.releases(ledger) == {14}
    assert actions(ledger) == ["snapshot opened", "locked", "snapshot taken"]
    told = json.loads(ledger.events("snapshot 1")[-1]["detail"])
    assert (told["full_sha256"], told["not_signed"]) == ("full", ["ZZ102"])
    assert not faults(ledger)


def test_a_year_that_is_locked_already_keeps_its_lock(ledger):
    number = lock(ledger, YEAR, **SAID, reason="before there were snapshots")
    opened(ledger)
    take(ledger)
    assert snapshots.snapshot(ledger, 1)["lock_number"] == number
    assert len(locks(ledger)) == 1


def test_where_the_year_cannot_be_locked_nothing_of_it_is_kept(ledger):
    (first, *_) = quarters(YEAR.start, YEAR.end)
    lock(ledger, first, **SAID, reason="a quarter")
    opened(ledger)
    with pytest.raises(LedgerError, match="locked already"):
        take(ledger)
    assert snapshots.snapshot(ledger, 1)["state"] == "validating"
    assert actions(ledger) == ["locked", "snapshot opened"]


def test_a_cancelled_one_needs_a_reason_and_makes_room_for_another(ledger):
    opened(ledger)
    with pytest.raises(LedgerError, match="has a snapshot already: it is validating"):
        opened(ledger)
    with pytest.raises(LedgerError, match="needs a reason"):
        snapshots.cancel(ledger, 1, **SAID, reason=" ")
    snapshots.cancel(ledger, 1, **SAID, reason="opened too early")
    assert opened(ledger) == 2
    take(ledger, 2)
    with pytest.raises(LedgerError, match="has a snapshot already: it is taken"):
        opened(ledger)
    for number, state in ((1, "cancelled"), (2, "taken")):
        for move in (take, lambda ledger, n: snapshots.cancel(ledger, n, **SAID, reason="no")):
            with pytest.raises(LedgerError, match=f"is {state}"):
                move(ledger, number)


def test_the_database_itself_refuses_to_change_a_snapshot(ledger):
    opened(ledger)
    take(ledger)
    opened(ledger, snapshots.snapshot_year("2024/25"))
    taken = SNAPSHOT.c.number == 1
    for change in (
        SNAPSHOT.update().where(taken).values(full_sha256="other"),
        SNAPSHOT.update().where(taken).values(state="validating"),
        SNAPSHOT.update().where(~taken).values(window_end="2026-01-01"),
        SNAPSHOT.update().where(~taken).values(state="published"),
        SNAPSHOT.delete().where(taken),
        SNAPSHOT.insert().values(period="2020/21", state="taken"),
    ):
        with pytest.raises(IntegrityError), ledger.write() as connection:
            connection.execute(change)
    assert [row["state"] for row in snapshots.snapshots(ledger)] == ["validating", "taken"]


def test_unlocking_the_year_leaves_the_snapshot_as_it_was_taken(ledger):
    opened(ledger)
    take(ledger)
    before = snapshots.snapshot(ledger, 1)
    unlock(ledger, before["lock_number"], **SAID, reason="a whole quarter came late")
    assert snapshots.snapshot(ledger, 1) == before


@pytest.fixture
def taken(tmp_path, ledger):
    """A home whose release 14 is the snapshot of 2025/26."""
    home = write_release(tmp_path / "home", procedures("ZZ101", 12))
    opened(ledger)
    hashes = (full_hash(home, 14), public_hash(home, 14), "rules", "code")
    take(ledger, frozen=snapshots.Frozen(14, "2026-09-30", *hashes))
    return home


def differences(home, ledger):
    return list(snapshots.differences(home, ledger, snapshots.snapshot(ledger, 1)))


def test_files_that_are_as_they_were_taken_differ_in_nothing(taken, ledger):
    assert differences(taken, ledger) == []


def test_a_changed_or_missing_file_is_named(taken, ledger):
    full = taken / "releases" / "release-14.duckdb"
    with full.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    (taken / "releases" / "release-14.public.duckdb").unlink()
    assert differences(taken, ledger) == [
        "The full file of release 14 is not the one that was taken.",
        "The public file of release 14 cannot be read: FileNotFoundError.",
    ]


def test_a_ledger_that_was_made_to_fit_another_file_is_found_out_by_the_log(taken, ledger):
    with ledger.write() as connection:
        without_triggers(connection, "snapshot")
        connection.execute(SNAPSHOT.update().values(full_sha256="forged"))
    assert differences(taken, ledger) == [
        "The ledger's full_sha256 is not what the audit log has.",
        "The full file of release 14 is not the one that was taken.",
    ]
