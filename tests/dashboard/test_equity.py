"""The page Equity and sustainability: what is published, and nothing else."""

from __future__ import annotations

import re

import polars as pl
import pytest

from dashboard import equity_rows
from tests.dashboard.conftest import make_home, procedures, said, specs, write_release

SITES = ("ZZ101", "ZZ102", "ZZ201")


def registry(older, moved=0):
    """120 procedures at three sites, some of the oldest; 15 with a major complication."""
    drawn = []
    for site in SITES:
        of_site = procedures(site, 40, S5_30=5)
        for procedure in of_site[40 - older :]:
            procedure.age_band = "75 and over"
        for procedure in of_site[:6]:
            procedure.ethnic_group = "Asian"
        for procedure in of_site[37:]:  # 110 male: beside 120 in all 6 to 14 may be female
            procedure.sex = "female"
        drawn += of_site
    for procedure in drawn[-moved:] if moved else []:
        procedure.age_band = "65 to 74"
    return drawn


def amounts(site, name, values):
    return [
        {
            "indicator_id": name,
            "site_id": site,
            "unit": "procedure",
            "unit_key": f"{name} {n}",
            "procedure_id": f"P{n:03d}",
            "amount": value,
            "value": None if value is None else 1,
        }
        for n, value in enumerate(values)
    ]


@pytest.fixture(scope="module")
def drawn_home(tmp_path_factory):
    more = amounts("ZZ102", "Env1_KM", [10.0, 30.0, 50.0, None])
    more += amounts("ZZ102", "Env1_ITEMS", [29.9, 30.0] * 2)  # median 29.95, in binary just under
    more += [
        row | {"value": int(n < number)}
        for name, number in (("Env1_TIVA", 9), ("Env1_SEVO", 2))
        for n, row in enumerate(amounts("ZZ102", name, [None] * 12))
    ]
    home = make_home(tmp_path_factory.mktemp("equity") / "home")
    return write_release(home, registry(20), more=more)


def tables(page):
    return [frame.value for frame in page.dataframe if "Unknown (rounded)" in frame.value]


@pytest.mark.parametrize("persona", ["lead", "governance", "commissioner", "team"])
def test_every_viewer_sees_the_same_published_groups(open_page, persona, drawn_home):
    page = open_page("equity", persona, at_home=drawn_home, indicator="S5_30")
    by_age = tables(page)[0]
    assert by_age["Age"].tolist() == ["65 to 74", "75 and over"]
    assert by_age["n/N"].tolist() == ["15/60", "0/60"]
    text = said(page)
    assert "* = 1 to 7" in text
    assert "By age at the procedure: procedures" in text
    assert "no filter" in text


def test_a_suppressed_part_is_a_star_and_has_no_bar(open_page, drawn_home):
    by_sex = tables(open_page("equity", "commissioner", at_home=drawn_home, indicator="S5_30"))[1]
    row = by_sex[by_sex["Sex"] == "Female"].iloc[0]
    assert (row["n/N"], row["% (95 % interval)"]) == ("*/*", "–")


def test_the_chart_draws_published_per_cents_only():
    columns = ("part", "eligible_text", "events_text", "percent", "lower", "upper")
    rows = [("male", "60", "10", 17, 9, 28), ("female", "*", "*", None, None, None)]
    found = equity_rows.told(pl.DataFrame(rows, schema=columns, orient="row"))
    assert equity_rows.drawn(found)["said"].to_list() == ["Male: 10/60, 17 % (9–28 %)"]
    assert equity_rows.reading(found) == (
        "One part only has a per cent: Male: 10/60, 17 % (9–28 %). 1 part without a per cent."
    )


@pytest.mark.parametrize(
    ("second", "words"), [(18, "overlap"), (28, "overlap or touch"), (29, "do not overlap")]
)
def test_the_reading_says_whether_intervals_overlap(second, words):
    columns = ("part", "eligible_text", "events_text", "percent", "lower", "upper")
    rows = [("male", "60", "10", 17, 9, 28), ("female", "60", "20", 33, second, 46)]
    found = equity_rows.told(pl.DataFrame(rows, schema=columns, orient="row"))
    assert f"Lowest 17 %: Male. Highest 33 %: Female. Their intervals {words}." in (
        equity_rows.reading(found)
    )


