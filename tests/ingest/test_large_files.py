"""A file that is read in parts, its repeating columns as codes, is judged like any other."""

import polars as pl
import pytest

from ingest import records
from ingest.coded import is_coded
from ingest.form import Form
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.submission import Registry
from tests.benchmarks.large_table import write_procedures
from tests.ingest.test_journey import AT, FIRST
from tests.ingest.test_journey import Registry as Home

KEYS = (b"k" * 32,)


def judged(data):
    return judge(
        lambda: read_content("p.csv", data, table="procedure"),
        lambda site: Registry(storage_keys=KEYS),
        now=AT,
        form=Form("procedure"),
    )


@pytest.mark.parametrize("is_wrong", [False, True], ids=["a few faults", "every date wrong"])
def test_parts_and_codes_change_nothing(tmp_path, monkeypatch, is_wrong):
    write_procedures(tmp_path / "p.csv", 3_000, every_date_is_wrong=is_wrong)
    data = (tmp_path / "p.csv").read_bytes()
    whole = judged(data)
    monkeypatch.setattr(records, "PART", 100_000)
    raw = read_content("p.csv", data, table="procedure").tables["procedure"].frame
    assert sum(is_coded(column) for column in raw) > 15
    in_parts = judged(data)
    assert in_parts.report == whole.report
    assert len(whole.report["findings"]) > 100
    assert in_parts.assessment is not None
    assert whole.assessment is not None
    assert in_parts.assessment.digest == whole.assessment.digest
    assert in_parts.assessment.findings.equals(whole.assessment.findings)
    typed = in_parts.assessment.typed["procedure"]
    assert typed.equals(whole.assessment.typed["procedure"])


def test_a_number_of_the_nhs_in_a_later_part_is_found(tmp_path, monkeypatch):
    write_procedures(tmp_path / "p.csv", 3_000)
    data = (tmp_path / "p.csv").read_bytes()
    lines = data.splitlines(keepends=True)
    lines[2_800] = lines[2_800].replace(b"OP", b"943 476 5919 ", 1)
    monkeypatch.setattr(records, "PART", 100_000)
    report = judged(b"".join(lines)).report
    assert report["code"] == "IDENTIFIER"
    assert {f["line"] for f in report["findings"]} == {2_801}


def test_an_export_read_in_parts_is_stored_as_one_read_whole(tmp_path, monkeypatch):
    stored = []
    for name, part in (("whole", records.PART), ("parts", 500)):
        monkeypatch.setattr(records, "PART", part)
        home = Home(tmp_path / name)
        sent = home.send(FIRST.read_bytes())
        home.worker.check(sent)
        assert home.state(sent) == "accepted"
        folder = home.home.submission_folder(sent)
        stored.append({path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")})
        home.ledger.close()
    whole, in_parts = stored
    assert whole.keys() == in_parts.keys()
    assert whole["pulse_delivery"].height > 20
    for name, frame in whole.items():
        assert in_parts[name].equals(frame), name
