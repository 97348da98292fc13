"""A site checks on its own computer, whatever that computer has not."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from ingest import inbox
from ingest.__main__ import main
from tests.ingest.posixless import HIDE, run
from tests.ingest.reading_files import COLUMNS, good, text
from tests.ingest.test_journey import FIRST, ROOT, Registry, cell, changed
from tests.ingest.test_pseudonymise import KEY
from tests.trials.nhs_places import workbook

PAGE = ROOT / "docs" / "check-offline.md"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One export in each form that a site may send."""
    folder = tmp_path_factory.mktemp("files")
    shutil.copy(FIRST, folder / "export.zip")
    (folder / "procedure.csv").write_text(text(good()), "utf-8")
    (folder / "export.xlsx").write_bytes(workbook(lambda book, sheet: None))
    frame = pl.DataFrame(good(), schema=COLUMNS, orient="row")
    frame.write_parquet(folder / "procedure.parquet")
    return folder


@pytest.mark.trial
def test_a_check_needs_nothing_that_only_posix_has(files, tmp_path):
    names = ("export.zip", "procedure.csv", "export.xlsx", "procedure.parquet")
    checks = [("check", str(files / name), "--json") for name in names]
    for name, (code, said) in zip(names, run(tmp_path / "bin", *checks), strict=True):
        assert code in (0, 3), name
        report = json.loads(said)
        assert report["records"]["procedure"] > 0
        assert report["verdict"] in ("accepted", "held")


def test_what_is_hidden_is_not_there():
    program = HIDE + "print(hasattr(os, 'fork'), sys.modules['fcntl'], sys.modules['resource'])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.stdout.strip() == "False None None"


@pytest.fixture
def checked(capsys, monkeypatch):
    monkeypatch.delenv("REGISTRY_HOME", raising=False)

    def run_check(*arguments):
        code = main(["check", *map(str, arguments), "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else told.err

    return run_check


FORM = ("--site", "ZZ101", "--period", "2026/27-Q1")


def test_a_single_table_s_file_is_judged_by_what_is_said_of_it(checked, files):
    code, report = checked(files / "procedure.csv", *FORM)
    assert (code, report["records"]) == (0, {"procedure": 6})
    assert report["scope"] == "as far as this file shows"
    assert {"K05a", "K06", "D02"} <= set(report["not_evaluated"])
    assert "D01d" not in report["not_evaluated"]


def test_the_file_s_name_says_which_table_it_is(checked, files, tmp_path):
    shutil.copy(files / "procedure.csv", tmp_path / "theatre list.csv")
    assert checked(tmp_path / "theatre list.csv")[0] == 2
    assert checked(tmp_path / "theatre list.csv", "--table", "procedure")[0] == 0
    assert checked(tmp_path / "theatre list.csv", "--table", "theatre")[0] == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (["--period", "2098/99-Q1"], "MANIFEST"),  # lies in the future
        (["--site", "ZZ201"], "SITE_SCOPE"),  # every row is of ZZ101
    ],
)
def test_what_is_said_is_checked_as_a_manifest_is(checked, files, said, code):
    exit_code, report = checked(files / "procedure.csv", *FORM, *said)
    assert (exit_code, report["verdict"], report["code"]) == (4, "refused", code)


def test_a_correction_with_its_reason_is_read(checked, files):
    said = ["--type", "CORRECTION", "--reason", "theatre system was moved"]
    assert checked(files / "procedure.csv", *FORM, *said)[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["procedure.csv", "--period", "2026/27-Q1"],  # of which site?
        ["procedure.csv", "--site", "ZZ101", "--type", "FULL"],  # of which period?
        ["procedure.csv", *FORM[:3], "last quarter"],
        ["procedure.csv", *FORM, "--type", "CORRECTION"],  # why?
        ["procedure.csv", *FORM, "--type", "CORRECTION", "--reason", "NHS 9434765919"],
        ["export.zip", *FORM],  # its own manifest says it
    ],
)
def test_a_call_that_says_too_little_or_too_much_is_2(checked, files, arguments):
    name, *options = arguments
    code, told = checked(files / name, *options)
    assert (code, told.count("\n")) == (2, 1)
    assert "9434765919" not in told


def commands_of(page):
    """The commands that a page tells its reader to type."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ ire-audit ") for line in lines)
    return [shlex.split(line.removeprefix("$ ire-audit ")) for line in lines]


def test_every_command_of_the_page_on_offline_checks_runs(files, tmp_path, monkeypatch, capsys):
    registry = Registry(tmp_path / "home")
    history = inbox.history(registry.home.path, "ZZ101", at=registry.now)
    registry.ledger.close()
    (tmp_path / "history.zip").write_bytes(history)
    for name in ("export.zip", "procedure.csv"):
        shutil.copy(files / name, tmp_path / name)
    (tmp_path / "patient.csv").write_text("nhs_number,tumour_type\n9990000018,HCC\n", "utf-8")
    (tmp_path / "linkage.key").write_text(KEY)
    (tmp_path / "linkage.key").chmod(0o400)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REGISTRY_HOME", raising=False)
    told = {" ".join(command): main(command) for command in commands_of(PAGE)}
    assert len(told) == 8
    assert set(told.values()) == {0}
    assert "as far as this file shows" in capsys.readouterr().out
    assert (tmp_path / "template.xlsx").exists()


@pytest.mark.parametrize("is_held", [True, False])
def test_the_report_is_the_workbook_that_the_registry_writes(checked, tmp_path, is_held):
    export = tmp_path / "export.zip"
    export.write_bytes(changed(FIRST, patient=cell("albumin", 1, "4.1" if is_held else "41")))
    out = tmp_path / "report.xlsx"
    code, report = checked(export, "--report", out)
    assert code == (3 if is_held else 0)
    book = CalamineWorkbook.from_path(out)
    assert book.sheet_names[:2] == ["summary", "findings"]
    rules = [row[4] for row in book.get_sheet_by_name("findings").to_python()[1:]]
    assert sorted(filter(None, rules)) == sorted(f["rule"] for f in report["findings"])
    assert ("rows patient" in book.sheet_names) >= is_held
    assert checked(export, "--report", out)[0] == 2  # nothing is overwritten


def test_the_report_of_a_refused_export_holds_none_of_its_rows(checked, tmp_path):
    export = tmp_path / "export.zip"
    export.write_bytes(changed(FIRST, procedure=cell("comment", 1, "seen 943 476 5919")))
    out = tmp_path / "report.xlsx"
    assert checked(export, "--report", out)[0] == 4
    assert CalamineWorkbook.from_path(out).sheet_names == ["summary", "findings"]
    # Its last digits as a word: in the hash of the file they may stand by chance.
    ends = re.compile(rb"(?<![0-9a-f])(?:[0-9 ]*476 ?)?5919(?![0-9a-f])")
    with zipfile.ZipFile(out) as archive:
        assert not any(ends.search(archive.read(name)) for name in archive.namelist())
