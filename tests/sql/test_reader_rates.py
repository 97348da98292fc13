"""Own rates: counts, intervals, bounds, verdicts and sentences."""

from datetime import date

import polars as pl
import pytest

from sql.access import Viewer
from sql.reader import Reader
from sql.reader_periods import day, period, quarter, quarters
from sql.reader_rates import rate_row
from sql.selection import SIZE_BANDS
from tests.sql.small_release import (
    DATA_DATE,
    Complication,
    Procedure,
    procedures,
    write_release,
)

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
GOVERNANCE = Viewer("Dr A. Demo", "governance lead", ("ZZ301", "ZZ302"), "ZZ3")


@pytest.fixture
def reading(tmp_path):
    readers = []

    def of(drawn, viewer=LEAD, **more):
        readers.append(Reader.open(write_release(tmp_path, drawn, **more), viewer))
        return readers[-1]

    yield of
    for reader in readers:
        reader.__exit__(None, None, None)


def one(reader, indicator="S5_30", **selection):
    found = reader.rates([indicator], **selection)
    assert found.height == 1
    return found.row(0, named=True)


def test_a_rate_comes_with_its_counts_interval_verdict_and_sentence(reading):
    row = one(reading(procedures("ZZ102", 31, S5_30=4)))
    assert (row["events"], row["eligible"], row["unknown"]) == (4, 31, 0)
    assert row["rate"] == pytest.approx(4 / 31)
    assert row["lower"] == pytest.approx(0.0513, abs=1e-4)
    assert row["upper"] == pytest.approx(0.2885, abs=1e-4)
    assert row["verdict"] == "within"
    assert row["target"] == 0.069
    assert row["sentence"] == (
        "Site ZZ102 (ZZ102), major complication (Clavien-Dindo IIIa or worse), 30 days: "
        "4 of 31 procedures, 12.9 % (5.1–28.9 %); within what chance allows around 6.9 %."
    )


def test_under_10_only_counts_are_said_and_nothing_is_judged_within(reading):
    row = one(reading(procedures("ZZ102", 9, S5_30=1)))
    assert row["verdict"] == "too few to judge"
    assert "1 of 9 procedures; too few to judge against 6.9 %." in row["sentence"]
    assert "Judged from 10 on." in row["verdict_note"]


def test_a_flag_is_said_at_any_volume(reading):
    row = one(reading(procedures("ZZ102", 5, S5_30=4)))
    assert row["verdict"] == "alarm"
    assert row["sentence"].endswith("alarm: worse than chance allows around 6.9 % (99.8 % limit).")


@pytest.mark.parametrize(("unknown", "has_rate"), [(3, True), (4, False)])
def test_a_single_rate_is_given_only_to_10_per_cent_of_unknown_outcomes(reading, unknown, has_rate):
    drawn = procedures("ZZ102", 30, S5_30=2)
    for procedure in drawn[-unknown:]:
        procedure.values["S5_30"] = None
    row = one(reading(drawn))
    assert row["known"] == 30 - unknown
    assert row["best"] == pytest.approx(2 / 30)
    assert row["worst"] == pytest.approx((2 + unknown) / 30)
    assert row["rate"] == (pytest.approx(2 / (30 - unknown)) if has_rate else None)
    assert (row["lower"] is None) is not has_rate
    said = f"2 of {30 - unknown} procedures with a known outcome"
    assert said in row["sentence"]
    assert f"not known for {unknown} of 30" in row["sentence"]
    assert ("so that the rate lies within 6.7–20.0 %" in row["sentence"]) is not has_rate


@pytest.mark.parametrize(
    ("indicator", "known"),
    [("S5_30", "with a known outcome"), ("Eq2_IMD", "of whom it is known")],
)
def test_what_a_patient_is_is_no_outcome(indicator, known):
    entry = {"id": indicator, "title": "Any", "kind": "share", "unit": "patient"}
    row = rate_row(entry | {"direction": "lower", "target": None}, (60, 22, 2, 0), 0, "Site B")
    assert f"22 of 58 patients {known}, 37.9 %" in row["sentence"]


