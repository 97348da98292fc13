"""The page Complications: one verdict everywhere, and who may see what."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from dashboard.tiles import COMPLICATIONS
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import (
    Complication,
    Procedure,
    make_home,
    procedures,
    said,
    specs,
    write_release,
)
from tests.sql.small_release import SITES

HEADINGS = (
    "g-chart: procedures between one event and the next",
    "CUSUM: evidence that events have become more frequent",
    "Arrhythmia, day 0 to 1, by ECG synchronisation",
    "By operator's case number at the site",
    "The cases counted",
    "Events to review singly",
)


def table(page, heading):
    return next(frame.value for frame in page.dataframe if heading in frame.value)


@pytest.mark.parametrize("persona", ["lead", "uploader", "governance", "team"])
def test_a_viewer_with_rows_sees_own_sites_in_every_part(open_page, persona):
    page = open_page("complications", persona)
    text = said(page)
    at = [text.index(heading) for heading in HEADINGS]
    assert at == sorted(at)
    own = set(DEMO_VIEWERS[persona].sites)
    named = set(re.findall(r"ZZ[0-9]{3}", text))
    assert named == own if own else len(named) > 4


def test_a_commissioner_sees_no_site_no_order_and_no_case(open_page):
    page = open_page("complications", "commissioner")
    text = said(page)
    assert not re.search(r"ZZ[0-9]{3}", text)
    assert not [heading for heading in HEADINGS if heading in text]
    assert "National figures only" in text
    assert not page.get("vega_lite_chart")


def test_nobody_is_told_of_an_operator_by_name(open_page):
    for persona in ("lead", "team"):
        assert "operator 1" not in said(open_page("complications", persona))


def test_the_same_verdict_is_said_at_the_top_in_the_tile_the_sentence_and_the_table(open_page):
    page = open_page("complications", "lead")
    text = said(page)
    assert (
        "▲ Alert: bleeding of any grade, 30 days, at Site ZZ102 (ZZ102), 6 in 31 procedures."
        in text
    )
    assert "▲ alert: worse than chance allows (95 % limit)" in text
    assert "6 of 31 procedures, 19.4 % (9.2–36.3 %); alert: worse than chance" in text
    row = table(page, "What it takes").iloc[0]
    assert (row["n/known"], row["Verdict"]) == ("6/31", "▲ alert")


@pytest.mark.parametrize(
    ("flags", "rest"),
    [
        (0, "No outcome is flagged at any site, against"),
        (5, "Nothing else is flagged, against"),
        (6, "1 more is flagged, against the rate set for each outcome: choose each below"),
        (7, "2 more are flagged, against the rate set for each outcome: choose each below"),
    ],
)
def test_what_is_flagged_and_not_listed_is_counted(open_page, tmp_path, flags, rest):
    flagged = [(site, name) for name in ("S2_30", "S5_30") for site in SITES][:flags]
    drawn = [
        procedure
        for site in SITES
        for procedure in procedures(site, 30, **{name: 12 for of, name in flagged if of == site})
    ]
    home = write_release(make_home(tmp_path / "flagged"), drawn)
    text = said(open_page("complications", "team", at_home=home))
    assert rest in text
    assert "; damage to an adjacent structure, 90 days: not judged, no target is set." in text
    assert text.count("■ Alarm: ") == min(flags, 5)


def test_every_figure_has_its_definition_beside_its_download(open_page):
    page = open_page("complications", "lead")
    files = [one.label for one in page.get("download_button")]
    figures = files.count("CSV")
    assert figures == files.count("Excel (XLSX)") > 8
    # A definition and a download each; one of saved views.
    assert len(page.get("popover")) == 2 * figures + len(COMPLICATIONS) + 1
    text = said(page)
    assert "Procedures without the event between one event and the next. Harm shows" in text
    assert "A running sum of the evidence that the odds have doubled" in text


def test_the_cusum_says_that_it_is_crude_and_how_long_it_runs(open_page):
    text = said(open_page("complications", "lead"))
    assert "Crude CUSUM (no case-mix adjustment) for doubled odds, expected in 5.0 %" in text
    assert "one false signal in 252 procedures on average" in text


def test_the_order_starts_at_the_first_procedure_whatever_the_period(open_page):
    text = said(open_page("complications", "lead", period="2025/26 Q1"))
    assert "a control chart needs its history, so that the period moves its end only" in text
    assert "to 30 Jun 2025" in text


def test_a_benchmark_is_said_not_to_move_and_the_national_rate_to_move_with_the_period(open_page):
    text = said(open_page("complications", "lead", tumour="HCC"))
    assert "no filter moves it" in text
    national = said(open_page("complications", "lead", against="national"))
    assert "The national rate moves with the period" in national


def test_without_a_national_figure_for_the_selection_nothing_is_judged(open_page):
    page = open_page("complications", "lead", against="national", tumour="HCC")
    text = said(page)
    assert "Judged against nothing: no national figure for this selection." in text
    assert set(table(page, "What it takes")["Verdict"]) == {"–"}
    assert "no CUSUM, as it is judged against nothing" in text


def test_sites_too_few_to_judge_are_listed_under_the_funnel(open_page):
    page = open_page("complications", "team")
    assert "Too few to judge: 1 site with fewer than 10 procedures." in said(page)
    row = table(page, "From when it can be judged").iloc[0]
    assert row["Site"] == "Site ZZ401 (ZZ401)"
    assert "Judged from 10 on." in row["From when it can be judged"]
    assert "chance alone would flag" in said(page)


def test_an_outcome_per_patient_is_counted_in_patients_in_every_part(open_page, tmp_path):
    drawn = procedures("ZZ102", 12)
    seeded = [
        {"indicator_id": "S4_24M", "site_id": "ZZ102", "value": int(n < 2), "procedure_id": one.id}
        for n, one in enumerate(drawn)
    ]
    home = write_release(make_home(tmp_path / "seeded"), drawn, more=seeded)
    page = open_page("complications", "lead", at_home=home, outcome="S4_24M")
    text = said(page)
    assert "Patients: 16.7 % (95 % interval" in text
    assert "Patients by quarter of the first procedure, all quarters" in text
    assert "2 cases in 12 patients over 1 quarter" in text
    assert "By operator's case number at the site, patients: tumour seeding, 24 months" in text
    assert "A patient stands at the case of the first procedure." in text
    assert table(page, "Not known")["Patients"].tolist() == [12]
    assert set(table(page, "Gap")) >= {"First procedure"}
    axes = " ".join(specs(page))
    assert '"title": "Patients"' in axes
    assert '"title": "Procedures"' not in axes
    none = said(open_page("complications", "lead", at_home=home, outcome="S4_24M", tumour="ICCA"))
    for words in ("to judge by.", "to count cases by."):
        assert f"No patient of this selection {words}" in none
    assert "No patient in a complete quarter yet." in none


def test_filters_narrow_cases_severity_and_splits_and_spare_the_events_to_review(
    open_page, tmp_path
):
    drawn = [
        Procedure("ZZ102", f"P{n:03d}", date(2025, 1, 1) + timedelta(days=n), {"S2_30": int(n < 4)})
        for n in range(20)
    ]
    for procedure in drawn[::2]:
        procedure.tumour_type = "ICCA"
    found = [Complication("ZZ102", f"C{n}", f"P{n:03d}") for n in range(4)]
    found.append(Complication("ZZ102", "C9", "P009", "OTHER", "SEPSIS", "IVa"))
    home = write_release(make_home(tmp_path / "mixed"), drawn, found)
    page = open_page("complications", "lead", at_home=home, tumour="ICCA", outcome="S2_30")
    text = said(page)
    assert set(table(page, "Line")["Procedure"]) == {"P000", "P002"}
    assert "2 complications in 2 procedures" in text
    assert "With synchronisation: 0/10" in text
    assert list(table(page, "Subtype, cause")["Procedure"]) == ["P009"]
    assert "no such filter hides an event" in text


def test_a_site_without_procedures_says_so_in_every_part(open_page, tmp_path):
    home = write_release(make_home(tmp_path / "none"), procedures("ZZ101", 12))
    text = said(open_page("complications", "lead", at_home=home))
    assert "No procedure of this selection to judge by." in text
    assert "no procedure with a known outcome up to 30 Sep 2026." in text
    assert "No event, so no gap to draw." in text
    assert "No complication in this selection." in text
    assert "No case in this selection." in text
