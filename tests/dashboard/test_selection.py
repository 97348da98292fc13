"""The page Case selection & technique: what is counted, by which unit, and who sees it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import polars as pl
import pytest

from dashboard.counted_figures import most_often
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import Procedure, make_home, procedures, said, specs, write_release

TITLES = (
    "Lesions by size and distance to the nearest vessel or bile duct",
    "Position: lesions by Couinaud segment",
    "Alternatives that the multidisciplinary team (MDT) considered, by procedure",
    "Why not thermal ablation, by procedure",
    "Procedures with every pair verified on imaging and parallel (3.6)",
    "Distance between two electrodes, mm: pairs of electrodes",
    "Angle between two electrodes, °: pairs of electrodes",
    "Voltage by distance, V/cm: pairs of electrodes",
    "Highest current, A: pairs of electrodes",
    "Pulses delivered to a pair, pulses: pairs of electrodes",
    "Guidance: procedures by imaging",
    "Completion imaging: procedures by kind",
    "Lesions by number of positions of the electrodes",
    "Margin: lesions by planned and smallest achieved margin",
)


def pair(spacing, verified="CT", parallel=True):
    return {
        "spacing_mm": spacing,
        "angle_deg": 3.0,
        "volts_per_cm": 1500.0,
        "current_max_a": 30.0,
        "current_rise_a": 6.0,
        "pulses_planned": 90,
        "pulses_delivered": 90,
        "aborted_pulses": 0,
        "ecg_sync": True,
        "spacing_verified_imaging": verified,
        "parallel_confirmed": parallel,
        "is_verified": verified != "NO" and parallel,
    }


@pytest.fixture(scope="module")
def drawn_home(tmp_path_factory):
    """ZZ102: 12 procedures of one lesion (one of 30.0 mm, one 8 mm off), two pairs each."""
    drawn = []
    for n in range(12):
        technique = {
            "segment": "4a;5" if n == 0 else "8",
            "dist_vessel_mm": 8.0 if n == 1 else 3.0,
            "nearest_vessel": "IVC",
            "nearest_duct": "NONE",
            "n_positions": 1 + n % 2,
            "planned_margin_mm": 5.0,
            "achieved_min_margin_mm": 5.0 if n < 4 else 4.5,
            "guidance": "CT;US" if n == 2 else "CT",
            "completion_imaging": "NONE" if n == 3 else "CECT",
            "alternatives_considered": "MWA;RESECTION" if n == 4 else "MWA",
            "thermal_unsuitable_reason": "NEAR_VESSEL",
        }
        drawn.append(
            Procedure(
                "ZZ102",
                f"P{n:03d}",
                date(2025, 6, 1) + timedelta(days=n),
                tumour_type="ICCA" if n < 3 else "HCC",
                lesions_mm=(30.0 if n == 0 else 22.0,),
                technique=technique,
                pulses=(pair(15.0), pair(20.1, verified="NO" if n == 5 else "CT")),
            )
        )
    values = [
        {
            "indicator_id": "C9",
            "site_id": "ZZ102",
            "unit": "lesion",
            "procedure_id": one.id,
            "event_date": one.day,
            "tumour_type": one.tumour_type,
            "value": int(one.id != "P000"),
        }
        for one in drawn
    ]
    values += [
        {
            "indicator_id": "C7",
            "site_id": "ZZ102",
            "unit": "procedure",
            "procedure_id": one.id,
            "event_date": one.day,
            "tumour_type": one.tumour_type,
            "value": {"P005": 0, "P006": None}.get(one.id, 1),
        }
        for one in drawn
    ]
    home = make_home(tmp_path_factory.mktemp("technique") / "home")
    return write_release(home, drawn + procedures("ZZ101", 3), more=values)


def table(page, heading):
    return next(frame.value for frame in page.dataframe if heading in frame.value)


def test_every_figure_names_its_unit_and_has_a_reading(open_page, drawn_home):
    text = said(open_page("selection", "lead", at_home=drawn_home))
    at = [text.index(title) for title in TITLES]
    assert at == sorted(at)
    assert "11 of 12 lesions under 30 mm and within 10 mm, 91.7 % (95 % interval 64.6–98.5 %)" in (
        text
    )
    assert "12 of 24 pairs within 15 to 20 mm, 50.0 %; not recorded in 0 of 24 pairs." in text
    assert "Spacing verified and confirmed parallel in 23 of 24 pairs" in text
    assert "Planned margin reached in 4 of 12 lesions, 33.3 % (95 % interval 13.8–60.9 %)" in text
    assert "Imaged at the end in 11 of 12 procedures" in text
    assert "most often microwave ablation, in 12" in text


def test_the_tile_and_the_figure_say_one_count(open_page, drawn_home):
    page = open_page("selection", "lead", at_home=drawn_home)
    tile = next(one for one in page.metric if one.label.startswith("Lesions under 3 cm"))
    assert tile.value == "11/12"
    assert "lesions under 3 cm next to a vessel or bile duct: 11 of 12 lesions" in said(page)


def test_procedures_that_cannot_be_told_are_in_the_denominator(open_page, drawn_home):
    text = said(open_page("selection", "lead", at_home=drawn_home))
    assert "Every pair verified in 10 of 12 procedures; cannot tell in 1, not met in 1." in text
    assert "83.3 % (95 % interval" in text
    assert "83.3 % of the" not in text
    assert "Cannot tell in 1 of" in text


def test_the_distance_that_counts_as_near_is_chosen_and_said(open_page, drawn_home):
    page = open_page("selection", "lead", at_home=drawn_home, near="5")
    assert "10 of 12 lesions under 30 mm and within 5 mm" in said(page)
    states = table(page, "Small and near")
    assert set(states["Small and near"]) == {"under 30 mm and near", "not both"}


def test_the_distance_of_the_policy_stands_in_the_address_too(open_page, drawn_home):
    page = open_page("selection", "lead", at_home=drawn_home)
    assert page.query_params["near"] == "10"


def test_a_filter_moves_numbers_and_text_together(open_page, drawn_home):
    text = said(open_page("selection", "lead", at_home=drawn_home, tumour="ICCA"))
    assert "Intrahepatic cholangiocarcinoma" in text
    assert "2 of 3 lesions under 30 mm and within 10 mm; a per cent from 10 lesions on" in text
    assert "3 of 6 pairs within 15 to 20 mm; not recorded in 0 of 6 pairs." in text
    assert "2 of 3 lesions." in text


def test_every_range_is_named_with_its_source_and_no_target(open_page, drawn_home):
    text = said(open_page("selection", "lead", at_home=drawn_home))
    assert "Band: ideal 15 to 20 mm, limits included; bars outside it are hollow. " in text
    assert "hollow. Source: Scientific" in text
    assert "Shown, not scored" in text
    assert "no target is set" in text


def test_a_set_counts_in_each_of_its_codes_of_all_procedures(open_page, drawn_home):
    page = open_page("selection", "lead", at_home=drawn_home)
    shown = [
        dict(frame.value[["What", "n/N"]].to_numpy())
        for frame in page.dataframe
        if "What" in frame.value
    ]
    guided = next(one for one in shown if "Ultrasound" in one and "Stereotactic navigation" in one)
    assert (guided["CT"], guided["Ultrasound"]) == ("12/12", "1/12")
    placed = next(one for one in shown if "Segment 8" in one)
    assert (placed["Segment 4a"], placed["Segment 5"], placed["Segment 8"]) == (
        "1/12",
        "1/12",
        "11/12",
    )


@pytest.mark.parametrize("persona", ["lead", "uploader", "governance", "team"])
def test_a_viewer_with_rows_sees_own_sites_only(open_page, persona, drawn_home):
    text = said(open_page("selection", persona, at_home=drawn_home))
    own = set(DEMO_VIEWERS[persona].sites)
    named = set(re.findall(r"ZZ[0-9]{3}", text))
    assert named <= own if own else "ZZ102" in named


def test_a_commissioner_sees_national_figures_and_why_no_more(open_page, drawn_home):
    page = open_page("selection", "commissioner", at_home=drawn_home)
    text = said(page)
    assert not re.search(r"ZZ[0-9]{3}|P00[0-9]", text)
    assert not page.get("vega_lite_chart")
    assert "Not shown: sizes, distances, segments, spacing, current and margins" in text
    assert "* = 1 to 7" in text


def published(pairs):
    """Three sites of 40: E1 in 120 of 120, E3 in 60 of 120, and C7_PAIR in so many of 120."""
    met = {"E1": 120, "E3": 60, "C7_PAIR": pairs}
    return [
        {
            "indicator_id": name,
            "site_id": ("ZZ101", "ZZ102", "ZZ201")[n % 3],
            "unit": "procedure",
            "unit_key": f"{name} {n}",
            "procedure_id": f"P{n // 3:03d}",
            "value": int(n < number),
        }
        for name, number in met.items()
        for n in range(120)
    ]


def test_a_commissioner_reads_the_published_figures_and_they_are_rounded(
    open_page, tmp_path, downloads
):
    pages = []
    for pairs in (89, 91):
        home = make_home(tmp_path / str(pairs))
        drawn = [one for site in ("ZZ101", "ZZ102", "ZZ201") for one in procedures(site, 40)]
        write_release(home, drawn, more=published(pairs))
        downloads.clear()
        page = open_page("selection", "commissioner", at_home=home)
        pages.append((said(page), specs(page), list(downloads)))
    assert pages[0] == pages[1]
    text, charts, files = pages[0]
    assert "Technical success: 120/120" in text
    assert "Procedures: 100 % (95 % interval 97–100 %)" in text
    assert "60/120" in text
    assert "90 of 120 pairs (rounded), 75 %; without an interval" in text
    assert not charts
    assert [name for name, _ in files] == ["technique-national"]


def test_without_a_lesion_or_pair_every_part_says_so(open_page, drawn_home):
    page = open_page("selection", "governance", at_home=drawn_home)
    text = said(page)
    assert "No lesion of this selection was treated for the first time." in text
    assert "No pair of electrodes of this selection is on record." in text
    assert "No procedure of this selection." in text
    assert not page.get("vega_lite_chart")


def test_what_counts_most_is_named_with_what_ties_with_it():
    counted = pl.DataFrame({"title": ["Segment 4", "Segment 5", "Segment 6"], "of": [9, 9, 9]})

    def told(*counts):
        return most_often(counted.with_columns(pl.Series("count", counts)), "lesion")

    assert told(1, 5, 3) == "segment 5: 5 of 9 lesions"
    assert told(1, 4, 4) == "segment 5 and segment 6: 4 each of 9 lesions"
    assert told(3, 3, 3) == "segment 4, segment 5 and segment 6: 3 each of 9 lesions"
    assert told(0, 0, 0) == "none: 0 of 9 lesions"
