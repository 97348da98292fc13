"""The public file: rounded, non-interfering, and without a patient's row."""

import re
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sql.access import Viewer
from sql.disclosure import hes, window
from sql.published_compliance import met_figure, site_status
from sql.published_rates import of_enough
from sql.published_survival import life_table
from sql.reader import Reader
from sql.statistics.survival import at, kaplan_meier
from tests.sql.small_release import SITES, Complication, Procedure, procedures, write_release

COMMISSIONER = Viewer("D. Demo", "commissioner")


def public(home, number=14):
    """Every table of a public file, in full."""
    path = home / f"releases/release-{number}.public.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("show tables").fetchall()]
        return {
            name: connection.execute(f"select * from {name}").fetchall() for name in sorted(names)
        }


def registry(counts, events, breaches):
    drawn = []
    for site, n, x, b in zip(SITES, counts, events, breaches, strict=True):
        drawn += procedures(site, n, S5_30=min(x, n), C1=min(b, n))
    return drawn


def test_the_public_file_holds_pub_tables_and_no_patient_procedure_or_date_of_care(tmp_path):
    drawn = registry([40, 31, 30, 25, 9, 0], [9, 9, 9, 2, 0, 0], [0, 9, 0, 0, 3, 0])
    home = write_release(tmp_path, drawn, [Complication("ZZ101", "secret complication", "P000")])
    tables = public(home)
    assert set(tables) == {
        "pub_release",
        "pub_indicator",
        "pub_policy",
        "pub_national",
        "pub_compliance",
        "pub_compliance_national",
        "pub_survival",
        "pub_incidence",
        "pub_equity",
        "pub_participation",
        "pub_ascertainment",
    }
    text = repr(tables)
    for name in ("patient ZZ", "P000", "secret", "2025-06-01", "procedure.csv"):
        assert name not in text


def test_counts_are_published_rounded_and_per_cents_whole(tmp_path):
    home = write_release(tmp_path, registry([40, 31, 30, 25, 9, 0], [4, 5, 3, 2, 0, 0], [0] * 6))
    with Reader.open(home, COMMISSIONER) as reader:
        row = reader.published_rates(["S5_30"]).row(0, named=True)
    assert (row["events_text"], row["eligible_text"]) == ("15", "135")
    assert (row["percent"], row["lower"], row["upper"]) == (11, 7, 18)
    assert row["sentence"] == (
        "Major complication (Clavien-Dindo IIIa or worse), 30 days: "
        "15 of 135 (rounded), 11 % (7–18 %); all sites."
    )


@pytest.mark.parametrize(("unknown", "percent"), [(25, 40), (30, None), (None, 40)])
def test_no_national_rate_where_more_than_a_tenth_is_unknown(unknown, percent):
    figure = {"eligible": 250, "unknown": unknown, "percent": 40, "lower": 34, "upper": 46}
    told = of_enough(figure | {"note": None})
    assert (told["percent"], told["lower"] is None) == (percent, percent is None)
    assert (told["note"] is None) == (percent is not None)
    assert told["eligible"] == 250, "the counts stand"


@pytest.mark.parametrize(("unknown", "has_rate"), [(0, True), (6, False)])
def test_national_rates_and_their_parts_stop_at_a_tenth_of_unknown_outcomes(
    tmp_path, unknown, has_rate
):
    drawn = registry([40] * 6, [8] * 6, [0] * 6)
    for site in SITES:
        for procedure in [one for one in drawn if one.site == site][40 - unknown :]:
            procedure.values["S5_30"] = None
    with Reader.open(write_release(tmp_path, drawn), COMMISSIONER) as reader:
        row = reader.published_rates(["S5_30"]).row(0, named=True)
        parts = reader.published_equity("S5_30").filter(pl.col("eligible_text") == "240")
    assert (row["events_text"], row["eligible_text"]) == ("50", "240")
    assert (row["percent"] is not None) == has_rate
    assert ("more than a tenth" in str(row["note"])) is not has_rate
    assert parts.height
    assert (parts["percent"].null_count() == 0) == has_rate


