"""The template is what the dictionary says, and filled in it is accepted."""

import csv
import io
import json
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from expectations.dictionary import manifest, site_tables
from ingest import inbox
from ingest.__main__ import main
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.submission import Registry
from tests.ingest.filling import filled
from tests.ingest.test_journey import AT, EXPORTS, FIRST


@pytest.fixture(scope="module")
def template():
    return inbox.template()


def contents(export):
    with zipfile.ZipFile(export) as archive:
        fields = json.loads(archive.read("manifest.json"))
        tables = {
            name[:-4]: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"))))
            for name in archive.namelist()
            if name.endswith(".csv")
        }
    return fields, tables


def verdict(name, content):
    return judge(lambda: read_content(name, content), lambda site: Registry(), now=AT)


@pytest.mark.parametrize("export", [FIRST, EXPORTS / "ZZ101" / "2026-27-Q2.zip"], ids=str)
def test_a_filled_template_has_the_verdict_and_digest_of_the_same_data_as_csv(template, export):
    fields, tables = contents(export)
    ours = verdict("export.xlsx", filled(template, fields, tables))
    csvs = verdict("export.zip", export.read_bytes())
    assert ours.verdict == csvs.verdict
    assert ours.assessment.digest == csvs.assessment.digest
    place = ("rule", "table", "line", "column", "key")
    found = [[tuple(f[name] for name in place) for f in v.report["findings"]] for v in (ours, csvs)]
    assert sorted(found[0], key=str) == sorted(found[1], key=str)
    # typed cells come back as they were meant: nothing had to be repaired
    repaired = [n for n in ours.report["notices"] if "not sent" not in n]
    assert repaired == []


def test_zeros_that_lead_an_id_are_kept_in_the_template(template):
    fields, tables = contents(FIRST)
    tables["procedure"][0]["approval_id"] = "000123"
    read = read_content("export.xlsx", filled(template, fields, tables))
    assert read.tables["procedure"].frame["approval_id"][0] == "000123"


def test_an_empty_template_says_what_is_missing_and_no_more(template):
    report = verdict("export.xlsx", template).report
    assert (report["verdict"], report["code"]) == ("refused", "MANIFEST")
    assert {f["column"] for f in report["findings"]} == {
        "submitting_site", "period_start", "period_end", "extract_datetime",
        "submission_type", "caldicott_ack", "nil_return",
    }  # fmt: skip


def test_the_template_has_a_sheet_a_table_and_every_column(template):
    book = CalamineWorkbook.from_filelike(io.BytesIO(template))
    assert book.sheet_names == ["notes", "manifest", *site_tables(), "lists"]
    for name, table in site_tables().items():
        assert book.get_sheet_by_name(name).to_python() == [list(table.columns)]
    fields = [row[0] for row in book.get_sheet_by_name("manifest").to_python()[1:]]
    assert fields == list(manifest().columns)


def parts_of(template, table):
    """A table's sheet and the notes on its columns, as text."""
    place = ["notes", "manifest", *site_tables()].index(table) + 1
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        sheet = archive.read(f"xl/worksheets/sheet{place}.xml").decode()
        links = archive.read(f"xl/worksheets/_rels/sheet{place}.xml.rels").decode()
        comments = re.search(r"comments[0-9]+\.xml", links)[0]
        return sheet, archive.read(f"xl/{comments}").decode()


@pytest.mark.parametrize("table", list(site_tables()))
def test_every_column_has_a_note_and_codes_and_booleans_a_list(template, table):
    sheet, comments = parts_of(template, table)
    columns = site_tables()[table].columns.values()
    assert comments.count("<comment ") == len(columns)
    for column in columns:
        assert f"{column.title}\n".replace("&", "&amp;").replace("<", "&lt;") in comments
    offered = sum(column.type in ("code", "boolean") for column in columns)
    assert sheet.count('<dataValidation type="list"') == offered


def test_a_note_says_what_is_needed_allowed_and_in_which_unit(template):
    _, comments = parts_of(template, "pulse_delivery")
    told = re.search(r"<t[^>]*>([^<]*tip to tip[^<]*)</t>", comments)[1]
    assert "Needed: always" in told
    assert "Allowed: 3 to 40" in told
    assert "Unit: mm" in told


def test_the_command_writes_workbook_and_headers(tmp_path, capsys):
    book, folder = tmp_path / "t.xlsx", tmp_path / "headers"
    assert main(["template", "--xlsx", str(book), "--csv", str(folder)]) == 0
    assert book.read_bytes().startswith(b"PK")
    for name, table in site_tables().items():
        header = (folder / f"{name}.csv").read_text("utf-8").strip()
        assert header.split(",") == list(table.columns)
    assert main(["template"]) == 2
    assert main(["template", "--xlsx", str(tmp_path / "t.csv")]) == 2
