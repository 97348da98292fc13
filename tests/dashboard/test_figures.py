"""What the pages say of figures: n/N, intervals, suppression, states of compliance."""

from __future__ import annotations

import re

import polars as pl

from dashboard import figures
from dashboard.fitting import ONE_LINE
from tests.dashboard.conftest import Procedure, make_home, procedures, said, specs, write_release

PUBLISHED = ("home", "complications", "compliance", "data-quality")
CURVE = "(below: number at risk)"  # what stands under every curve over years


def test_a_rate_is_said_as_n_of_N_with_per_cent_and_interval(open_page):
    text = said(open_page("complications", "lead"))
    assert "Bleeding of any grade, 30 days: 6/31" in text
    assert "19.4 % (95 % interval 9.2–36.3 %)" in text


def test_an_alert_is_said_by_symbol_and_word(open_page):
    assert "▲ alert" in said(open_page("complications", "lead"))


def test_under_ten_no_per_cent_is_given(open_page, tmp_path):
    home = write_release(make_home(tmp_path / "few"), procedures("ZZ102", 9, S5_30=1))
    text = said(open_page("complications", "lead", at_home=home))
    assert "Major complication (Clavien-Dindo IIIa or worse), 30 days: 1/9" in text
    assert "per cent from 10 on" in text
    assert "11.1 %" not in text


def test_from_ten_on_a_per_cent_is_given(open_page, tmp_path):
    home = write_release(make_home(tmp_path / "ten"), procedures("ZZ102", 10, S5_30=1))
    assert "10.0 % (95 % interval" in said(open_page("complications", "lead", at_home=home))


def test_too_few_to_judge_says_from_which_number_on(open_page, tmp_path):
    home = write_release(make_home(tmp_path / "few"), procedures("ZZ102", 9))
    text = said(open_page("complications", "lead", at_home=home))
    assert "– too few to judge" in text
    assert "fewer than 10 procedures" in text


def test_unknown_outcomes_are_shown_with_best_and_worst_case(open_page, tmp_path):
    unknown = procedures("ZZ102", 40, S5_30=2)
    for procedure in unknown[-3:]:
        procedure.values["S5_30"] = None
    home = write_release(make_home(tmp_path / "unknown"), unknown)
    text = said(open_page("complications", "lead", at_home=home))
    assert "Outcome unknown in 3 of 40; best case 5.0 %, worst case 12.5 %." in text
    assert "2/37" in text


def test_an_outcome_lost_to_a_record_left_out_is_told_once(open_page, tmp_path):
    drawn = procedures("ZZ102", 40, S5_30=2)
    for procedure in drawn[-3:]:
        procedure.values["S5_30"] = None
    drawn[-1].excluded_records = 1
    home = write_release(make_home(tmp_path / "withheld"), drawn)
    text = said(open_page("complications", "lead", at_home=home))
    assert (
        "Outcome unknown in 3 of 40, in 1 of them as the site left a record out; best case 5.0 %"
        in text
    )
    assert "left out by the site" not in text


def test_the_n_of_a_row_is_what_its_per_cent_is_of(open_page, tmp_path):
    unknown = procedures("ZZ102", 40, S5_30=2)
    for procedure in unknown[-3:]:
        procedure.values["S5_30"] = None
    home = write_release(make_home(tmp_path / "unknown"), unknown)
    page = open_page("complications", "lead", at_home=home, outcome="S5_30")
    tables = [one.value for one in page.dataframe if "% (95 % interval)" in one.value]
    verdict = next(one.iloc[0] for one in tables if "Verdict" in one)
    assert verdict["n/known"] == "2/37"
    assert verdict["% (95 % interval)"] == "5.4 % (1.5–17.7 %)"
    assert "With synchronisation: 0/40" in said(page)
    assert not any(", –" in spec for spec in specs(page))


def test_a_site_lead_sees_own_cases_with_file_and_line(open_page):
    page = open_page("complications", "lead")
    cases = next(frame.value for frame in page.dataframe if "Yellow Card" in frame.value)
    assert set(cases["Site"]) == {"ZZ102"}
    assert set(cases["File"]) == {"complication.csv"}
    assert len(cases) == 6


def test_no_other_site_is_named_to_a_site_lead(open_page):
    for path in ("home", "complications", "outcomes", "compliance", "data-quality"):
        assert not re.search(r"ZZ(101|201|301|302|401)", said(open_page(path, "lead")))


def test_compliance_says_met_of_all_and_lists_the_breaching_procedures(open_page):
    page = open_page("compliance", "governance", rule="C1")
    text = said(page)
    assert "met in 15 of 22 procedures" in text
    assert "7 not met" in text
    listed = next(f.value for f in page.dataframe if "Submission" in f.value)
    assert set(listed["Procedure"]) == {f"P{n:03d}" for n in range(7)}
    assert set(listed["Reason"]) == {"consent after the procedure"}
    asked = next(f.value for f in page.dataframe if "What would make it met" in f.value)
    assert asked.iloc[0]["What would make it met"].startswith("Correct the consent")
    assert "not met (consent after the procedure). On record: study STUDY" in text