def test_a_suppressed_numerator_leaves_no_per_cent(tmp_path):
    home = write_release(tmp_path, registry([40, 31, 30, 25, 9, 0], [3, 4, 0, 0, 0, 0], [0] * 6))
    with Reader.open(home, COMMISSIONER) as reader:
        row = reader.published_rates(["S5_30"]).row(0, named=True)
    assert (row["events_text"], row["events"], row["percent"]) == ("*", None, None)
    assert row["note"] == "no per cent is published (too few, or it would show a site)"


@pytest.mark.parametrize(
    "counts", [[40, 31, 0, 0, 0, 0], [140, 9, 9, 9, 0, 0]], ids=["two sites", "one dominates"]
)
def test_no_national_figure_of_two_sites_or_of_one_that_dominates(tmp_path, counts):
    home = write_release(tmp_path, registry(counts, counts, [0] * 6))
    with Reader.open(home, COMMISSIONER) as reader:
        row = reader.published_rates(["S5_30"]).row(0, named=True)
        assert row["eligible_text"] == row["events_text"] == "*"
        assert row["percent"] is None
        assert row["note"].startswith("fewer than three sites")
        assert set(reader.compliance_national()["procedures_text"]) == {"*"}


def test_a_figure_is_withheld_where_what_it_leaves_would_be_told(tmp_path):
    # 13 events and 8 unknown (15 and 10) of 22 (20: 18 to 22): of the others 0 or 1 is left.
    drawn = [procedure for site in SITES for procedure in procedures(site, 4)][:22]
    for number, procedure in enumerate(drawn):
        procedure.values["S5_30"] = 1 if number < 13 else None if number < 21 else 0
    with Reader.open(write_release(tmp_path, drawn), COMMISSIONER) as reader:
        row = reader.published_rates(["S5_30"]).row(0, named=True)
    assert [row[f"{name}_text"] for name in ("eligible", "events", "unknown")] == ["*"] * 3
    assert row["note"].startswith("withheld, since a small number")
    assert "no national figure (withheld" in row["sentence"]


def test_a_figure_of_under_eight_is_withheld_however_many_sites_it_is_of(tmp_path):
    # Shown as a star it would be 5 to 7: each of five sites has one.
    home = write_release(tmp_path, registry([1, 1, 1, 1, 2, 0], [0] * 6, [0] * 6))
    with Reader.open(home, COMMISSIONER) as reader:
        row = reader.published_rates(["S5_30"]).row(0, named=True)
        assert (row["eligible_text"], row["events_text"]) == ("*", "*")
        assert set(reader.published_survival()["events_text"]) == {"*"}


def deaths(home, of_30, of_90, counts=(40, 31, 30, 25, 9, 0)):
    """Published rates of deaths of 30 and of 90 days, by site so many."""
    drawn = []
    for site, n, early, late in zip(SITES, counts, of_30, of_90, strict=True):
        drawn += procedures(site, n, S7_30=early, S7_90=late)
    with Reader.open(write_release(home, drawn), COMMISSIONER) as reader:
        return reader.published_rates(["S7_30", "S7_90"]).rows_by_key("indicator_id", named=True)


def test_two_counts_that_would_tell_those_between_are_not_both_shown(tmp_path):
    # Two sites had a death between day 30 and 90; one of them knows of its own.
    found = deaths(tmp_path, [5, 5, 5, 5, 0, 0], [6, 6, 5, 5, 0, 0])
    ((early,), (late,)) = (found[name] for name in ("S7_30", "S7_90"))
    assert (late["events_text"], late["percent"]) == ("20", 15)
    assert (early["eligible_text"], early["events_text"], early["percent"]) == ("135", "*", None)
    assert early["note"] == (
        "not shown: beside Death within 90 days, 36 months, it would tell a suppressed count"
    )


@pytest.mark.parametrize("of_90", [[5, 5, 5, 5, 0, 0], [12, 12, 12, 12, 0, 0]])
def test_two_counts_are_shown_where_nobody_or_many_are_between(tmp_path, of_90):
    found = deaths(tmp_path, [5, 5, 5, 5, 0, 0], of_90)
    assert found["S7_30"][0]["events_text"] == "20"
    assert found["S7_90"][0]["events_text"] == str(5 * round(sum(of_90) / 5))


