"""A submission's journey through the worker, on a home with one site's first quarter."""

import csv
import hashlib
import json
import shutil
import zipfile
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import polars as pl
import pytest

from ingest import inbox
from ingest.home import HomeError, create_home, open_home, writer_lock
from ingest.register import load_register
from ingest.worker import Worker
from sql.audit_log import faults
from sql.ledger import Ledger, LedgerError
from sql.publish_release import prune, served

ROOT = Path(__file__).parent.parent.parent
EXPORTS = ROOT / "sample_data" / "exports"
FIRST = EXPORTS / "ZZ101" / "2024-25-Q1.zip"
AT = datetime.fromisoformat("2026-11-16T12:00:00+00:00")


class Registry:
    """A home with its ledger and worker, and the moves that a test makes."""

    def __init__(self, path):
        self.home = create_home(path, demo_today=AT.date())
        self.ledger = Ledger(self.home.ledger_path)
        self.now = AT
        self.restart()
        load_register(self.home, ROOT / "sample_data" / "register", by="registry team", at=AT)

    def restart(self):
        self.worker = Worker(self.home, self.ledger, clock=lambda: self.now)

    def send(self, data, name="export.zip", site="ZZ101"):
        self.now += timedelta(minutes=1)
        return inbox.deposit(self.home.path, data, name, site=site, by="data manager", at=self.now)

    def state(self, submission_id):
        return self.ledger.submission(submission_id)["state"]


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def changed(source, **tables):
    """An export with the text of some tables changed, its manifest made right again."""
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    for name, change in tables.items():
        if name == "manifest":
            manifest |= change
        else:
            files[f"{name}.csv"] = change(files[f"{name}.csv"].decode()).encode()
    for listed in manifest["files"]:
        data = files[listed["name"]]
        rows = sum(1 for _ in csv.reader(StringIO(data.decode("utf-8", "replace"), newline="")))
        listed |= {"sha256": hashlib.sha256(data).hexdigest(), "row_count": rows - 1}
    files["manifest.json"] = json.dumps(manifest).encode()
    return zipped(files)


def zipped(files):
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def cell(column, row, value):
    """A change of one cell of a CSV text; row 1 is the first record."""

    def change(text):
        lines = text.splitlines()
        place = lines[0].split(",").index(column)
        cells = lines[row].split(",")
        cells[place] = value
        lines[row] = ",".join(cells)
        return "\n".join(lines) + "\n"

    return change


def test_an_accepted_export_is_stored_published_and_leaves_the_inbox(registry):
    sent = registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    assert registry.state(sent) == "accepted"
    assert served(registry.home.path) == 1
    assert not registry.home.inbox_file(sent).exists()
    folder = registry.home.submission_folder(sent)
    assert (folder / "export.zip").read_bytes() == FIRST.read_bytes()
    procedures = pl.read_parquet(folder / "procedure.parquet")
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert procedures.height == told["tables"]["procedure"]["rows"] > 0
    assert "patient_pseudo_id" not in procedures.columns


def test_no_pseudonym_of_a_site_stands_in_the_stored_tables(registry):
    sent = registry.send(FIRST.read_bytes())
    registry.worker.check(sent)
    with zipfile.ZipFile(FIRST) as archive:
        patients = archive.read("patient.csv").decode().splitlines()
    place = patients[0].split(",").index("patient_pseudo_id")
    pseudonyms = {line.split(",")[place] for line in patients[1:]}
    folder = registry.home.submission_folder(sent)
    for path in folder.glob("*.parquet"):
        for column in pl.read_parquet(path).select(pl.col(pl.String)):
            assert not pseudonyms & set(column), path.name


def test_a_deposited_export_lies_encrypted_in_the_inbox(registry):
    sent = registry.send(FIRST.read_bytes())
    assert b"procedure.csv" not in registry.home.inbox_file(sent).read_bytes()
    assert inbox.content(registry.home, sent) == FIRST.read_bytes()


def test_a_held_export_waits_and_is_accepted_with_its_listed_exclusions(registry):
    export = changed(FIRST, patient=cell("imd_decile", 1, "11"))
    sent = registry.send(export)
    registry.worker.run_once()
    assert registry.state(sent) == "held"
    assert not registry.home.submission_folder(sent).exists()
    report = inbox.report(registry.home.path, sent)
    assert report.exclusions.select("table", "column", "is_protected").rows() == [
        ("patient", "imd_decile", False)
    ]
    assert report.not_evaluable["P21"] > 0  # some pressures are not recorded
    inbox.request_accept(registry.home.path, sent, by="site lead", at=registry.now)
    registry.worker.run_once()
    assert registry.state(sent) == "accepted"
    folder = registry.home.submission_folder(sent)
    patients = pl.read_parquet(folder / "patient.parquet")
    assert patients["imd_decile"].null_count() == 1
    listed = pl.read_parquet(folder / "exclusions.parquet")
    assert listed.select("table_name", "column_name", "accepted_by").rows() == [
        ("patient", "imd_decile", "site lead")
    ]


