"""What each site owes for each quarter, on both sides of each due date."""

from datetime import date, datetime

import polars as pl
import pytest

from ingest.due import due
from sql.accepted import REPORT

# Q1 of 2026/27 ends on 30 June; it is due six weeks later, on 11 August.
Q1 = date(2026, 4, 1)
DUE = date(2026, 8, 11)


@pytest.fixture
def register(tmp_path):
    sites = {"site_ods_code": ["ZZ101", "ZZ102"], "site_name": ["Aldermere", "Brackenholt"]}
    pl.DataFrame(sites).write_parquet(tmp_path / "site.parquet")
    designations(tmp_path, ("ZZ101", date(2020, 1, 1), None), ("ZZ102", date(2020, 1, 1), None))
    return tmp_path


def designations(folder, *rows):
    schema = {"site_ods_code": pl.String} | dict.fromkeys(
        ("designation_start", "designation_end"), pl.Date
    )
    frame = pl.DataFrame(list(rows), schema=schema, orient="row")
    frame.write_parquet(folder / "site_designation.parquet")


def row(site="ZZ101", state="accepted", received="2026-08-01T09:00:00+00:00", **said):
    columns = {
        "submission_id": f"{site} {state} {received}",
        "site_ods_code": site,
        "state": state,
        "received_at": received,
        "period_start": "2026-04-01",
        "period_end": "2026-06-30",
        "submission_type": "INCREMENTAL",
        "nil_return": False,
    }
    return columns | said


def reported(*rows):
    """What the accepted of these submissions report."""
    read = {"period_start": date.fromisoformat, "period_end": date.fromisoformat}
    found = [
        {
            **{name: row.get(name) for name in REPORT},
            **{name: of(row[name]) for name, of in read.items()},
            "site_id": row["site_ods_code"],
            "is_nil_return": row["nil_return"],
            "received_at": datetime.fromisoformat(row["received_at"]).replace(tzinfo=None),
        }
        for row in rows
        if row["state"] == "accepted"
    ]
    return pl.DataFrame(found, schema=REPORT, orient="row")


def told(register, *rows, today, sites=None):
    held = [row for row in rows if row["state"] == "held"]
    return due(reported(*rows), held, register, today, sites)


def first_quarter(register, *rows, today=date(2026, 9, 1), site="ZZ101"):
    found = told(register, *rows, today=today, sites=[site])
    return found.row(by_predicate=pl.col("quarter_start") == Q1, named=True)


def test_a_quarter_is_due_six_weeks_after_its_end(register):
    assert first_quarter(register)["due_date"] == DUE


@pytest.mark.parametrize(("today", "state"), [(DUE, "not due"), (date(2026, 8, 12), "missing")])
def test_a_quarter_is_missing_from_the_day_after_its_due_date(register, today, state):
    reported = row("ZZ102")  # the registry has begun
    found = first_quarter(register, reported, today=today)
    assert (found["state"], found["is_late_today"]) == (state, state == "missing")


@pytest.mark.parametrize(
    ("received", "is_late"),
    [
        # 23:30 UTC on the due date is the next day in London in summer
        ("2026-08-11T22:30:00+00:00", False),
        ("2026-08-11T23:30:00+00:00", True),
    ],
)
def test_what_comes_in_after_the_due_date_in_london_was_late(register, received, is_late):
    found = first_quarter(register, row(received=received))
    assert (found["state"], found["is_late"], found["is_late_today"]) == (
        "received", is_late, False
    )  # fmt: skip


def test_the_first_report_of_a_quarter_counts_and_not_its_repeat(register):
    again = row(received="2026-10-01T09:00:00+00:00")
    found = first_quarter(register, again, row(), today=date(2026, 11, 1))
    assert (found["is_late"], found["submission_id"]) == (False, row()["submission_id"])


def test_a_nil_return_is_said_until_procedures_are_sent(register):
    nil = row(nil_return=True)
    assert first_quarter(register, nil)["state"] == "nil return"
    assert first_quarter(register, nil, row())["state"] == "received"


def test_a_held_report_is_held_and_late_today_once_due(register):
    found = first_quarter(register, row(state="held"))
    assert (found["state"], found["is_late_today"]) == ("held", True)
    assert first_quarter(register, row(state="held"), row())["state"] == "received"


def test_a_site_is_expected_from_its_first_report_and_while_it_is_designated(register):
    designations(
        register,
        ("ZZ101", date(2020, 1, 1), date(2026, 6, 30)),
        ("ZZ102", date(2026, 7, 1), None),
    )
    rows = [row(period_start="2025-10-01", period_end="2025-12-31")]
    found = told(register, *rows, today=date(2026, 12, 1))
    quarters = {
        site: part["quarter"].to_list() for (site,), part in found.group_by("site_ods_code")
    }
    assert quarters == {
        "ZZ101": ["2025/26 Q3", "2025/26 Q4", "2026/27 Q1"],
        "ZZ102": ["2026/27 Q2"],
    }


def test_a_report_from_a_site_that_is_not_designated_is_shown_and_not_expected(register):
    designations(register, ("ZZ101", date(2020, 1, 1), date(2025, 6, 30)))
    found = first_quarter(register, row())
    assert (found["state"], found["is_expected"]) == ("received", False)