def test_national_rates_count_the_same_procedures_however_long_each_waits(tmp_path):
    drawn = registry([40, 31, 30, 25, 9, 0], [4, 5, 3, 2, 0, 0], [0] * 6)
    for procedure in [*drawn[:3], *drawn[40:43], *drawn[71:74]]:
        procedure.day = date(2026, 9, 30) - timedelta(days=60)
    with Reader.open(write_release(tmp_path, drawn), COMMISSIONER) as reader:
        found = reader.published_rates(["S3_1", "S5_30", "S7_90"])
    assert set(found["eligible_text"]) == {"125"}  # 126 of 135


def test_a_selection_outside_the_strata_has_no_national_figure(tmp_path):
    home = write_release(tmp_path, registry([40, 31, 30, 25, 9, 0], [9] * 6, [0] * 6))
    with Reader.open(home, COMMISSIONER) as reader:
        for chosen in (
            reader.published_rates(["S5_30"], tumour_type="HCC"),
            reader.published_rates(["S5_30"], approach="OPEN"),
            reader.published_rates(["S5_30"], period="2026/27 Q1"),
        ):
            row = chosen.row(0, named=True)
            assert row["note"] == "no national figure for this selection"
            assert row["percent"] is None
            assert row["eligible_text"] is None
        row = reader.published_rates(["C1"]).row(0, named=True)
        assert (row["note"], row["percent"]) == ("no national figure is published", None)


@pytest.mark.parametrize(
    ("procedures_", "breaches", "cannot_tell", "status", "shown"),
    [
        (0, 0, 0, "few", None),
        (7, 0, 0, "few", None),
        (7, 7, 0, "few", None),
        (8, 0, 0, "met", "0"),
        (8, 1, 0, "breaches", "*"),
        (8, 0, 1, "cannot tell", "0"),
        (30, 9, 3, "breaches", "10"),
    ],
)
def test_a_site_has_a_status_from_8_procedures_on(
    procedures_, breaches, cannot_tell, status, shown
):
    found = site_status(hes(procedures_), hes(breaches), hes(cannot_tell))
    assert (found["status"], found["breaches_text"]) == (status, shown)


def test_every_site_is_named_by_rule_with_its_symbol(tmp_path):
    home = write_release(tmp_path, registry([40, 31, 30, 25, 5, 0], [0] * 6, [0, 9, 2, 0, 3, 0]))
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.compliance_status().filter(pl.col("rule_id") == "C1")
    assert found["symbol"].to_list() == ["●", "▲", "▲", "●", "–", "–"]
    assert found["breaches_text"].to_list() == ["0", "10", "*", "0", None, None]
    assert found["procedures_text"].to_list() == ["40", "30", "30", "25", "*", "0"]


def test_national_compliance_stands_by_financial_year(tmp_path):
    drawn = registry([40, 31, 30, 25, 0, 0], [0] * 6, [10, 10, 10, 0, 0, 0])
    for procedure in drawn[::2]:
        procedure.day = date(2026, 5, 1)
    home = write_release(tmp_path, drawn)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.compliance_national().filter(pl.col("rule_id") == "C1")
    assert found["financial_year"].to_list() == ["2025/26", "2026/27"]
    assert found["procedures_text"].to_list() == ["65", "65"]
    assert found["breaches_text"].to_list() == ["15", "15"]
    assert found["percent"].to_list() == [77, 77]
    assert reader_order(found) == ["C1"]


def reader_order(found):
    return found["rule_id"].unique(maintain_order=True).to_list()


def test_the_share_met_is_what_the_published_counts_leave():
    figure = {
        "eligible": 60,
        "events": 10,
        "unknown": 5,
        "eligible_text": "60",
        "events_text": "10",
        "unknown_text": "5",
        "note": None,
    }
    assert met_figure(figure)["percent"] == 75
    assert met_figure(figure | {"unknown": None, "unknown_text": "*"})["percent"] is None


def test_participation_counts_quarters(tmp_path):
    home = write_release(
        tmp_path,
        [],
        missing={"ZZ102": ("2026/27 Q2",)},
        nil={"ZZ102": ("2024/25 Q1",)},
    )
    with Reader.open(home, COMMISSIONER) as reader:
        row = reader.published_participation().row(1, named=True)
    assert (row["quarters_expected"], row["quarters_reported"]) == (10, 8)
    assert (row["quarters_nil"], row["quarters_missing"]) == (1, 1)


