"""With its history a site's own computer gives the worker's verdict, and learns no key of ours."""

import io
import json
import zipfile

import polars as pl
import pytest

from ingest import inbox
from ingest.__main__ import main
from ingest.pseudonym import patient_key
from tests.ingest.test_journey import EXPORTS, FIRST, Registry, cell, changed

SECOND = EXPORTS / "ZZ101" / "2024-25-Q2.zip"
THIRD = EXPORTS / "ZZ101" / "2024-25-Q3.zip"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A site with two accepted quarters, one record of them excluded."""
    made = Registry(tmp_path_factory.mktemp("registry") / "home")
    for source in (FIRST, SECOND):
        sent = made.send(changed(source, patient=cell("albumin", 1, "4.1")))
        made.worker.check(sent)
        made.worker.accept(sent, by="site lead")
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def history(registry, tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "history.zip"
    path.write_bytes(inbox.history(registry.home.path, "ZZ101", at=registry.now))
    return path


def without_first(text):
    lines = text.splitlines()
    return "\n".join([lines[0], *lines[2:]]) + "\n"


FULL = {"submission_type": "FULL", "extract_datetime": "2025-01-15T08:00:00+00:00"}
OLDER = {"extract_datetime": "2024-07-02T08:00:00+01:00"}
SENT = {
    "the next quarter": lambda: THIRD.read_bytes(),
    "the same quarter again": lambda: SECOND.read_bytes(),
    "a value out of range": lambda: changed(THIRD, patient=cell("albumin", 1, "4.1")),
    "an orphan": lambda: changed(THIRD, followup_imaging=cell("patient_pseudo_id", 1, "A" * 64)),
    "a full export that drops records": lambda: changed(
        SECOND, manifest=FULL, procedure=without_first
    ),
    "an older extract": lambda: changed(SECOND, manifest=OLDER),
    "another site's": lambda: changed(THIRD, manifest={"submitting_site": "ZZ201"}),
    "damaged": lambda: THIRD.read_bytes()[:-300],
    "an NHS number": lambda: changed(THIRD, procedure=cell("comment", 1, "seen 943 476 5919")),
}
EXPECTED = {
    "a value out of range": "held",
    "an orphan": "held",
    "a full export that drops records": "held",
    "an older extract": "held",
    "another site's": "refused",
    "damaged": "refused",
    "an NHS number": "refused",
}
PLACE = ("rule", "severity", "table", "file", "line", "column")


def told(report):
    found = sorted((tuple(finding[n] for n in PLACE) for finding in report["findings"]), key=str)
    names = ("verdict", "code", "records", "notices", "not_evaluated", "not_evaluable")
    return {name: report[name] for name in names} | {"findings": found}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", list(SENT))
def test_the_verdict_with_history_is_the_worker_s(registry, history, tmp_path, capsys, name):
    data = SENT[name]()
    path = tmp_path / "export.zip"
    path.write_bytes(data)
    code = main(["check", str(path), "--site", "ZZ101", "--history", str(history), "--json"])
    ours = json.loads(capsys.readouterr().out)
    row = {"submission_id": "x", "filename": "export.zip", "site_ods_code": "ZZ101", "form": None,
           "received_at": "2999", "sha256": ""}  # fmt: skip
    theirs = registry.worker.judge(row, data).report
    assert told(ours) == told(theirs)
    assert ours["verdict"] == EXPECTED.get(name, ours["verdict"])
    assert code == {"accepted": 0, "held": 3, "refused": 4}[ours["verdict"]]
    assert "beside what the registry held of ZZ101" in ours["scope"]


def test_without_history_the_verdict_reaches_as_far_as_the_file(history, tmp_path, capsys):
    path = tmp_path / "export.zip"
    path.write_bytes(changed(SECOND, manifest=OLDER))
    assert main(["check", str(path), "--history", str(history), "--json"]) == 3
    with_history = json.loads(capsys.readouterr().out)
    main(["check", str(path), "--json"])
    alone = json.loads(capsys.readouterr().out)
    assert "READ.OLDER" not in with_history["not_evaluated"]
    assert {"READ.OLDER", "K05a", "K06", "D02"} <= set(alone["not_evaluated"])


def test_a_history_holds_no_pseudonym_no_key_at_rest_and_no_other_site(registry, history):
    pseudonyms, stored = set(), set()
    for source in (FIRST, SECOND):
        with zipfile.ZipFile(source) as archive:
            patients = archive.read("patient.csv").decode().splitlines()
        place = patients[0].split(",").index("patient_pseudo_id")
        pseudonyms |= {line.split(",")[place] for line in patients[1:]}
    stored = {patient_key(registry.home.storage_keys(), one) for one in pseudonyms}
    with zipfile.ZipFile(history) as archive:
        told = json.loads(archive.read("manifest.json"))
        assert told["history_key"] not in {key.hex() for key in registry.home.storage_keys()}
        assert told["patients_without_key"] == 0
        for name in told["files"]:
            frame = pl.read_parquet(io.BytesIO(archive.read(name)))
            for column in frame.select(pl.col(pl.String)):
                texts = "\x1f".join(column.drop_nulls()).split("\x1f")
                assert not set(texts) & (pseudonyms | stored), name
                assert "ZZ201" not in texts, name


def test_a_patient_whose_keys_are_gone_is_said_to_be_unknown(tmp_path):
    made = Registry(tmp_path / "home")
    sent = made.send(FIRST.read_bytes())
    made.worker.check(sent)
    (made.home.submission_folder(sent) / "history_keys.parquet").unlink()
    content = inbox.history(made.home.path, "ZZ101", at=made.now)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read("manifest.json"))["patients_without_key"] > 0
    made.ledger.close()


@pytest.mark.parametrize("fault", ["no zip", "cut", "changed", "other version", "other format"])
def test_a_file_that_is_no_whole_history_is_one_line_and_2(history, tmp_path, capsys, fault):
    path = tmp_path / "history.zip"
    path.write_bytes(broken(history.read_bytes(), fault))
    assert main(["check", str(FIRST), "--history", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def broken(content, fault):
    if fault == "no zip":
        return b"surely not"
    if fault == "cut":
        return content[:-100]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(files["manifest.json"])
    if fault == "changed":
        files["patient.parquet"] = files["procedure.parquet"]
    elif fault == "other version":
        told["versions"]["rules"] = "0"
    else:
        told["format"] = "something"
    files["manifest.json"] = json.dumps(told).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()
