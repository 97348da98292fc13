"""The filter bar: a sentence of what is in force, kept in the address."""

from __future__ import annotations

from tests.dashboard.conftest import Procedure, make_home, said, write_release


def test_the_bar_says_what_is_in_force(open_page):
    text = said(open_page("complications", "governance"))
    assert (
        "Shown: 1 Oct 2023 to 30 Sep 2026 (rolling 36 months); all tumour types; "
        "all approaches; all sizes; both own sites." in text
    )


def test_the_address_carries_the_selection(open_page):
    page = open_page("complications", "governance", site="ZZ302", period="12 months")
    text = said(page)
    assert "1 Oct 2025 to 30 Sep 2026 (rolling 12 months)" in text
    assert "Site ZZ302 (ZZ302)" in text
    assert page.query_params["site"] == "ZZ302"


def test_a_choice_is_written_to_the_address(open_page):
    page = open_page("complications", "governance")
    next(box for box in page.selectbox if box.label == "Site").set_value("ZZ301").run()
    assert page.query_params["site"] == "ZZ301"
    assert "Site ZZ301 (ZZ301)" in said(page)


def test_an_address_that_names_another_site_shows_own_sites_only(open_page):
    text = said(open_page("complications", "governance", site="ZZ101"))
    assert "ZZ101" not in text
    assert "both own sites" in text


def test_a_hostile_address_changes_nothing(open_page):
    text = said(open_page("complications", "lead", period="'; drop table release; --"))
    assert "rolling 36 months" in text


def test_a_selection_without_a_published_stratum_says_so(open_page):
    text = said(open_page("complications", "commissioner", tumour="HCC"))
    assert "no national figure for this selection" in text


def test_a_size_band_narrows_the_counts_and_is_said(open_page, tmp_path):
    drawn = [Procedure("ZZ102", f"P{n}", lesions_mm=(20.0 if n < 4 else 40.0,)) for n in range(9)]
    home = write_release(make_home(tmp_path / "sizes"), drawn)
    text = said(open_page("complications", "lead", at_home=home, size="UNDER_30_MM"))
    assert "largest lesion under 3 cm (none of unknown size)" in text
    assert "Major complication (Clavien-Dindo IIIa or worse), 30 days: 0/4" in text
