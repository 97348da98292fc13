"""Every finding is counted and compared; of a kind with very many the first are listed."""

import hashlib

import polars as pl
import pytest

from ingest import identity, inbox
from ingest.agreement import exclusions_digest
from ingest.findings import findings_of
from ingest.identity import are_listed, in_order, sha256
from ingest.report_kept import packed, report_of, unpacked
from ingest.report_words import cut_words
from tests.ingest.test_journey import FIRST, Registry, cell, changed


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


@pytest.fixture
def two_listed(monkeypatch):
    monkeypatch.setattr(identity, "LISTED", 2)


def found(*places):
    """Findings at (rule, table, column, line)."""
    names = ("rule", "table_name", "column_name", "source_line")
    return findings_of([dict(zip(names, place, strict=True)) for place in places])


MANY = found(
    ("D02", "procedure", "enrolment_id", 9),
    ("D02", "procedure", "enrolment_id", 2),
    ("D03", "procedure", "enrolment_id", 2),
    ("D02", "procedure", "enrolment_id", 5),
    ("K09", "procedure", None, None),
)


def test_findings_stand_in_the_order_of_the_file_and_those_of_no_line_last():
    assert in_order(MANY).select("source_line", "rule").rows() == [
        (2, "D02"), (2, "D03"), (5, "D02"), (9, "D02"), (None, "K09")]  # fmt: skip


def test_of_a_kind_with_more_findings_than_are_listed_the_first_are(two_listed):
    listed = in_order(MANY).filter(are_listed(in_order(MANY)))
    assert listed.select("source_line", "rule").rows() == [
        (2, "D02"), (2, "D03"), (5, "D02"), (None, "K09")]  # fmt: skip


def test_of_a_kind_with_as_many_as_are_listed_all_are(two_listed):
    assert are_listed(MANY.head(3)).all()


def test_a_finding_that_was_answered_is_listed_wherever_it_stands(two_listed):
    named = in_order(MANY).with_columns(finding_id=pl.Series(list("abcde")))
    assert are_listed(named, pl.Series(["d"])).to_list() == [True] * 5


@pytest.mark.parametrize("many", [1, 10**9], ids=["by DuckDB", "by hashlib"])
def test_an_identity_is_the_sha_256_of_its_text_however_many_there_are(monkeypatch, many):
    monkeypatch.setattr(identity, "MANY", many)
    texts = ["ZZ101\x1fK04a\x1fpatient\x1f1\x1f", "Müller ≥ 3", "", "\U0001f9ec"]
    digests = [hashlib.sha256(text.encode("utf-8")).hexdigest() for text in texts]
    assert sha256(pl.Series(texts)).to_list() == digests


def every(column, value, times=1):
    """A change of one cell of every record of a CSV text, and how often all are repeated."""

    def change(text):
        head, *rows = text.splitlines()
        for row in range(1, len(rows) + 1):
            text = cell(column, row, value)(text)
        return "\n".join([head, *text.splitlines()[1:] * times]) + "\n"

    return change


FAULTY = changed(FIRST, procedure=every("max_sbp", "?"))


def kinds(home, submission):
    report = inbox.report(home.path, submission)
    return report, report.findings.filter(pl.col("rule") == "procedure.max_sbp.NUMBER")


def test_what_is_not_listed_is_counted_and_left_out_all_the_same(registry, two_listed):
    sent = registry.send(FAULTY)
    assert registry.worker.check(sent) == "held"
    report, listed = kinds(registry.home, sent)
    rows = report.records["procedure"]
    assert rows > 2
    assert listed.height == 2
    assert report.cut.filter(rule="procedure.max_sbp.NUMBER")["findings"].item() == rows
    assert report.exclusions.filter(rule="procedure.max_sbp.NUMBER").height == rows
    assert registry.ledger.submission(sent)["findings_R"] == report.count("R")
    assert report.count("R") >= rows
    assert any(
        says.startswith(f"procedure.max_sbp.NUMBER: the first 2 of {rows} findings")
        for says in cut_words(report.cut)
    )


def test_findings_persist_and_are_resolved_whether_listed_or_not(registry, two_listed):
    first = registry.send(FAULTY)
    registry.worker.check(first)
    before = inbox.report(registry.home.path, first)
    again = registry.send(FAULTY)
    registry.worker.check(again)
    since = inbox.report(registry.home.path, again).since
    assert (since.new, since.persisting) == (0, before.total)
    assert (since.resolved.height, since.not_listed, since.untouched) == (0, 0, 0)
    mended = registry.send(FIRST.read_bytes())
    registry.worker.check(mended)
    since = inbox.report(registry.home.path, mended).since
    rows = before.records["procedure"]
    resolved = since.resolved.filter(rule="procedure.max_sbp.NUMBER")
    assert resolved.height == 2
    assert since.not_listed >= rows - 2
    assert since.persisting + since.resolved.height + since.not_listed == before.total


def test_of_a_refused_export_nothing_is_kept_but_what_is_listed(registry, two_listed):
    broken = changed(FIRST, procedure=every("procedure_date", "?", times=9))
    sent = registry.send(broken)
    assert registry.worker.check(sent) == "refused"
    kept = unpacked(registry.home.report_file(sent).read_bytes())
    assert kept.unlisted.height == 0
    assert kept.exclusions.height == 0
    assert kept.cut.height > 0
    assert kept.findings["finding_id"].null_count() == 0
    assert kept.counts["F"] == registry.ledger.submission(sent)["findings_F"] > 0


def test_a_report_is_read_as_it_was_written(registry, two_listed):
    sent = registry.send(changed(FIRST, patient=cell("albumin", 1, "4.1")))
    registry.worker.check(sent)
    kept = unpacked(registry.home.report_file(sent).read_bytes())
    assert unpacked(packed(kept)).told() == kept.told()
    assert report_of(kept).findings.height == kept.findings.height


LEFT_OUT = pl.DataFrame(
    {
        "rule": ["K05a", "lesion.size.HARD"],
        "table": ["lesion", "lesion"],
        "key": [None, "L1"],
        "column": [None, "size"],
        "line": [3, 4],
        "is_protected": [False, False],
    }
)


def test_a_list_of_exclusions_has_one_digest_in_any_order_and_another_for_any_change():
    digest = exclusions_digest(LEFT_OUT)
    assert exclusions_digest(LEFT_OUT.reverse()) == digest
    changes = [
        LEFT_OUT.head(1),
        LEFT_OUT.with_columns(line=pl.lit(5)),
        LEFT_OUT.with_columns(is_protected=pl.lit(True)),
        LEFT_OUT.with_columns(key=pl.lit("L1")),
        pl.concat([LEFT_OUT, LEFT_OUT.head(1)]),
    ]
    assert len({digest, *(exclusions_digest(one) for one in changes)}) == 6