def test_an_excluded_procedure_is_counted_in_the_worst_case(reading):
    out = {
        "site_id": "ZZ102",
        "table_name": "procedure",
        "record_key": "P999",
        "procedure_id": "P999",
        "rule": "K05a",
    }
    kept = out | {"record_key": "P000", "procedure_id": "P000"}
    other = out | {"site_id": "ZZ101"}
    row = one(reading(procedures("ZZ102", 20, S5_30=1), exclusions=[out, out, kept, other]))
    assert (row["excluded_by_site"], row["withheld"]) == (1, 0)
    assert row["eligible"] == 20
    assert row["best"] == pytest.approx(1 / 21)
    assert row["worst"] == pytest.approx(2 / 21)


def test_an_outcome_lost_to_an_exclusion_is_counted_as_excluded_by_the_site(reading):
    drawn = procedures("ZZ102", 20)
    drawn[0].values["S5_30"], drawn[0].excluded_records = None, 1
    row = one(reading(drawn))
    assert (row["unknown"], row["excluded_by_site"], row["withheld"]) == (1, 1, 1)
    assert row["worst"] == pytest.approx(1 / 20)


def test_procedures_whose_window_has_not_elapsed_are_counted_apart(reading):
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1)]
    drawn = [Procedure("ZZ102", f"P{n}", day=day) for n, day in enumerate(days)]
    row = one(reading(drawn))
    # 31 Aug is 30 days before 30 Sep; 1 October is past the complete-to date.
    assert (row["eligible"], row["immature"]) == (1, 2)


def test_a_site_without_procedures_has_a_row_of_zeros(reading):
    row = one(reading(procedures("ZZ101", 20)))
    assert (row["eligible"], row["rate"], row["best"]) == (0, None, None)
    assert row["sentence"].endswith("no procedure in this period.")


def test_periods_end_at_the_data_date(reading):
    days = [date(2023, 9, 30), date(2023, 10, 1), date(2025, 9, 30), date(2025, 10, 1)]
    reader = reading([Procedure("ZZ102", f"P{n}", day=day) for n, day in enumerate(days)])
    assert one(reader)["eligible"] == 3
    assert one(reader, period="12 months")["eligible"] == 1
    assert one(reader, period="2025/26 Q2")["eligible"] == 1
    assert one(reader, period="2025/26 Q3")["eligible"] == 1
    assert reader.period_sentence() == "1 Oct 2023 to 30 Sep 2026 (rolling 36 months)"
    assert reader.periods()[:3] == ["36 months", "12 months", "2026/27 Q2"]
    assert reader.periods()[-1] == "2024/25 Q1"


def test_own_rows_may_be_filtered_by_tumour_type_and_approach(reading):
    drawn = procedures("ZZ102", 12)
    drawn[0].tumour_type, drawn[1].approach = "ICCA", "OPEN"
    reader = reading(drawn)
    assert one(reader, tumour_type="ICCA")["eligible"] == 1
    assert one(reader, approach="OPEN")["eligible"] == 1
    assert one(reader, tumour_type="ICCA", approach="OPEN")["eligible"] == 0


def test_own_rows_may_be_filtered_by_the_size_of_the_largest_lesion_treated(reading):
    sizes = {
        "29.9 mm": (12.0, 29.9),
        "30 mm": (30.0,),
        "50 mm": (50.0, 20.0),
        "50.1 mm": (50.1,),
        "unknown": (None,),
        "no lesion": (),
    }
    drawn = [Procedure("ZZ102", name, lesions_mm=of) for name, of in sizes.items()]
    drawn[1].values["S5_30"] = 1
    reader = reading(drawn, complications=[Complication("ZZ102", "C1", "30 mm", grade="IIIa")])
    found = {band: one(reader, size_band=band)["eligible"] for band in SIZE_BANDS}
    assert found == {"UNDER_30_MM": 1, "30_TO_50_MM": 2, "OVER_50_MM": 1}
    assert one(reader)["eligible"] == 6
    middle, over = {"size_band": "30_TO_50_MM"}, {"size_band": "OVER_50_MM"}
    assert reader.cases("S5_30", **middle).height == reader.complications(**middle).height == 1
    assert reader.cases("S5_30", **over).height == reader.complications(**over).height == 0
    assert reader.trend("S5_30", **middle)["eligible"].sum() == 2


