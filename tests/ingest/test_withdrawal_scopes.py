"""What each scope of a withdrawal does to the rows of its patient: kept, or left out."""

import csv
from io import StringIO

import polars as pl
import pytest

from ingest import inbox
from tests.ingest.test_journey import EXPORTS, FIRST, Registry, changed

PATIENT = 0  # of the export's enrolments: questionnaires up to 19 June, seen alive on 27 June


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def withdrawn(scope, day):
    """A change of the enrolments: the first patient withdraws on a day."""

    def change(text):
        rows = list(csv.DictReader(StringIO(text)))
        rows[PATIENT] |= {"withdrawal_date": day, "withdrawal_scope": scope}
        written = StringIO()
        file = csv.DictWriter(written, rows[0], lineterminator="\n")
        file.writeheader()
        file.writerows(rows)
        return written.getvalue()

    return change


def sent(registry, scope, day):
    made = registry.send(changed(FIRST, research_enrolment=withdrawn(scope, day)))
    registry.worker.check(made)
    return made


def kept(registry, submission_id):
    """The days of the patient's rows that are stored, of two tables."""
    folder = registry.home.submission_folder(submission_id)
    enrolled = pl.read_parquet(folder / "research_enrolment.parquet")
    patient = enrolled.filter(pl.col("withdrawal_scope").is_not_null())["patient_key"].item()
    found = []
    for table, day in (("prom", "completed_date"), ("vital_status", "status_date")):
        rows = pl.read_parquet(folder / f"{table}.parquet").filter(patient_key=patient)
        found += rows[day].cast(pl.String).to_list()
    return sorted(found)


BEFORE = ["2024-03-28", "2024-03-28", "2024-05-01"]


@pytest.mark.parametrize(
    ("day", "stays"),
    [
        ("2024-06-26", [*BEFORE, "2024-06-19", "2024-06-19"]),
        ("2024-06-19", [*BEFORE, "2024-06-19", "2024-06-19"]),
        ("2024-06-18", BEFORE),
    ],
)
def test_no_further_data_leaves_out_rows_dated_after_the_day_and_keeps_earlier_ones(
    registry, day, stays
):
    made = sent(registry, "NO_FURTHER_DATA", day)
    assert registry.state(made) == "held"
    report = inbox.report(registry.home.path, made)
    assert set(report.exclusions["rule"]) == {"O17"}
    registry.worker.accept(made, by="site lead")
    assert kept(registry, made) == stays
    told = registry.ledger.submission(made)
    assert told["records_excluded"] == len(BEFORE) + 3 - len(stays)


@pytest.mark.parametrize(
    ("scope", "day"), [("NO_FURTHER_DATA", "2024-06-27"), ("NO_FURTHER_CONTACT", "2024-04-01")]
)
def test_on_the_day_itself_or_of_contact_alone_everything_is_kept(registry, scope, day):
    made = sent(registry, scope, day)
    assert registry.state(made) == "accepted"
    assert kept(registry, made) == [*BEFORE, "2024-06-19", "2024-06-19", "2024-06-27"]


def test_the_day_binds_what_is_sent_later(registry):
    sent(registry, "NO_FURTHER_DATA", "2024-06-27")
    second = EXPORTS / "ZZ101" / "2024-25-Q2.zip"
    later = registry.send(second.read_bytes())
    registry.worker.check(later)
    assert registry.state(later) == "held"
    report = inbox.report(registry.home.path, later)
    assert "O17" in set(report.exclusions["rule"])
