"""What is due of own patients: which windows are open, whose, and how long."""

from datetime import date, timedelta

import pytest

from sql.access import Viewer
from sql.reader import Reader
from tests.sql.small_release import DATA_DATE, Procedure, write_release

TODAY = date(2026, 11, 16)  # 47 days after the data end
LEAD = Viewer("A. Demo", "site lead", ("ZZ101",), "ZZ1")


def treated(days_ago, name="P1", site="ZZ101", **values):
    """A patient of a procedure so long ago, last known alive at the end of the data."""
    day = TODAY - timedelta(days=days_ago)
    values = {"followed_days": float(max(0, (DATA_DATE - day).days))} | values
    return Procedure(site, name, day, **values)


def due(home, *drawn, **beside):
    with Reader.open(write_release(home, list(drawn), **beside), LEAD) as reader:
        found = reader.due(TODAY)
    return [
        (row["procedure_id"], row["kind"], row["visit"], row["days_left"])
        for row in found.iter_rows(named=True)
    ]


@pytest.mark.parametrize(
    ("days_ago", "left"), [(20, None), (21, 39), (60, 0), (61, -1), (106, -46), (107, None)]
)
def test_a_scan_is_due_in_its_window_and_until_the_data_reach_beyond_it(tmp_path, days_ago, left):
    found = [row for row in due(tmp_path, treated(days_ago)) if row[2] == "month 1"]
    assert found == ([] if left is None else [("P1", "scan", "month 1", left)])


def test_what_was_sent_is_not_due(tmp_path):
    patient = treated(70, has_prom_consent=True)
    assert {row[1:3] for row in due(tmp_path / "a", patient)} == {
        ("scan", "month 1"),
        ("scan", "month 3"),
        ("questionnaires", "month 3"),
    }
    scan = {
        "site_id": "ZZ101",
        "patient_key": patient.patient_key,
        "imaging_date": patient.day + timedelta(days=30),
    }
    answered = {"site_id": "ZZ101", "patient_key": patient.patient_key, "visit": "M3"}
    found = due(tmp_path / "b", patient, scans=[scan], questionnaires=[answered])
    assert {row[1:3] for row in found} == {("scan", "month 3")}


@pytest.mark.parametrize(
    "values",
    [{"survival_days": 40}, {"withdrawn": date(2026, 11, 1)}],
    ids=["died", "withdrew, in whatever scope"],
)
def test_nothing_is_due_of_who_died_or_withdrew(tmp_path, values):
    assert due(tmp_path, treated(50, **values)) == []


def test_questionnaires_are_due_of_who_consented_to_them(tmp_path):
    kinds = [
        {row[1] for row in due(tmp_path / str(asked), treated(100, has_prom_consent=asked))}
        for asked in (False, True)
    ]
    assert kinds == [{"scan"}, {"scan", "questionnaires"}]


def test_a_vital_status_is_due_before_it_is_six_months_old(tmp_path):
    old, new = treated(600, "P1", followed_days=447.0), treated(600, "P2", followed_days=446.0)
    newer = treated(600, "P3", followed_days=448.0)
    found = [row for row in due(tmp_path, old, new, newer) if row[1] == "vital status"]
    assert found == [("P2", "vital status", None, 29), ("P1", "vital status", None, 30)]


def test_another_sites_patients_are_not_listed(tmp_path):
    assert due(tmp_path, treated(50, site="ZZ201")) == []