def test_a_commissioner_sees_a_status_for_a_site_and_no_per_cent_of_it(open_page):
    page = open_page("compliance", "commissioner")
    table = next(f.value for f in page.dataframe if "C1" in f.value)
    row = table[table["Site"] == "ZZ302"].iloc[0]
    assert row["C1"] == "▲ *"
    assert row["Procedures"] == "20"
    few = table[table["Site"] == "ZZ401"].iloc[0]
    assert few["Procedures"] == "*"
    assert few["C1"] == "–"
    assert "%" not in table.to_csv()


def test_a_suppressed_number_comes_with_its_legend(open_page):
    text = said(open_page("home", "commissioner"))
    assert "* = 1 to 7, not shown" in text


def test_no_page_of_a_commissioner_names_a_procedure(open_page):
    for path in ("home", "complications", "outcomes", "compliance", "data-quality"):
        assert not re.search(r"\bP[0-9]{3}\b", said(open_page(path, "commissioner")))


def test_survival_says_how_many_are_at_risk_and_ends_where_fewer_than_ten_are(open_page, tmp_path):
    drawn = [
        Procedure("ZZ102", f"P{n}", followed_days=500.0, survival_days=100 if n < 4 else None)
        for n in range(20)
    ]
    home = write_release(make_home(tmp_path / "survival"), drawn)
    page = open_page("outcomes", "lead", at_home=home)
    assert any(CURVE in spec for spec in specs(page))
    landmarks = next(f.value for f in page.dataframe if "At risk" in f.value)
    assert list(landmarks["At risk"]) == [16, 0, 0, 0]
    assert landmarks["% alive (95 % interval)"][0].startswith("80.0 % (")
    assert landmarks["% alive (95 % interval)"][1] == "fewer than 10 at risk"


def test_survival_of_fewer_than_ten_patients_is_too_few_to_draw(open_page, tmp_path):
    home = write_release(make_home(tmp_path / "nine"), procedures("ZZ102", 9))
    page = open_page("outcomes", "lead", at_home=home)
    assert "A curve is drawn from 10 patients" in said(page)
    assert not any(CURVE in spec for spec in specs(page))


def test_findings_lead_to_their_rows(open_page):
    page = open_page("data-quality", "lead")
    rows = next(f.value for f in page.dataframe if "Line" in f.value)
    assert list(rows["Line"]) == [5, 9]
    assert set(rows["File"]) == {"procedure.csv"}


def test_completeness_says_filled_of_expected(open_page):
    assert "11 of 12 key fields filled, 91.7 %" in said(open_page("data-quality", "lead"))


def test_missing_quarters_are_counted(open_page):
    text = said(open_page("data-quality", "team"))
    assert "1 quarter missing" in text


def test_two_registries_with_equal_roundings_look_the_same_to_a_commissioner(
    open_page, tmp_path, downloads
):
    pages, charts = [], 0
    # Each site's counts, and their sums, round to the same: 15 of 60, 60 of 240.
    counts = {
        "one": ((13, 61), (17, 59), (13, 60), (17, 60)),
        "two": ((14, 59), (16, 61), (15, 61), (16, 60)),
    }
    for name, sites in counts.items():
        drawn = [
            p
            for site, (bleeds, total) in zip(
                ("ZZ101", "ZZ201", "ZZ301", "ZZ401"), sites, strict=True
            )
            for p in procedures(site, total, S2_30=bleeds, C1=bleeds)
        ]
        home = write_release(make_home(tmp_path / name), drawn)
        downloads.clear()
        seen = [open_page(path, "commissioner", at_home=home) for path in PUBLISHED]
        charts += sum(len(specs(page)) for page in seen)
        pages.append(([(said(page), specs(page)) for page in seen], list(downloads)))
    assert pages[0] == pages[1]
    assert charts
    assert downloads


def _asked(frame, monkeypatch, **options):
    """What Streamlit is asked to draw of a table."""
    asked = {}
    monkeypatch.setattr(figures.st, "dataframe", lambda *_, **given: asked.update(given))
    figures.table(frame, {name: name for name in frame.columns}, reads="", **options)
    return asked


def test_a_table_that_scrolls_ends_within_a_row(monkeypatch):
    frame = pl.DataFrame({"Site": [f"ZZ{number}" for number in range(9)]})
    assert _asked(frame, monkeypatch, rows=8)["height"] == (8 + 1 / 2 + 1) * ONE_LINE
    assert _asked(frame, monkeypatch, rows=9)["height"] == "content"


def test_a_day_that_is_not_known_is_a_dash(monkeypatch):
    frame = pl.DataFrame({"Next review": [None]}, schema={"Next review": pl.Date})
    assert _asked(frame, monkeypatch)["placeholder"] == "–"


def test_a_column_without_room_is_shown_on_demand_and_named(monkeypatch):
    said = []
    monkeypatch.setattr(figures.st, "caption", said.append)
    frame = pl.DataFrame({"Site": ["ZZ102"], "File": ["complication.csv"], "Line": [3]})
    asked = _asked(frame, monkeypatch, aside=("File", "Line"))
    assert asked["column_order"] == ["Site"]
    assert "File, Line" in said[0]
    assert _asked(frame, monkeypatch)["column_order"] == ["Site", "File", "Line"]
    assert len(said) == 1


def test_the_legend_of_stars_says_that_it_is_of_published_figures(open_page):
    for path, persona in (("complications", "lead"), ("equity", "commissioner")):
        text = said(open_page(path, persona))
        assert "Published figures, such as the national ones: * = 1 to 7, not shown" in text
        assert "its stars" not in text