def test_the_reading_names_every_part_that_is_lowest_or_highest():
    columns = ("part", "eligible_text", "events_text", "percent", "lower", "upper")
    rows = [
        ("fifth 1", "100", "90", 90, 83, 94),
        ("fifth 2", "65", "65", 100, 94, 100),
        ("fifth 3", "120", "120", 100, 97, 100),
    ]
    found = equity_rows.told(pl.DataFrame(rows, schema=columns, orient="row"))
    assert equity_rows.reading(found) == (
        "Lowest 90 %: Fifth 1 (most deprived). Highest 100 %: Fifth 2, Fifth 3. Their intervals "
        "do not all overlap."
    )
    same = equity_rows.told(pl.DataFrame(rows[1:], schema=columns, orient="row"))
    assert equity_rows.reading(same) == "100 % in each of 2 parts."


def test_why_a_part_has_no_per_cent_is_said_below_the_table(open_page, drawn_home):
    text = said(open_page("equity", "commissioner", at_home=drawn_home, indicator="S5_30"))
    assert "Female: fewer than three sites contribute" in text


def test_a_commissioner_sees_no_site_and_why_sustainability_is_not_shown(open_page, drawn_home):
    page = open_page("equity", "commissioner", at_home=drawn_home)
    text = said(page)
    assert not re.search(r"ZZ[0-9]{3}", text)
    assert "Not shown: anaesthetic gases" in text
    assert "Distance travelled" not in text


def test_registries_that_differ_within_the_rounding_give_one_page(open_page, tmp_path, downloads):
    pages = []
    for moved in (0, 1):
        home = write_release(make_home(tmp_path / str(moved)), registry(20, moved))
        downloads.clear()
        page = open_page("equity", "commissioner", at_home=home, indicator="S5_30")
        pages.append((said(page), specs(page), list(downloads)))
    assert pages[0] == pages[1]
    assert len(pages[0][1]) == 4
    assert len(pages[0][2]) == 4


def test_the_indicators_and_groups_are_those_that_are_published(open_page, drawn_home, monkeypatch):
    few = {"period": "36 months", "indicators": ["E1", "S5_30"], "groups": ["sex"]}
    monkeypatch.setattr("dashboard.pages.equity.strata", lambda: {"equity": few})
    page = open_page("equity", "commissioner", at_home=drawn_home)
    assert page.selectbox[0].options == [
        "Technical success",
        "Major complication (Clavien-Dindo IIIa or worse), 30 days",
    ]
    assert re.findall(r"\*\*By (.*?):", said(page)) == ["sex"]


def test_a_site_sees_its_own_gases_and_travel_by_procedure(open_page, drawn_home):
    text = said(open_page("equity", "lead", at_home=drawn_home))
    assert "anaesthesia without gas: 9 of 12 procedures, 75.0 % (46.8–91.1 %)" in text
    assert "2 of 12 procedures, 16.7 % (4.7–44.8 %)" in text
    assert "distance travelled by the patient: mean 30.0 km" in text
    assert "measured in 3 of 4 procedures" in text
    assert "Distance travelled by the patient, km: procedures" in text
    assert "Own figures. Descriptive" in text


def test_the_table_of_an_amount_rounds_as_its_sentence_does(open_page, drawn_home):
    page = open_page("equity", "lead", at_home=drawn_home)
    found = pl.concat(
        [pl.from_pandas(one.value) for one in page.dataframe if "Median (quartiles)" in one.value]
    )
    assert found["Median (quartiles)"].to_list() == ["29.9 (29.9–30.0)", "30.0 (20.0–40.0)"]
    assert found["Mean (95 % interval)"][1].startswith("30.0 (")
    for median in ("median 29.9", "median 30.0"):
        assert median in said(page)


def test_the_chosen_indicator_names_what_it_counts(open_page, drawn_home):
    text = said(open_page("equity", "lead", at_home=drawn_home, indicator="E2_M1"))
    assert "By sex: lesions" in text


def test_the_page_opens_with_an_indicator_that_is_published(open_page, tmp_path):
    few = [one for site in SITES for one in procedures(site, 3)]
    more = [
        {"indicator_id": "E1", "site_id": site, "unit": "procedure", "procedure_id": f"P{n:03d}"}
        for site in SITES
        for n in range(3)
        for _ in range(10)
    ]
    home = write_release(make_home(tmp_path / "few"), few, more=more)
    page = open_page("equity", "commissioner", at_home=home)
    assert page.selectbox[0].value == "E1"
    assert tables(page)[0]["% (95 % interval)"].tolist() == ["100 % (96–100 %)"]