def test_years_are_withheld_where_sites_would_show_a_suppressed_count(tmp_path):
    # Sites have 10, 10 (8 to 12) and a suppressed number of the breaches; of the years one has
    # 30 (28 to 32), the other none: the suppressed one could be 4 to 7 only.
    drawn = registry([40, 40, 40, 0, 0, 0], [0] * 6, [12, 12, 4, 0, 0, 0])
    for number, procedure in enumerate(drawn):
        if number % 40 >= 20:
            procedure.day = date(2026, 5, 1)
    home = write_release(tmp_path, drawn)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.compliance_national()
    of_rule = found.filter(pl.col("rule_id") == "C1")
    assert of_rule["breaches_text"].to_list() == ["*", "*"]
    assert of_rule["percent"].to_list() == [None, None]
    assert of_rule["note"][0].startswith("withheld: beside the figures of sites")
    assert found.filter(pl.col("rule_id") == "C2")["breaches_text"].to_list() == ["0", "0"]


def test_ascertainment_adds_up_published_counts_only(tmp_path):
    drawn = registry([40, 31, 22, 5, 9, 0], [0] * 6, [0] * 6)
    expected = {"ZZ101": 44, "ZZ102": 33, "ZZ201": 22, "ZZ301": 6, "ZZ302": 9}
    home = write_release(tmp_path, drawn, expected=expected)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.published_ascertainment()
    assert found["site_id"].to_list() == ["ZZ101", "ZZ102", "ZZ201", "ZZ301", "ZZ302", None]
    assert found["procedures_text"].to_list() == ["40", "30", "20", "*", "10", "100"]
    assert found["expected_text"].to_list() == ["45", "35", "20", "*", "10", "110"]
    assert found["percent"].to_list() == [None] * 5 + [91]


def test_two_sites_make_no_national_ascertainment(tmp_path):
    drawn = registry([40, 31, 0, 0, 0, 0], [0] * 6, [0] * 6)
    home = write_release(tmp_path, drawn, expected={"ZZ101": 44, "ZZ102": 33})
    with Reader.open(home, COMMISSIONER) as reader:
        row = reader.published_ascertainment().row(-1, named=True)
    assert (row["procedures_text"], row["percent"]) == ("*", None)
    assert row["note"].startswith("fewer than three sites")


# Survival


def test_published_survival_is_close_to_the_curve_where_numbers_are_large():
    days = [10 + 7 * i for i in range(400)]
    died = [i % 3 == 0 for i in range(400)]
    observed = at(kaplan_meier(days, died), [365.25, 730.5]).to_dicts()
    intervals, start = [], 0.0
    for year in (1, 2):
        end = 365.25 * year
        deaths = sum(d and start < t <= end for t, d in zip(days, died, strict=True))
        intervals.append((year, hes(deaths), hes(sum(t > end for t in days))))
        start = end
    found = life_table(hes(400), intervals)
    for row, expected in zip(found.to_dicts(), observed, strict=True):
        assert abs(row["percent"] - 100 * expected["estimate"]) <= 2
        assert abs(row["lower"] - 100 * expected["lower"]) <= 2
        assert abs(row["upper"] - 100 * expected["upper"]) <= 2


@pytest.mark.parametrize(
    ("entered", "intervals", "percents"),
    [
        (60, [(1, 10, 20), (2, 0, 20)], [78, 78]),
        (60, [(1, 10, 15)], [None]),  # fewer than 20 at risk
        (60, [(1, None, 40), (2, 10, 20)], [None, None]),  # deaths suppressed, and after
        (60, [(1, 0, 40)], [100]),
        (0, [(1, 0, 0)], [None]),
        (None, [(1, 0, None)], [None]),
        (20, [(1, 20, 20)], [None]),
        (245, [(1, 75, 50)], [None]),  # 120 left: 40 % if at the start, 69 % if at the end
        (245, [(1, 30, 120)], [85]),  # 95 left: 80 to 88 %
    ],
)
def test_a_landmark_is_shown_from_20_at_risk_and_never_past_a_suppressed_count(
    entered, intervals, percents
):
    found = life_table(entered, intervals)
    assert found["percent"].to_list() == percents
    assert all((p is None) == (n is not None) for p, n in found.select("percent", "note").rows())


