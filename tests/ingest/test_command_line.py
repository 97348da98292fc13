"""The command line: one clear line, one exit code, and nothing changed where it refuses."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import commands, inbox
from ingest import work as work_module
from ingest.__main__ import main
from ingest.home import open_home, writer_lock
from sql.publish_release import served
from tests.ingest.test_journey import EXPORTS, FIRST, ROOT, cell, changed


@pytest.fixture(autouse=True)
def no_home(monkeypatch):
    monkeypatch.delenv("REGISTRY_HOME", raising=False)


def checked(capsys, *arguments):
    code = main(["check", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_check_says_accepted_with_0_and_stores_nothing(capsys):
    code, report = checked(capsys, FIRST)
    assert (code, report["verdict"]) == (0, "accepted")
    assert list(report) == [
        "verdict", "code", "records", "notices", "not_evaluated", "not_evaluable", "cut",
        "findings", "exclusions", "scope",
    ]  # fmt: skip
    assert report["scope"] == "as far as this file shows"
    assert report["records"]["procedure"] > 0
    # without a home there is no register: rules that need it are listed, not passed
    assert {"D05", "D06", "D09"} <= set(report["not_evaluated"])
    # nor is there what the registry holds of the site
    assert {"K05a", "K05b", "K06", "K10", "READ.OLDER"} <= set(report["not_evaluated"])


def test_check_says_held_with_3_and_names_the_place(capsys, tmp_path):
    export = tmp_path / "export.zip"
    export.write_bytes(changed(FIRST, patient=cell("albumin", 1, "4.1")))
    code, report = checked(capsys, export)
    assert (code, report["verdict"]) == (3, "held")
    found = [f for f in report["findings"] if f["severity"] == "R"]
    place = ("rule", "code", "table", "file", "line", "column")
    assert [tuple(finding[name] for name in place) for finding in found] == [
        ("patient.albumin.HARD", "RANGE", "patient", "patient.csv", 2, "albumin")
    ]
    assert "4.1" not in json.dumps(report["findings"])


def test_check_says_refused_with_4(capsys, tmp_path):
    export = tmp_path / "export.zip"
    export.write_bytes(FIRST.read_bytes()[:-300])
    code, report = checked(capsys, export)
    assert (code, report["verdict"]) == (4, "refused")
    assert report["findings"][0]["severity"] == "F"


def test_a_single_table_s_file_is_checked_alone(capsys, tmp_path):
    shutil.unpack_archive(FIRST, tmp_path)
    code, report = checked(capsys, tmp_path / "procedure.csv", "--table", "procedure")
    assert code == 0
    assert {"D02", "D04", "K05a", "K05b"} <= set(report["not_evaluated"])
    assert "D01d" not in report["not_evaluated"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere.zip"],
        ["submissions"],
        ["submissions", "--home", "nowhere"],
        ["build", "--home", "nowhere"],
        ["worker", "--home", "nowhere"],
        ["serve", "--demo", "--home", "nowhere"],
        ["accept", "some id", "--home", "nowhere"],
    ],
)
def test_what_is_not_there_is_one_line_and_2(capsys, monkeypatch, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert told[0].startswith("ire-audit: ")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_call_is_2():
    with pytest.raises(SystemExit) as stop:
        main(["no such command"])
    assert stop.value.code == 2


def test_our_own_fault_is_1_and_shows_an_incident_only(capsys, monkeypatch):
    monkeypatch.setattr("ingest.pipeline.assess", lambda *_: 1 / 0)
    assert main(["check", str(FIRST)]) == 1
    told = capsys.readouterr().err
    assert "incident" in told
    assert "ZeroDivisionError" not in told


def test_invented_sites_are_for_a_demo_home_only(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("IRE_STORAGE_KEY", "s" * 40)
    monkeypatch.setenv("IRE_INBOX_KEY", "i" * 40)
    home = ["--home", str(tmp_path / "home")]
    register = str(ROOT / "sample_data" / "register")
    assert main(["init", *home]) == 0
    assert main(["register", "load", register, *home]) == 2  # ZZ codes are a demo home's
    assert "demo home" in capsys.readouterr().err


def test_submit_accept_withdraw_and_build_on_a_demo_home(capsys, changeable_home):
    home = ["--home", str(changeable_home)]
    source = EXPORTS / "ZZ101" / "2026-27-Q2.zip"
    later = {"extract_datetime": "2026-11-15T08:00:00+00:00"}
    export = changeable_home.parent / "again.zip"
    export.write_bytes(changed(source, manifest=later, lesion=cell("max_diameter_mm", 1, "900")))
    assert main(["submit", str(export), "--site", "ZZ101", *home]) == 3
    submission_id = capsys.readouterr().out.split()[0]
    assert main(["accept", submission_id, *home]) == 0
    assert main(["withdraw", submission_id, "--reason", "sent twice", *home]) == 0
    capsys.readouterr()
    assert main(["submissions", "--site", "ZZ101", "--json", *home]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert next(r["state"] for r in rows if r["submission_id"] == submission_id) == "withdrawn"
    serving = served(changeable_home)
    assert main(["build", "--as-of", "2025-12-31", *home]) == 0
    assert served(changeable_home) == serving  # a rebuilt past is not served


def test_submit_leaves_the_work_to_a_running_worker(capsys, changeable_home, monkeypatch):
    monkeypatch.setattr("ingest.commands.WAIT_SECONDS", 0.3)
    home = open_home(changeable_home)
    with writer_lock(home):
        code = main(["submit", str(FIRST), "--site", "ZZ101", "--home", str(changeable_home)])
    assert code == 2
    assert "still waiting" in capsys.readouterr().err
    waiting = inbox.submissions(changeable_home, ["ZZ101"])
    assert waiting["state"][0] == "received"


def test_a_submission_that_fails_twice_does_not_end_the_work_on_the_others(
    changeable_home, monkeypatch
):
    at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    sent = [
        inbox.deposit(changeable_home, data, "export.zip", site="ZZ101", by="data manager", at=at)
        for data in (
            b"this one ends the check",
            (EXPORTS / "ZZ101" / "2026-27-Q2.zip").read_bytes(),
        )
    ]
    judge = work_module.judge

    def fails_once(read, *arguments, **options):
        if any(cell.cell_contents == b"this one ends the check" for cell in read.__closure__):
            raise MemoryError
        return judge(read, *arguments, **options)

    monkeypatch.setattr(work_module, "judge", fails_once)
    monkeypatch.setattr(commands, "PAUSE_SECONDS", 0)
    turns = iter(range(4))
    commands._work_until_stopped(open_home(changeable_home), lambda: next(turns, None) is not None)
    codes = dict(
        inbox.submissions(changeable_home, ["ZZ101"]).select("submission_id", "code").rows()
    )
    # The second was checked to its end: the registry holds its rows already.
    assert [codes[one] for one in sent] == ["PARSER", "ALREADY_RECEIVED"]


def test_templates_have_every_column_of_the_dictionary(tmp_path, capsys):
    from python_calamine import CalamineWorkbook

    from expectations.dictionary import manifest, site_tables

    book = tmp_path / "template.xlsx"
    assert main(["template", str(book)]) == 0
    assert main(["template", str(tmp_path / "csv")]) == 0
    sheets = CalamineWorkbook.from_path(book)
    for name, table in site_tables().items():
        assert sheets.get_sheet_by_name(name).to_python()[0] == list(table.columns)
        header = (tmp_path / "csv" / f"{name}.csv").read_text("utf-8").strip()
        assert header.split(",") == list(table.columns)
    fields = [row[0] for row in sheets.get_sheet_by_name("manifest").to_python()[1:]]
    assert fields == list(manifest().columns)


def test_the_command_is_installed():
    command = Path(sys.executable).with_name("ire-audit")
    told = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    assert "check" in told.stdout


def test_only_a_command_that_may_check_loads_great_expectations():
    asked = "import sys, ingest.__main__; sys.exit('great_expectations' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True)
