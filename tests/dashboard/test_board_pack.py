"""Board packs: what they hold, for whom, and that one that was changed is found out."""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pypdf
import pytest
import python_calamine

from dashboard.reports import __main__ as command_line
from dashboard.reports.drawn import html_of, pdf_of, xlsx_of
from dashboard.reports.making import (
    ATTACHED,
    NATIONAL,
    PUBLIC,
    PackError,
    attached,
    issue,
    lead,
    make,
)
from dashboard.reports.verifying import problems
from ingest import inbox
from ingest.snapshotting import named_releases
from sql import hashes
from sql.access import DEMO_VIEWERS, AccessDenied, Viewer
from sql.board_packs import MADE
from sql.ledger import Ledger
from sql.outlier_cases import Found, open_cases
from sql.publish_release import public_path, served
from sql.reader import Reader
from sql.reader_periods import reporting_period
from sql.warehouse import release_path
from tests.dashboard.conftest import make_home
from tests.ingest.test_journey import FIRST, Registry
from tests.sql.small_release import Complication, procedures, write_release

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
LEAD = lead(["ZZ101"], "ZZ1")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A home with one accepted export of ZZ101 and a release of it."""
    registry = Registry(tmp_path_factory.mktemp("pack") / "home")
    registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    registry.ledger.close()
    return registry.home.path


@pytest.fixture
def home(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "home")


@pytest.fixture(scope="module")
def pack(kept):
    return make(kept, LEAD, "ZZ1", NOW)


def test_a_year_that_is_not_locked_is_said_to_be_provisional(pack):
    assert "Provisional: " in pack.period
    assert pack.period.endswith(" not locked")


def test_the_release_that_a_pack_names_is_kept_and_to_verify_it_enters_nothing(home, tmp_path):
    out = tmp_path / "pack.pdf"
    asked = ["pack", "--home", str(home), "--trust", "ZZ1", "--out", str(out)]
    assert command_line.main(asked) == 0
    with Ledger(home / "ledger.sqlite") as ledger:
        assert named_releases(ledger) == {served(home)}
        (made,) = [event for event in ledger.events() if event["action"] == MADE]
        assert json.loads(made["detail"]) == {"release": served(home), "scope": "ZZ1"}
        assert problems(home, out.read_bytes()) == []
        assert len([event for event in ledger.events() if event["action"] == MADE]) == 1


def cell(pack, section, table, row, column):
    """The place of a cell, and the pack with another text in it."""
    number = [one.title for one in pack.sections].index(section)
    chosen = pack.sections[number]
    found = chosen.tables[table]
    rows = [list(one) for one in found.rows]
    rows[row][list(found.headings).index(column)] = "999"
    tables = [*chosen.tables]
    tables[table] = replace(found, rows=rows)
    sections = [*pack.sections]
    sections[number] = replace(chosen, tables=tables)
    return replace(pack, sections=sections)


def test_a_pack_is_the_same_bytes_each_time_and_holds_when_verified(kept, pack):
    made = pdf_of(pack)
    assert made == pdf_of(make(kept, LEAD, "ZZ1", NOW))
    assert problems(kept, made) == []
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)
    assert "Decisions needed" in text
    for digest in pack.hashes.values():
        assert digest[:12] in text
    assert attached(made) == attached(pdf_of(attached(made)))


def test_the_first_page_holds_the_decisions_and_nothing_else(pack):
    first = pypdf.PdfReader(io.BytesIO(pdf_of(pack))).pages[0].extract_text()
    assert "Decisions needed" in first
    assert "Compliance with HTG532" not in first


def test_every_breach_of_the_trust_is_listed_with_its_remedy(pack):
    compliance = next(one for one in pack.sections if one.title == "Compliance with HTG532")
    rules, *_ = compliance.tables
    assert {row[0] for row in rules.rows} == {"ZZ101"}
    assert len(rules.rows) == 9


def test_a_changed_cell_of_what_a_site_sent_is_found(home, pack):
    made = pdf_of(pack)
    path = next(home.glob("submissions/*/procedure.parquet"))
    found = pl.read_parquet(path)
    found.with_columns(anaesthesia=pl.lit("SEDATION")).write_parquet(path)
    (said,) = problems(home, made)
    assert re.fullmatch(r"Submission \S+/procedure.parquet is not what was accepted.", said)
    path.unlink()
    assert "is not there" in problems(home, made)[0]


def test_a_changed_cell_of_the_release_is_found_with_the_figures_it_moves(home, pack):
    made = pdf_of(pack)
    with duckdb.connect(str(release_path(home, pack.release))) as connection:
        connection.execute(
            "update indicator_value set value = 1 - value where indicator_id = 'C1'"
            " and procedure_id = (select min(procedure_id) from fct_procedure)"
        )
    said = problems(home, made)
    assert "The release's file is not the one that the pack was made from." in said
    assert any(one.startswith("Compliance with HTG532, Rules by site") for one in said)


def test_a_changed_rule_is_found(kept, pack, tmp_path, monkeypatch):
    made = pdf_of(pack)
    rules = shutil.copytree(hashes.RULES, tmp_path / "rules")
    changed = next(rules.rglob("*.sql"))
    changed.write_text(changed.read_text("utf-8") + "-- changed\n", "utf-8")
    monkeypatch.setattr(hashes, "RULES", rules)
    assert problems(kept, made) == ["The rules are not those that the pack was made with."]


def test_a_changed_definition_is_found(kept, pack, tmp_path, monkeypatch):
    made = pdf_of(pack)
    code = shutil.copytree(hashes.CODE, tmp_path / "code")
    (code / "indicators.toml").write_text("# none\n", "utf-8")
    monkeypatch.setattr(hashes, "CODE", code)
    (said,) = problems(kept, made)
    assert said.startswith("The definitions and statistics are not")


def test_a_changed_figure_of_a_pack_printed_anew_is_named_with_its_cell(kept, pack):
    false = cell(pack, "Outcomes against benchmark", 0, 2, "n/known")
    (said,) = problems(kept, pdf_of(false))
    assert said.startswith(
        "Outcomes against benchmark, All own sites, row 3, n/known: the pack says 999"
    )


def test_a_changed_figure_in_the_attachment_alone_is_found(kept, pack):
    made = pdf_of(pack)
    false = cell(pack, "Outcomes against benchmark", 0, 2, "n/known")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made))
    for one in writer.attachment_list:
        one.content = false.as_json().encode()
    changed = io.BytesIO()
    writer.write(changed)
    said = problems(kept, changed.getvalue())
    assert said[0] == "The pages are not what the attached figures print."
    assert any("n/known: the pack says 999" in one for one in said)


def test_what_is_no_pack_is_refused_in_words(kept):
    with pytest.raises(PackError, match="not a PDF"):
        problems(kept, b"# README")
    empty = io.BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(empty)
    with pytest.raises(PackError, match=f"no {ATTACHED} is attached"):
        problems(kept, empty.getvalue())


def test_a_release_that_is_gone_is_said_and_not_verified(home, pack):
    made = pdf_of(pack)
    public_path(home, pack.release).unlink()
    assert "is no longer kept" in problems(home, made)[-1]


def test_a_trust_s_pack_names_no_other_site(tmp_path):
    drawn = [*procedures("ZZ301", 12, C11=3), *procedures("ZZ302", 9), *procedures("ZZ102", 8)]
    home = write_release(make_home(tmp_path / "home"), drawn)
    told = make(home, DEMO_VIEWERS["governance"], "ZZ3", NOW).as_json()
    assert set(re.findall(r"ZZ\d{3}", told)) == {"ZZ301", "ZZ302"}


def test_the_first_page_lists_events_without_a_review_and_the_section_each_review(tmp_path):
    drawn = procedures("ZZ301", 12)
    drawn[0].day = date(2024, 2, 1)  # of the rolling 36 months, not of the last 12
    graver = [Complication("ZZ301", f"C{n}", f"P{n:03d}", grade="IVa") for n in range(3)]
    home = write_release(make_home(tmp_path / "home"), drawn, graver)
    governance = DEMO_VIEWERS["governance"]
    with Reader.open(home, governance) as reader:
        events = reader.sentinel_events(period="36 months")
    keyed = inbox.with_reviews(home, events, governance, NOW.date())
    row = keyed.filter(pl.col("procedure_id") == "P001").row(0, named=True)
    told = {"outcome": "UNRELATED", "lesson": "An old scar."}
    inbox.review_event(home, row["event_key"], site="ZZ301", viewer=governance, at=NOW, **told)
    pack = make(home, governance, "ZZ3", NOW)
    first, sentinel = (
        next(one for one in pack.sections if one.title == title)
        for title in ("Decisions needed", "Sentinel events")
    )
    assert first.sentences[0].startswith("2 sentinel events of the rolling 36 months have no")
    assert {row[1] for row in first.tables[0].rows} == {"P000", "P002"}
    assert sentinel.sentences == [
        "3 sentinel events of the rolling 36 months and since; 1 reviewed, 2 without a review."
    ]
    reviews = {row[2]: (row[0], row[-1]) for row in sentinel.tables[0].rows}
    found = "Not related to the procedure. An old scar. (Dr A. Demo, governance lead, 16 Nov 2026)"
    assert reviews["P001"] == ("● reviewed", found)
    assert reviews["P000"] == ("▲ waits", "–")


def test_a_late_case_is_the_first_of_the_cases_and_said_to_be_late(tmp_path):
    home = write_release(make_home(tmp_path / "home"), procedures("ZZ301", 12))
    year, evidence = reporting_period("2025/26"), {"title": "Bleeding of any grade, 30 days"}
    with Ledger(home / "ledger.sqlite") as ledger:
        for at, site in ((NOW, "ZZ302"), (NOW - timedelta(days=60), "ZZ301")):
            found = Found(site, "E", "S2_30", "alarm", year, evidence)
            open_cases(ledger, [found], by="team", at=at)
    pack = make(home, DEMO_VIEWERS["governance"], "ZZ3", NOW)
    told = [said for said in pack.sections[0].sentences if said.startswith("Case ")]
    assert told[0].startswith(
        "Case 2, ZZ301, Bleeding of any grade, 30 days, 2025/26: potential. ■ LATE: due "
    )
    assert "LATE" not in told[1]
    rows = pack.sections[-1].tables[0].rows
    assert {row[2] for row in rows} == {"Bleeding of any grade, 30 days"}


@pytest.mark.parametrize("persona", ["lead", "uploader", "team", "commissioner"])
def test_only_a_governance_lead_makes_a_pack_of_rows(kept, persona):
    with pytest.raises(AccessDenied):
        make(kept, DEMO_VIEWERS[persona], "ZZ1", NOW)


@pytest.mark.parametrize(
    ("role", "sites", "scope", "subject"),
    [
        ("governance lead", ("ZZ101",), "ZZ3", "board pack ZZ3"),
        ("site lead", ("ZZ101",), "ZZ1", "make a board pack"),
        ("registry admin", (), NATIONAL, "see published figures"),
    ],
)
def test_an_account_that_may_not_make_a_pack_is_refused_and_it_is_logged(
    kept, role, sites, scope, subject
):
    who = Viewer("Dr A", role, sites, "ZZ1" if sites else None, "a@nhs.test")
    with pytest.raises(AccessDenied):
        issue(kept, who, scope, NOW)
    with Ledger(kept / "ledger.sqlite") as ledger:
        last = ledger.events()[-1]
    assert (last["by"], last["action"], last["subject"]) == ("a@nhs.test", "denied", subject)


def test_the_national_pack_needs_no_row_and_shows_none(home):
    release_path(home, 1).unlink()
    national = make(home, PUBLIC, NATIONAL, NOW)
    told = national.as_json()
    assert national.sites == []
    assert "P0001" not in told
    assert pdf_of(national).startswith(b"%PDF")


def test_registries_that_differ_within_the_rounding_give_one_national_pack(tmp_path):
    counts = {"one": ((13, 61), (17, 59), (13, 60)), "two": ((14, 59), (16, 61), (13, 60))}
    packs = []
    for name, sites in counts.items():
        drawn = [
            p
            for site, (bleeds, total) in zip(("ZZ101", "ZZ201", "ZZ301"), sites, strict=True)
            for p in procedures(site, total, S2_30=bleeds, C1=bleeds)
        ]
        home = write_release(make_home(tmp_path / name), drawn)
        packs.append(make(home, PUBLIC, NATIONAL, NOW))
    assert packs[0] == packs[1]


def test_html_loads_nothing_and_the_workbook_holds_texts(pack):
    page = html_of(pack)
    assert not re.search(r"<script|<link|src=|href=", page)
    assert "<svg" in page
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx_of(pack)))
    assert len(book.sheet_names) == len(pack.sections)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    cells = [cell for sheet in sheets for row in sheet for cell in row]
    assert {type(c) for c in cells} == {str}


def test_the_command_makes_each_form_and_verifies(home, tmp_path, capsys):
    for form in ("pdf", "html", "xlsx"):
        out = tmp_path / f"pack.{form}"
        asked = ["pack", "--home", str(home), "--trust", "ZZ1", "--out", str(out)]
        assert command_line.main(asked) == 0
        assert out.stat().st_size > 5_000
    asked = ["verify", "--home", str(home), str(tmp_path / "pack.pdf")]
    assert command_line.main(asked) == 0
    assert "Verified" in capsys.readouterr().out
    next(home.glob("submissions/*/lesion.parquet")).unlink()
    assert command_line.main(asked) == 1
    assert command_line.main([*asked[:-1], str(tmp_path / "none.pdf")]) == 2
    assert command_line.main(["pack", "--home", str(home), "--trust", "X", "--out", "x.pdf"]) == 2
    assert "it has ZZ1" in capsys.readouterr().err


def test_the_figures_attached_are_json_that_anyone_can_read(pack):
    found = pypdf.PdfReader(io.BytesIO(pdf_of(pack))).attachments[ATTACHED][0]
    assert json.loads(found)["release"] == 1


@pytest.mark.parametrize(("persona", "scope"), [("governance", "ZZ3"), ("commissioner", NATIONAL)])
def test_a_home_page_makes_the_pack_and_gives_each_form(open_page, persona, scope):
    page = open_page("home", persona)
    page.button(key=f"make-{scope}").click().run()
    assert not page.exception
    given = [one.label for one in page.get("download_button")]
    assert {f"Board pack as {form}" for form in ("PDF", "HTML", "XLSX")} <= set(given)