def test_the_published_interval_covers_whenever_in_the_year_people_left():
    deaths, stayed, left = 30, 120, 95
    entered = deaths + stayed + left
    row = life_table(hes(entered), [(1, hes(deaths), hes(stayed))]).row(0, named=True)
    for leaving_day in (1.0, 180.0, 364.0):
        days = [leaving_day + 0.5] * deaths + [leaving_day] * left + [800.0] * stayed
        died = [True] * deaths + [False] * (left + stayed)
        if leaving_day > 300:  # they leave after those who died
            days[:deaths] = [1.0] * deaths
        curve = kaplan_meier(days, died)
        estimate = 100 * at(curve, [365.25])["estimate"][0]
        assert row["lower"] <= estimate <= row["upper"]
    assert 80 - row["lower"] >= 4  # and what chance allows besides
    assert row["upper"] - 88 >= 2


def test_survival_is_published_by_landmark_year_only(tmp_path):
    drawn = []
    for n, site in enumerate(("ZZ101", "ZZ102", "ZZ201")):
        for i in range(40):
            days = 100 + 9 * i if i < 12 else None
            drawn.append(
                Procedure(
                    site, f"P{n}{i}", date(2024, 6, 1), survival_days=days, followed_days=800.0
                )
            )
    home = write_release(tmp_path, drawn)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.published_survival()
    assert found["years"].to_list() == [1, 2, 3, 5]
    assert found["at_risk_text"].to_list() == ["85", "85", "0", "0"]
    assert found["percent"].to_list() == [71, 71, None, None]


# Non-interference


@st.composite
def twins(draw):
    """Counts of two registries, equal once rounded, for every site and in total."""
    first, second = [], []
    for _ in SITES:
        n = draw(st.sampled_from([0, 3, 9, 15, 31, 44]))
        x = draw(st.integers(0, n))
        b = draw(st.integers(0, n))
        first.append((n, x, b))
        low, high = window(hes(n))
        other = draw(st.integers(low, high))
        pair = []
        for count in (x, b):
            low, high = window(hes(count))
            pair.append(draw(st.integers(low, min(high, other))) if low <= other else None)
        second.append((other, *pair))
    return first, second


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(twins())
def test_registries_that_differ_within_the_rounding_publish_the_same(tmp_path_factory, pair):
    first, second = pair
    assume(all(None not in counts for counts in second))
    totals = [[hes(sum(column)) for column in zip(*counts, strict=True)] for counts in pair]
    assume(totals[0] == totals[1])
    written = [
        public(write_release(tmp_path_factory.mktemp("home"), registry(*zip(*c, strict=True))))
        for c in (first, second)
    ]
    assert written[0] == written[1]


def test_two_registries_known_to_differ_publish_the_same_bytes(tmp_path):
    one = registry([41, 31, 30, 22, 9, 3], [9, 9, 2, 1, 0, 0], [0, 9, 2, 0, 1, 0])
    two = registry([39, 32, 31, 21, 8, 6], [9, 8, 3, 1, 0, 0], [0, 8, 3, 0, 1, 0])
    for procedure in one + two:
        procedure.followed_days = 400.0
    assert len(one) != len(two)
    homes = [write_release(tmp_path / name, drawn) for name, drawn in (("1", one), ("2", two))]
    assert public(homes[0]) == public(homes[1])


def test_no_number_that_is_not_rounded_stands_in_a_published_sentence_or_note(tmp_path):
    drawn = registry([41, 31, 33, 22, 9, 3], [9, 9, 3, 1, 0, 0], [0, 9, 2, 0, 1, 0])
    for number, procedure in enumerate(drawn):
        procedure.day = date(2025, 1, 1) + timedelta(days=3 * number)
    home = write_release(tmp_path, drawn)
    with Reader.open(home, COMMISSIONER) as reader:
        found = reader.published_rates(["S5_30", "S2_30", "S7_90"])
    for row in found.iter_rows(named=True):
        said = row["sentence"].removeprefix(row["title"])
        numbers = {int(n) for n in re.findall(r"(?<![\d–]) (\d+) (?:of|\()", said)}
        assert all(number % 5 == 0 for number in numbers), said
