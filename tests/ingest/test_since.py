"""New, persisting and resolved findings, against the site's last checked submission."""

import polars as pl
import pytest

from ingest import inbox
from ingest.since import LastChecked, resolved, with_status
from tests.ingest.test_journey import FIRST, Registry, cell, changed


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def told(*rows):
    """Findings as told: (finding_id, rule, table, record_key)."""
    names = ("finding_id", "rule", "table", "record_key")
    return pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")


LAST = LastChecked(
    "earlier",
    "2026-10-01T09:00:00.000000+00:00",
    told(
        ("a", "D02", "procedure", "p1"),
        ("b", "P01", "procedure", "p2"),
        ("c", "P01", "procedure", "p3"),
        ("d", "READ.OLDER", None, None),
        ("e", "procedure.procedure_id.REQUIRED", "procedure", None),
        ("f", "K04a", "lesion", "l1"),
        (None, "READ.ENCODING", None, None),  # of an export that could not be read
    ),
)
NOW = told(("a", "D02", "procedure", "p1"), ("z", "D02", "procedure", "p9"))
SENT = {"procedure": pl.DataFrame({"record_key": ["p1", "p2", "p9", None]})}


def of(found):
    return found[0]["finding_id"].to_list(), found[1]


def test_a_finding_told_before_persists_and_any_other_is_new():
    assert with_status(NOW, LAST)["status"].to_list() == ["persisting", "new"]
    assert with_status(NOW, None)["status"].to_list() == ["new", "new"]
    assert with_status(NOW.clear(), LAST).height == 0


def test_only_a_record_sent_again_resolves_its_finding():
    assert of(resolved(NOW, LAST, SENT)) == (["b", "d", "e"], 2)  # p3 and l1 weren't sent


def test_a_record_taken_away_resolves_its_finding():
    assert of(resolved(NOW, LAST, SENT, gone=[("lesion", "l1")])) == (["b", "d", "e", "f"], 1)


def test_a_full_export_resolves_whatever_it_no_longer_shows():
    assert of(resolved(NOW, LAST, SENT, is_full=True)) == (["b", "c", "d", "e", "f"], 0)


def test_a_rule_that_was_not_evaluated_resolves_nothing():
    assert of(resolved(NOW, LAST, SENT, not_evaluated=["P01"])) == (["d", "e"], 3)


def test_a_corrected_export_shows_what_it_resolved(registry):
    home = registry.home.path
    faulty = changed(
        FIRST, patient=cell("albumin", 1, "4.1"), procedure=cell("max_sbp", 1, "not a number")
    )
    first = registry.send(faulty)
    registry.worker.check(first)
    before = inbox.report(home, first)
    assert before.since is None
    assert set(before.findings["status"]) == {"new"}
    second = registry.send(changed(FIRST, procedure=cell("max_sbp", 1, "not a number")))
    registry.worker.check(second)
    report = inbox.report(home, second)
    assert report.since is not None
    assert report.since.submission_id == first
    assert "patient.albumin.HARD" in set(report.since.resolved["rule"])
    persisting = report.findings.filter(pl.col("status") == "persisting")
    assert "procedure.max_sbp.NUMBER" in set(persisting["rule"])
    assert report.since.new == 0
    assert report.since.untouched == 0
    assert report.since.persisting + report.since.resolved.height == before.findings.height
    assert "record_key" not in report.findings.columns


def test_a_refused_export_is_no_last_submission(registry):
    registry.worker.check(registry.send(b"not an export", "export.csv"))
    second = registry.send(FIRST.read_bytes())
    registry.worker.check(second)
    assert inbox.report(registry.home.path, second).since is None


def test_a_submission_accepted_later_is_compared_with_the_same_one(registry):
    faulty = changed(FIRST, patient=cell("albumin", 1, "4.1"))
    first = registry.send(faulty)
    registry.worker.check(first)
    registry.worker.accept(first, by="site lead")
    report = inbox.report(registry.home.path, first)
    assert report.since is None
    assert set(report.findings["status"]) == {"new"}


def test_another_site_s_findings_are_not_compared(registry):
    other = FIRST.parent.parent / "ZZ102" / FIRST.name
    registry.worker.check(registry.send(other.read_bytes(), site="ZZ102"))
    second = registry.send(FIRST.read_bytes())
    registry.worker.check(second)
    assert inbox.report(registry.home.path, second).since is None
