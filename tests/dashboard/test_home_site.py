"""The Home of a site: what is due of its patients."""

from datetime import timedelta

from tests.dashboard.conftest import TODAY, make_home, said, write_release
from tests.sql.small_release import Procedure


def treated(name, days_ago, **values):
    return Procedure("ZZ102", name, TODAY - timedelta(days=days_ago), **values)


def test_home_lists_what_is_due_of_patients_the_most_urgent_first(open_page, tmp_path):
    drawn = [treated("P1", 30), treated("P2", 70), treated("P3", 400, followed_days=100.0)]
    page = open_page("home", "lead", at_home=write_release(make_home(tmp_path / "home"), drawn))
    assert not page.exception
    assert "Due: 4 scans, 1 vital status, of 3 patients. Past the last day: 2;" in said(page)
    found = next(one.value for one in page.dataframe if "Days left" in one.value.columns)
    assert list(zip(found["Due"], found["Days left"], found["First procedure"], strict=True)) == [
        ("Vital status", "overdue, 117 days", "P3"),
        ("Scan, month 1", "closed, 10 days", "P2"),
        ("Scan, month 12", "25", "P3"),
        ("Scan, month 1", "30", "P1"),
        ("Scan, month 3", "65", "P2"),
    ]


def test_home_says_that_nothing_is_due(open_page, tmp_path):
    drawn = [treated("P1", 10, withdrawn=TODAY), treated("P2", 70, survival_days=60)]
    page = open_page("home", "lead", at_home=write_release(make_home(tmp_path / "home"), drawn))
    assert "No scan, questionnaire or vital status of a patient is due." in said(page)
