"""Procedures of a locked year in an export of another period: one claim a side."""

from dataclasses import replace
from datetime import date, datetime

import duckdb
import pytest

from expectations.dictionary import site_tables, stored_columns
from ingest.locked_rows import locked_row_findings
from ingest.submission import Registry, Submission

LATER = Submission(
    site="ZZ101",
    period_start=date(2026, 4, 1),
    period_end=date(2026, 6, 30),
    submission_type="INCREMENTAL",
    extract_datetime=datetime.fromisoformat("2026-07-10T09:00:00+01:00"),
    nil_return=False,
)
LOCKED = Registry(locked=((date(2025, 4, 1), date(2026, 3, 31)),))
FULL = replace(LATER, submission_type="FULL")


@pytest.fixture
def found():
    """found(sent, held): (rule, key) of each finding; a row is key: (procedure_date, notes)."""

    def ask(sent, held=None, submission=LATER, registry=LOCKED):
        with duckdb.connect() as connection:
            kinds = [c.duckdb_type for c in site_tables()["procedure"].columns.values()]
            columns = zip(stored_columns(site_tables()["procedure"]), kinds, strict=True)
            declared = ", ".join(f"{name} {kind}" for name, kind in columns)
            place = "record_key varchar, source_file varchar, source_line bigint, row_id bigint"
            for name in ("sent_procedure", "held_procedure", "procedure"):
                connection.execute(f"create table {name} ({declared}, {place})")
            is_full = submission.submission_type == "FULL"
            state = sent if is_full else (held or {}) | sent
            for name, rows in (
                ("sent_procedure", sent),
                ("held_procedure", held or {}),
                ("procedure", state),
            ):
                for line, (key, (day, anaesthesia)) in enumerate(rows.items(), 1):
                    connection.execute(
                        f"insert into {name} (record_key, procedure_id, procedure_date,"
                        " anaesthesia, source_line, row_id) values (?, ?, ?, ?, ?, ?)",
                        [key, key, day, anaesthesia, line, line],
                    )
            rows = locked_row_findings(connection, submission, registry)
        return set(rows.select("rule", "record_key").iter_rows())

    return ask


LAST_DAY, DAY_AFTER = date(2026, 3, 31), date(2026, 4, 1)
FIRST_DAY, DAY_BEFORE = date(2025, 4, 1), date(2025, 3, 31)


@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY])
def test_a_new_procedure_of_a_locked_year_is_found(found, day):
    assert found({"new": (day, "GA")}) == {("K10b", "new")}


@pytest.mark.parametrize("day", [DAY_BEFORE, DAY_AFTER, None])
def test_a_new_procedure_of_another_year_is_not(found, day):
    assert found({"new": (day, "GA")}) == set()


def test_a_procedure_sent_again_unchanged_is_not_found(found):
    same = {"one": (LAST_DAY, "GA"), "two": (LAST_DAY, None)}
    assert found(same, held=same) == set()


def test_a_changed_procedure_of_a_locked_year_is_found(found):
    held = {"one": (LAST_DAY, "GA")}
    assert found({"one": (LAST_DAY, None)}, held=held) == {("K10b", "one")}


def test_a_procedure_moved_out_of_a_locked_year_or_into_it_is_found(found):
    assert found({"one": (DAY_AFTER, "GA")}, held={"one": (LAST_DAY, "GA")}) == {("K10b", "one")}
    assert found({"one": (LAST_DAY, "GA")}, held={"one": (DAY_AFTER, "GA")}) == {("K10b", "one")}


def test_nothing_is_found_without_a_lock_or_in_a_correction(found):
    new = {"new": (LAST_DAY, "GA")}
    assert found(new, registry=Registry()) == set()
    assert found(new, submission=replace(LATER, submission_type="CORRECTION")) == set()


def test_a_procedure_that_an_incremental_does_not_send_is_not_dropped(found):
    assert found({}, held={"one": (LAST_DAY, "GA")}) == set()


def test_a_full_export_may_not_add_change_or_drop_a_procedure_of_a_locked_year(found):
    held = {"same": (LAST_DAY, "GA"), "other": (LAST_DAY, "GA"), "gone": (LAST_DAY, "GA")}
    sent = {"same": (LAST_DAY, "GA"), "other": (LAST_DAY, None), "new": (LAST_DAY, "GA")}
    told = found(sent, held=held, submission=FULL)
    assert told == {("K10", "other"), ("K10", "new"), ("K10", "gone")}
    free = {"gone": (DAY_AFTER, "GA")}
    assert found({}, held=free, submission=FULL) == set()