def test_a_row_goes_only_where_what_places_it_is_unusable(registry):
    export = changed(FIRST, pulse_delivery=cell("lesion_id", 1, "nowhere"))
    sent = registry.send(export)
    registry.worker.check(sent)
    registry.worker.accept(sent, by="site lead")
    told = json.loads((registry.home.submission_folder(sent) / "manifest.json").read_text("utf-8"))
    assert told["records_excluded"] == 1
    assert told["tables"]["pulse_delivery"]["rows"] == _records(FIRST, "pulse_delivery") - 1


def _records(export, table):
    with zipfile.ZipFile(export) as archive:
        return len(archive.read(f"{table}.csv").decode().splitlines()) - 1


def complicated():
    """A first quarter that holds a complication."""
    for path in sorted(EXPORTS.glob("ZZ10?/2024-25-Q1.zip")):
        with zipfile.ZipFile(path) as archive:
            if "complication.csv" in archive.namelist():
                return path
    raise LookupError("no first quarter with a complication")


def test_a_complication_is_not_excluded_by_the_site_alone(registry):
    source = complicated()
    export = changed(source, complication=cell("clavien_dindo", 1, "VII"))
    sent = registry.send(export, site=source.parent.name)
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    with pytest.raises(LedgerError, match="registry team must agree"):
        registry.worker.accept(sent, by="site lead")
    assert registry.state(sent) == "held"
    registry.worker.accept(sent, by="registry team", for_registry=True, reason="seen")
    assert registry.state(sent) == "accepted"


def test_the_registry_team_s_reason_accepts_a_protected_exclusion(registry):
    source = complicated()
    export = changed(source, complication=cell("clavien_dindo", 1, "VII"))
    sent = registry.send(export, site=source.parent.name)
    registry.worker.run_once()
    inbox.request_accept(registry.home.path, sent, by="site lead", at=registry.now)
    registry.worker.run_once()
    assert registry.state(sent) == "held"
    asked = {"by": "registry team", "at": registry.now, "registry_reason": "seen with the site"}
    inbox.request_accept(registry.home.path, sent, **asked)
    registry.worker.run_once()
    assert registry.state(sent) == "accepted"
    told = [event["detail"] for event in registry.ledger.events(sent)]
    assert any("seen with the site" in detail for detail in told)


def test_a_newer_export_of_the_same_period_replaces_a_held_one(registry):
    held = registry.send(changed(FIRST, patient=cell("albumin", 1, "4.1")))
    registry.worker.check(held)
    sent = registry.send(FIRST.read_bytes())
    registry.worker.check(sent)
    assert (registry.state(held), registry.state(sent)) == ("replaced", "accepted")
    assert not registry.home.inbox_file(held).exists()


def test_a_held_export_lapses_after_28_days_and_its_content_goes(registry):
    held = registry.send(changed(FIRST, patient=cell("albumin", 1, "4.1")))
    registry.worker.check(held)
    registry.now += timedelta(days=28)
    registry.worker.run_once()
    assert registry.state(held) == "held"
    registry.now += timedelta(seconds=1)
    registry.worker.run_once()
    assert registry.state(held) == "lapsed"
    assert not registry.home.inbox_file(held).exists()


def test_an_older_extract_than_the_newest_accepted_is_held(registry):
    registry.worker.check(registry.send(FIRST.read_bytes()))
    older = {"extract_datetime": "2024-07-01T08:00:00+01:00"}
    other = {"patient": cell("imd_decile", 1, "3")}  # the same again is a repeat
    sent = registry.send(changed(FIRST, manifest=older, **other))
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    assert "READ.OLDER" in inbox.report(registry.home.path, sent).findings["rule"]


def test_an_export_of_another_site_is_refused_and_nothing_of_it_kept(registry):
    sent = registry.send(FIRST.read_bytes(), site="ZZ201")
    registry.worker.check(sent)
    row = registry.ledger.submission(sent)
    assert (row["state"], row["code"]) == ("refused", "SITE_SCOPE")
    assert not registry.home.inbox_file(sent).exists()


def test_a_site_that_is_not_in_the_register_is_refused(registry):
    sent = registry.send(changed(FIRST, manifest={"submitting_site": "ZZ999"}), site="ZZ999")
    registry.worker.check(sent)
    assert registry.ledger.submission(sent)["code"] == "SITE_SCOPE"


def test_a_nil_return_that_has_procedures_is_refused(registry):
    sent = registry.send(changed(FIRST, manifest={"nil_return": True}))
    registry.worker.check(sent)
    assert registry.ledger.submission(sent)["code"] == "NIL_RETURN"


def test_a_withdrawn_submission_leaves_the_release_and_needs_a_reason(registry):
    sent = registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    with pytest.raises(LedgerError, match="reason"):
        registry.worker.withdraw(sent, by="site lead", reason=" ")
    registry.worker.withdraw(sent, by="site lead", reason="wrong quarter")
    registry.worker.run_once()
    assert registry.state(sent) == "withdrawn"
    assert registry.worker.walk() == []


