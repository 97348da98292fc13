"""Amounts, and the rows behind case selection, technique and response, on a release as built."""

import json
import math

import polars as pl
import pytest

from sql.access import AccessDenied, Viewer
from sql.publish import write_public
from sql.reader import Reader
from sql.statistics.means import mean
from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, draw, load_register, with_parents

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ101",), "ZZ1")
COMMISSIONER = Viewer("D. Demo", "commissioner")

DRAWN = {
    "procedure": """
        procedure_id | procedure_date | patient | patient_travel_km | guidance | mdt_id
        a            | 2025-01-01     | p       | 10                | CT;US    | m
        b            | 2025-02-01     | q       | 30                | US       |
        c            | 2025-03-01     | r       |                   | CT       |
        recent       | 2026-09-01     | s       | 5                 | CT       |
    """,
    "lesion": """
        lesion_id | patient | max_diameter_mm | dist_vessel_mm | dist_bile_duct_mm | segment
        l         | p       | 20              | 8              | 3                 | 4a;5
        m         | q       | 35              | 40             |                   | 8
    """,
    "lesion_treatment": "procedure_id | lesion_id | n_positions\na | l | 2\nb | m | 3",
    "pulse_delivery": """
        delivery_id | procedure_id | lesion_id | voltage_v | spacing_mm | angle_deg
        1           | a            | l         | 2250      | 15         | 3
        2           | b            | m         | 3000      | 20         | 5
    """,
    "mdt_review": """
        mdt_id | patient | alternatives_considered | thermal_unsuitable_reason
        m      | p       | MWA;RESECTION           | NEAR_BILE_DUCT
    """,
    "followup_imaging": """
        imaging_id|patient|imaging_date|criteria|overall_response|sum_viable_mm|sum_baseline_mm
        i1|p|2025-02-10|mRECIST|PR|12|20
        i2|p|2025-04-10|mRECIST|CR|0|20
        i3|q|2025-04-10|mRECIST|SD|35|35
        i4|r|2025-04-10|mRECIST|NE||
    """,
    "subsequent_treatment": "patient | treatment_date | treatment_type\nq | 2025-05-01 | TACE",
    "prom": """
        patient|procedure_id|instrument|timepoint|completed_date|item_29|item_30|item_09|item_19
        p|a|QLQ-C30|BASELINE|2024-12-20|5|6|1|2
        p|a|QLQ-C30|M3|2025-04-01|4|5|2|2
        q|b|QLQ-C30|BASELINE|2025-01-20|5|5||
        q|b|QLQ-C30|M3|2025-05-01|5|7||
    """,
    "vital_status": """
        patient | status | status_date | death_date
        p       | ALIVE  | 2026-01-01  |
        q       | DEAD   | 2025-06-01  | 2025-06-01
    """,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return built(tmp_path_factory.mktemp("home"))


def built(home, exclusions=None):
    rows = with_parents({name: draw(text) for name, text in DRAWN.items()})
    path = build(
        home,
        [accept(home, 1, exclusions=exclusions, **rows)],
        register=load_register(home),
        number=1,
        today=TODAY,
        built_at=BUILT,
    )
    write_public(path, path.with_name("release-1.public.duckdb"))
    (home / "releases/CURRENT").write_text(json.dumps({"release": 1}))
    return home


@pytest.fixture
def reader(home):
    with Reader.open(home, LEAD) as opened:
        yield opened


def test_a_measure_has_mean_quartiles_and_what_is_not_recorded(reader):
    row = reader.measures(["Env1_KM"]).row(0, named=True)
    assert (row["eligible"], row["known"], row["measured_in"]) == (4, 3, "km")
    assert (row["mean"], row["median"], row["least"], row["most"]) == (15, 10, 5, 30)
    t = 0.95 / math.sqrt(2 * 0.975 * 0.025)  # of 2 degrees of freedom, in closed form
    half = t * math.sqrt(175) / math.sqrt(3)
    assert row["upper"] - row["mean"] == pytest.approx(half, rel=1e-12)
    assert "median 10.0 (quartiles 7.5 and 20.0), measured in 3 of 4 procedures" in row["sentence"]


def test_a_measure_without_an_amount_says_so(reader):
    row = reader.measures(["Env1_ITEMS"], by="all").row(0, named=True)
    assert (row["eligible"], row["known"], row["mean"], row["site_id"]) == (4, 0, None, None)
    assert "measured in 0 of 4 procedures" in row["sentence"]


def test_amounts_are_own_rows_narrowed_by_case_mix(reader):
    assert reader.amounts("Env1_KM")["amount"].to_list() == [10.0, 30.0, None, 5.0]
    assert reader.amounts("Env1_KM", tumour_type="ICCA").is_empty()


def test_what_is_in_no_denominator_is_counted_by_reason(reader):
    found = {
        (row["indicator_id"], row["reason"]): row["units"]
        for row in reader.not_counted(["S5_90", "E7_M3", "E2_M1", "C9"]).iter_rows(named=True)
    }
    assert found == {
        ("S5_90", "too recent: the window has not elapsed"): 1,
        ("E7_M3", "too recent: the window has not elapsed"): 1,
        ("E7_M3", "no evaluable scan by mRECIST on day 61 to 135"): 1,
        ("E2_M1", "no scan on day 21 to 60"): 1,
    }
    by_site = reader.not_counted(["S5_90"], by="site").row(0, named=True)
    assert by_site["site_id"] == "ZZ101"


def test_what_was_left_out_is_counted_where_its_unit_is_and_nowhere_else(tmp_path):
    home = built(
        tmp_path,
        exclusions="""
        rule | table_name   | record_key | is_protected | procedure_id
        K05a | procedure    | lost       | false        | lost
        D12  | complication | harm       | true         | unknown
        """,
    )
    with Reader.open(home, LEAD) as reader:
        found = reader.not_counted(["S5_90", "E7_M3", "E2_M1"])
    left_out = found.filter(reason="left out by an accepted exclusion")
    assert left_out.select("indicator_id", "units").rows() == [("S5_90", 1)]


def test_lesions_and_pulses_are_shown_as_recorded(reader):
    lesions = reader.lesions()
    assert lesions["nearest_mm"].to_list() == [3.0, 40.0]
    assert lesions["is_near_vessel_or_duct"].to_list() == [True, None]
    assert lesions["segment"].to_list() == ["4a;5", "8"]
    assert reader.pulses()["volts_per_cm"].to_list() == [1500.0, 1500.0]
    assert reader.pulses(size_band="30_TO_50_MM")["procedure_id"].to_list() == ["b"]
    assert reader.sessions()["guidance"].to_list() == ["CT;US", "US", "CT", "CT"]


def test_alternatives_are_counted_by_code_and_silence_is_counted(reader):
    found = reader.considered()
    told = {(row["kind"], row["code"]): row["procedures"] for row in found.iter_rows(named=True)}
    assert told == {
        ("considered", "MWA"): 1,
        ("considered", "RESECTION"): 1,
        ("considered", None): 3,
        ("reason", "NEAR_BILE_DUCT"): 1,
        ("reason", None): 3,
    }
    assert set(found["of"]) == {4}


def test_the_best_response_of_each_measured_patient_makes_the_waterfall(reader):
    found = reader.responses()
    assert found.select("procedure_id", "change_percent", "overall_response", "day").rows() == [
        ("b", 0.0, "SD", 68),
        ("a", -100.0, "CR", 99),
    ]


def test_a_course_runs_from_the_first_ire_in_order(reader):
    lane = reader.courses().filter(procedure_id="b").select("day", "event").rows()
    assert lane == [(0, "IRE"), (68, "scan SD"), (89, "treatment TACE"), (120, "death")]
    last = reader.courses().filter(procedure_id="a").row(-1, named=True)
    assert (last["day"], last["event"]) == (365, "last known alive")


def test_quality_of_life_is_read_by_scale_and_visit(reader):
    assert reader.quality_of_life(tumour_type="ICCA").is_empty()
    found = reader.quality_of_life(tumour_type="HCC")
    assert set(found["visit"]) == {"M3"}
    quality = found.row(by_predicate=pl.col("scale") == "c30_ql", named=True)
    assert (quality["pairs"], quality["known"]) == (2, 2)
    assert (quality["better"], quality["worse"]) == (1, 1)  # + 16.7, - 16.7
    assert quality["mean"] == pytest.approx(0)
    pain = found.row(by_predicate=pl.col("scale") == "c30_pa", named=True)
    assert (pain["pairs"], pain["known"], pain["better"], pain["worse"]) == (2, 1, 0, 1)
    assert reader.value_set() is None


def test_liver_function_is_given_beside_what_was_sent(reader):
    found = reader.liver_function()
    assert found.height == 4
    assert found["albi_grade"].null_count() == 4  # no bilirubin was drawn


@pytest.mark.parametrize(
    "call", ["lesions", "pulses", "sessions", "considered", "responses", "courses"]
)
def test_rows_are_refused_to_a_commissioner_and_of_other_sites(home, reader, call):
    with pytest.raises(AccessDenied):
        getattr(reader, call)(site="ZZ102")
    with Reader.open(home, COMMISSIONER) as opened, pytest.raises(AccessDenied):
        getattr(opened, call)()


def test_the_mean_of_one_amount_has_no_interval():
    assert mean([4.0]) == mean([4.0], 0.5)
    assert (mean([4.0]).lower, mean([4.0]).upper) == (None, None)
    with pytest.raises(ValueError, match="amounts is empty"):
        mean([])