def test_the_immature_are_those_of_the_selection(reading):
    drawn = [Procedure("ZZ102", f"P{n}", day=date(2026, 9, 20)) for n in range(3)]
    drawn[0].lesions_mm, drawn[1].tumour_type = (20.0,), "ICCA"
    reader = reading(drawn)
    assert one(reader)["immature"] == 3
    assert one(reader, size_band="UNDER_30_MM")["immature"] == 1
    assert one(reader, tumour_type="ICCA")["immature"] == 1


def test_sites_stand_singly_or_together(reading):
    drawn = [*procedures("ZZ301", 10, S5_30=1), *procedures("ZZ302", 10, S5_30=2)]
    reader = reading(drawn, GOVERNANCE)
    singly = reader.rates(["S5_30", "S7_90"])
    assert singly.select("indicator_id", "site_id").rows() == [
        ("S5_30", "ZZ301"),
        ("S5_30", "ZZ302"),
        ("S7_90", "ZZ301"),
        ("S7_90", "ZZ302"),
    ]
    row = one(reader, by="all")
    assert (row["site_id"], row["events"], row["eligible"]) == (None, 3, 20)
    assert row["sentence"].startswith("Both own sites, major complication")


def test_compliance_is_met_of_all_with_no_funnel_verdict(reading):
    drawn = procedures("ZZ102", 20, C1=2)
    for procedure in drawn[-4:]:
        procedure.values["C1"] = None
    row = one(reading(drawn), "C1")
    assert (row["rate"], row["worst"], row["best"]) == (14 / 20, 14 / 20, 18 / 20)
    assert row["verdict"] is None
    assert row["sentence"].endswith(
        "met in 14 of 20 procedures, 70.0 % (48.1–85.5 %); 2 not met, 4 cannot tell."
    )


def test_an_unknown_indicator_or_period_is_an_error(reading):
    reader = reading([])
    with pytest.raises(ValueError, match="no such indicator in this release: S99"):
        reader.rates(["S99"])
    for wrong in ("24 months", "2026/28 Q1", "2026/27 Q5", "2026"):
        with pytest.raises(ValueError, match="no such period"):
            reader.rates(["S5_30"], period=wrong)


def test_the_funnels_boundary_is_the_verdicts(reading):
    reader = reading(procedures("ZZ102", 31, S5_30=4))
    lines = reader.funnel("S5_30")
    assert lines["eligible"].max() == 39
    row = lines.filter(pl.col("eligible") == 31).row(0, named=True)
    assert row["alert_line"] == pytest.approx((row["alert"] - 0.5) / 31)
    assert one(reader)["rate"] < row["alert_line"]
    assert reader.funnel("C1").is_empty()


def test_where_higher_is_better_the_boundary_lies_below(reading):
    lines = reading([]).funnel("E2_M1")
    assert lines.height == 30
    at_30 = lines.row(-1, named=True)
    assert at_30["alarm_line"] < at_30["alert_line"] < 0.746


def test_the_trend_has_every_quarter_to_the_complete_to_date(reading):
    drawn = [Procedure("ZZ102", "P1", day=date(2025, 7, 1), values={"S5_30": 1})]
    reader = reading(drawn, complete_to={"ZZ102": date(2025, 12, 31)})
    found = reader.trend("S5_30")
    assert found["quarter"].to_list()[0] == "2024/25 Q1"
    assert found["quarter"].to_list()[-1] == "2025/26 Q3"
    assert found["eligible"].sum() == 1
    row = found.filter(pl.col("quarter") == "2025/26 Q2").row(0, named=True)
    assert (row["events"], row["rate"]) == (1, 1.0)


@pytest.mark.parametrize(
    ("of", "label", "start", "end"),
    [
        (date(2026, 4, 1), "2026/27 Q1", date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 12, 31), "2026/27 Q3", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), "2026/27 Q4", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2100, 3, 31), "2099/00 Q4", date(2100, 1, 1), date(2100, 3, 31)),
    ],
)
def test_quarters_are_those_of_the_financial_year(of, label, start, end):
    found = quarter(of)
    assert (found.label, found.start, found.end) == (label, start, end)
    assert period(label, DATA_DATE) == found


def test_ten_quarters_run_from_april_2024_to_september_2026():
    labels = [q.label for q in quarters(date(2024, 4, 1), DATA_DATE)]
    assert len(labels) == 10
    assert day(date(2026, 4, 3)) == "3 Apr 2026"