def test_a_full_export_that_drops_a_procedure_is_held_with_the_record_listed(registry):
    registry.worker.check(registry.send(FIRST.read_bytes()))

    def without_first(text):
        lines = text.splitlines()
        return "\n".join([lines[0], *lines[2:]]) + "\n"

    later = {"submission_type": "FULL", "extract_datetime": "2024-08-01T08:00:00+01:00"}
    sent = registry.send(changed(FIRST, manifest=later, procedure=without_first))
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    dropped = inbox.report(registry.home.path, sent).findings.filter(pl.col("rule") == "K06")
    assert dropped["table"].to_list() == ["procedure"]


def test_our_own_fault_leaves_the_submission_received_and_a_second_ends_it(registry, monkeypatch):
    sent = registry.send(FIRST.read_bytes())
    monkeypatch.setattr("ingest.work.judge", lambda *_, **__: 1 / 0)
    registry.worker.check(sent)
    row = registry.ledger.submission(sent)
    assert row["state"] == "received"
    assert "our fault" in row["note"]
    with pytest.raises(ZeroDivisionError):
        registry.worker.check(sent)
    registry.worker.reconcile()
    row = registry.ledger.submission(sent)
    assert (row["state"], row["code"]) == ("refused", "PARSER")


def test_every_move_has_one_event_and_the_chain_holds(registry):
    sent = registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    moves = [event["new"] for event in registry.ledger.events(sent)]
    assert moves == ["received", "checking", "accepted"]
    assert not faults(registry.ledger)


def test_a_second_writer_is_told_that_the_home_is_locked(registry):
    with (
        writer_lock(registry.home),
        pytest.raises(HomeError, match="locked"),
        writer_lock(registry.home),
    ):
        pass


def test_a_missing_home_is_one_clear_line(tmp_path):
    with pytest.raises(HomeError, match="no registry home"):
        open_home(tmp_path / "nowhere")


@pytest.mark.trial
def test_a_worker_that_starts_again_publishes_only_what_has_changed(registry):
    registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert served(registry.home.path) == 1
    load_register(registry.home, ROOT / "sample_data" / "register", by="registry team", at=AT)
    registry.ledger.append("register loaded", "2", by="registry team", at=AT)
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert served(registry.home.path) == 2


def test_register_tables_of_an_export_are_compared_and_not_used(registry):
    with zipfile.ZipFile(FIRST) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    register = (ROOT / "sample_data" / "register" / "site.csv").read_text("utf-8")
    files["site.csv"] = register.replace("Aldermere", "Another").encode()
    manifest = json.loads(files["manifest.json"])
    manifest["files"].append(
        {
            "name": "site.csv",
            "sha256": hashlib.sha256(files["site.csv"]).hexdigest(),
            "row_count": register.count("\n") - 1,
        }
    )
    files["manifest.json"] = json.dumps(manifest).encode()
    sent = registry.send(zipped(files))
    registry.worker.check(sent)
    assert registry.state(sent) == "accepted"
    findings = inbox.report(registry.home.path, sent).findings
    assert findings.select("rule", "table", "key").rows() == [
        ("READ.REGISTER_DIFFERS", "site", "ZZ101")
    ]
    assert not (registry.home.submission_folder(sent) / "site.parquet").exists()


def test_the_last_twenty_releases_and_the_served_one_are_kept(registry):
    for _ in range(3):
        registry.worker.publish()
    assert prune(registry.home.path, keep=1, named=[1]) == [2]
    assert prune(registry.home.path, keep=1) == [1]
    assert served(registry.home.path) == 3
    kept = sorted(path.name for path in (registry.home.path / "releases").glob("*.duckdb"))
    assert kept == ["release-3.duckdb", "release-3.public.duckdb"]


@pytest.mark.trial
def test_releases_rebuilt_for_a_past_day_push_no_published_one_out(registry):
    for _ in range(2):
        registry.worker.publish()
    registry.worker.publish(as_of=registry.now)
    assert prune(registry.home.path, keep=1, rebuilt=[3]) == [1]
    assert served(registry.home.path) == 2


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


ACCEPTANCE = ("folder made", "tables written", "folder flushed", "folder renamed")
PUBLICATION = ("acceptance told", "built", "public written", "pointer written")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("point", [*ACCEPTANCE, *PUBLICATION])
def test_killed_at_any_step_the_old_release_is_served_and_the_next_run_completes_it(
    registry, point
):
    registry.worker.publish()

    def die(step):
        if step == point:
            raise Killed(step)

    registry.worker.step = die
    sent = registry.send(FIRST.read_bytes())
    with pytest.raises(Killed):
        registry.worker.run_once()
    assert served(registry.home.path) == (2 if point == "pointer written" else 1)
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert registry.state(sent) == "accepted"
    assert served(registry.home.path) >= 2
    assert [step.submission_id for step in registry.worker.walk()] == [sent]
    assert not list((registry.home.path / "submissions").glob("*.tmp"))
    assert not list((registry.home.path / "releases").glob("*.tmp*"))
    accepted = [e for e in registry.ledger.events(sent) if e["new"] == "accepted"]
    assert len(accepted) == 1
    shutil.rmtree(registry.home.path)
