"""Case selection & technique and Equity in a real browser, against figures worked out by hand."""

from __future__ import annotations

from statistics import fmean

import pytest

from tests.browser import expected, expected_technique

pytestmark = pytest.mark.browser


def test_case_selection_shows_lesions_pairs_and_margins_by_hand(look):
    text = look.at("lead", "Case selection & technique").text()
    both, known = expected_technique.small_and_near("ZZ102", 10)
    assert f"{both} of {known} lesions under 30 mm and within 10 mm" in text
    assert expected.percent_and_interval(both, known) in text
    assert f"{both}/{known}" in look.tile("Lesions under 3 cm next to a vessel or bile duct")
    met, of = expected_technique.verified("ZZ102")
    assert f"Every pair verified in {met} of {of} procedures" in text
    middle, inside, pairs = expected_technique.spacing("ZZ102")
    assert f"median {middle:.1f} mm" in text
    assert f"{inside} of {pairs} pairs within 15 to 20 mm, {100 * inside / pairs:.1f} %" in text
    reached, lesions = expected_technique.margin_reached("ZZ102")
    assert f"Planned margin reached in {reached} of {lesions} lesions" in text
    words = look.drawn()
    assert {"30 mm: under is small", "10 mm: near", "ideal 15 to 20 mm"} <= set(words)
    look.fits_a_phone()
    _nearer(look)


def _nearer(look):
    """A nearer limit counts fewer lesions, and is in the address."""
    look.page.get_by_role("combobox", name="Next to a vessel").scroll_into_view_if_needed()
    look.still()
    look.choose("Next to a vessel or bile duct", "5 mm")
    both, known = expected_technique.small_and_near("ZZ102", 5)
    assert f"{both} of {known} lesions under 30 mm and within 5 mm" in look.text()
    assert "near=5" in look.page.url


def test_case_selection_shows_a_commissioner_no_lesion_and_no_site(look):
    text = look.at("commissioner", "Case selection & technique").text()
    assert "Not shown: sizes, distances, segments" in text
    assert not [site for site in expected.sites() if site in text]
    assert not look.drawn()
    look.fits_a_phone()


def test_equity_shows_rounded_groups_and_own_travel_by_hand(look):
    look.at("lead", "Equity and sustainability")
    look.choose("Indicator", "Major complication")
    text = look.text()
    rows = {row["Sex"]: row["n/N"].split("/")[1] for row in look.table("Sex")}
    assert rows["Male"] == expected.rounded(expected_technique.of_sex("1", 90))
    assert rows["Female"] == expected.rounded(expected_technique.of_sex("2", 90))
    km = expected_technique.travelled("ZZ102")
    assert f"distance travelled by the patient: mean {fmean(km):.1f} km" in text
    look.fits_a_phone()


def test_equity_shows_a_commissioner_published_groups_only(look):
    text = look.at("commissioner", "Equity and sustainability").text()
    assert "Not shown: anaesthetic gases" in text
    assert "* = 1 to 7, not shown" in text
    assert not [site for site in expected.sites() if site in text]
    look.fits_a_phone()
