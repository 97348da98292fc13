"""Own cases, compliance, survival and data quality, as the review pages ask for them."""

from datetime import date

import polars as pl
import pytest

from sql.access import AccessDenied, Viewer
from sql.reader import Reader
from tests.sql.small_release import Complication, Procedure, procedures, write_release

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
GOVERNANCE = Viewer("Dr A. Demo", "governance lead", ("ZZ301", "ZZ302"), "ZZ3")


@pytest.fixture
def reading(tmp_path):
    readers = []

    def of(drawn, complications=None, viewer=LEAD, **more):
        home = write_release(tmp_path, drawn, complications, **more)
        readers.append(Reader.open(home, viewer))
        return readers[-1]

    yield of
    for reader in readers:
        reader.__exit__(None, None, None)


# Cases


def test_cases_are_the_complications_that_the_numerator_counts(reading):
    drawn = procedures("ZZ102", 3, S2_30=2, S5_30=1)
    found = [
        Complication("ZZ102", "bleed", "P000", day=2, device="Y"),
        Complication("ZZ102", "late bleed", "P001", day=31),
        Complication("ZZ102", "bleed on day 30", "P001", day=30, yellow_card="YC-1"),
        Complication("ZZ102", "abscess", "P000", "OTHER", "ABSCESS", "IIIb", day=9),
        Complication("ZZ102", "not counted", "P002", day=1),
    ]
    reader = reading(drawn, found)
    bleeds = reader.cases("S2_30")
    assert set(bleeds["complication_id"]) == {"bleed", "bleed on day 30"}
    row = bleeds.filter(pl.col("complication_id") == "bleed").row(0, named=True)
    assert (row["category"], row["subtype"], row["grade"]) == ("Bleeding", "Haematoma", "II")
    assert (row["day"], row["relatedness"]) == (2, "Probable")
    assert row["yellow_card"] == "not reported"
    assert (row["submission_id"], row["source_file"], row["source_line"]) == (
        "S1",
        "complication.csv",
        7,
    )
    assert bleeds.filter(pl.col("day") == 30)["yellow_card"].to_list() == ["YC-1"]
    assert reader.cases("S5_30")["complication_id"].to_list() == ["abscess"]
    assert reader.cases("S5_30", site="ZZ102").height == 1
    assert reader.cases("S2_30", period="12 months").is_empty()


def test_only_related_damage_stands_behind_adjacent_structure(reading):
    drawn = procedures("ZZ102", 1, S1_90=1)
    kinds = ("DEFINITE", "UNLIKELY", "9")
    found = [
        Complication("ZZ102", kind, "P000", "ADJACENT_STRUCTURE", "BILE_LEAK", relatedness=kind)
        for kind in kinds
    ]
    cases = reading(drawn, found).cases("S1_90")
    assert set(cases["complication_id"]) == {"DEFINITE", "9"}
    assert set(cases["relatedness"]) == {"Definite", "Not known"}


def test_deaths_stand_behind_mortality(reading):
    drawn = procedures("ZZ102", 2, S7_90=1)
    drawn[0].survival_days = 40
    row = reading(drawn).cases("S7_90").row(0, named=True)
    assert (row["procedure_id"], row["day"], row["category"]) == ("P000", 40, "Death")
    assert row["subtype"] == "Liver cancer"


def test_every_sentinel_event_is_listed_and_nothing_else(reading):
    drawn = procedures("ZZ102", 6)
    drawn[0].survival_days, drawn[1].survival_days = 90, 91
    found = [
        Complication("ZZ102", "grade IVa", "P002", "OTHER", "SEPSIS", "IVa"),
        Complication("ZZ102", "grade IIIb", "P002", "OTHER", "SEPSIS", "IIIb"),
        Complication("ZZ102", "tract", "P003", "SEEDING", "NEEDLE_TRACT", "II", day=400),
        Complication("ZZ102", "peritoneal", "P003", "SEEDING", "PERITONEAL", "II"),
        Complication("ZZ102", "vt", "P004", "ARRHYTHMIA", "VT", "I"),
        Complication("ZZ102", "af", "P004", "ARRHYTHMIA", "AF", "I"),
    ]
    events = reading(drawn, found).sentinel_events()
    assert set(events.select("complication_id", "event").rows()) == {
        (None, "death within 90 days"),
        ("grade IVa", "Clavien-Dindo IV or V"),
        ("tract", "needle-tract seeding"),
        ("vt", "ventricular arrhythmia"),
    }
    assert events.height == 4


def test_a_sentinel_event_is_shown_before_its_quarter_is_complete(reading):
    drawn = [Procedure("ZZ102", "P1", day=date(2026, 10, 20))]
    found = [Complication("ZZ102", "C1", "P1", "OTHER", "SEPSIS", "V", 3)]
    reader = reading(drawn, found)
    assert reader.sentinel_events().height == reader.complications().height == 1
    assert reader.sentinel_events(period="2026/27 Q2").is_empty()
    assert reader.rates(["S5_30"])["eligible"].to_list() == [0]


# Compliance


def test_compliance_counts_met_not_met_and_cannot_tell(reading):
    drawn = procedures("ZZ102", 20, C1=3)
    for procedure in drawn[-2:]:
        procedure.values["C1"] = None
    found = reading(drawn).compliance()
    assert found["rule_id"].to_list() == [*("C11", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8")]
    row = found.row(1, named=True)
    assert (row["met"], row["not_met"], row["cannot_tell"]) == (15, 3, 2)
    assert row["rate"] == 15 / 20
    assert row["upper_bound"] == 17 / 20
    assert row["status"] == "breaches"
    assert row["sentence"] == (
        "Site ZZ102, in approved, open, consented research: met in 15 of 20 procedures, "
        "75.0 % (53.1–88.8 %); 3 not met, 2 cannot tell."
    )
    assert found["status"].to_list()[2] == "met"


@pytest.mark.parametrize(("value", "status"), [(1, "met"), (0, "breaches"), (None, "cannot tell")])
def test_the_status_names_the_worst_that_is_known(reading, value, status):
    drawn = procedures("ZZ102", 2)
    drawn[0].values["C1"] = value
    found = reading(drawn).compliance().filter(pl.col("rule_id") == "C1")
    assert found["status"].to_list() == [status]


def test_a_site_without_procedures_has_no_rate(reading):
    row = reading([]).compliance().row(0, named=True)
    assert (row["status"], row["rate"], row["lower"], row["eligible"]) == ("none", None, None, 0)


def test_trusts_sites_stand_singly_or_together(reading):
    drawn = [*procedures("ZZ301", 3, C1=1), *procedures("ZZ302", 4, C1=1)]
    reader = reading(drawn, viewer=GOVERNANCE)
    assert reader.compliance()["site_id"].unique().sort().to_list() == ["ZZ301", "ZZ302"]
    together = reader.compliance(by="all").filter(pl.col("rule_id") == "C1").row(0, named=True)
    assert (together["eligible"], together["not_met"]) == (7, 2)


def test_breaches_come_with_reason_remedy_and_place(reading):
    drawn = procedures("ZZ102", 3, C1=1)
    drawn[0].reasons["C1"] = "study closed on the day; consent after the procedure"
    drawn[1].values["C1"], drawn[1].reasons["C1"] = None, "date of consent not recorded"
    reader = reading(drawn)
    found = reader.breaches("C1")
    assert found.select("procedure_id", "result").rows() == [
        ("P000", "not met"),
        ("P001", "cannot tell"),
    ]
    row = found.row(0, named=True)
    assert row["remedy"] == (
        "If the register is wrong, ask the registry team to correct it; otherwise it stays not "
        "met. Correct the consent if it was recorded wrongly; otherwise it stays not met."
    )
    assert row["nice_guidance"] == "IPG664"
    told = reader.on_record("ZZ102", "P000")
    assert told["rule_id"].to_list() == ["C1", "C2", "C3", "C4", "C5", "C6"]
    assert told.row(0)[2:] == (
        "not met", "study closed on the day; consent after the procedure", "study STUDY-1"
    )  # fmt: skip
    assert told.row(1)[2:] == ("met", None, "nothing")
    with pytest.raises(AccessDenied):
        reader.on_record("ZZ301", "P000")
    assert (row["submission_id"], row["source_file"], row["source_line"]) == (
        "S1",
        "procedure.csv",
        2,
    )
    assert reader.breaches("C2").is_empty()
    assert reader.breach_reasons("C1", site="ZZ102")["remedy"].null_count() == 0
    assert reader.breach_reasons("C1").drop("remedy").rows() == [
        ("not met", "consent after the procedure", 1),
        ("not met", "study closed on the day", 1),
        ("cannot tell", "date of consent not recorded", 1),
    ]
    with pytest.raises(ValueError, match="no such compliance rule"):
        reader.breaches("S5_30")


def test_the_trend_of_a_rule_goes_by_quarter(reading):
    drawn = procedures("ZZ102", 4, C1=1)
    found = reading(drawn).compliance_trend("C1", site="ZZ102")
    assert found.height == 10
    row = found.filter(pl.col("quarter") == "2025/26 Q1").row(0, named=True)
    assert (row["eligible"], row["met"], row["not_met"], row["rate"]) == (4, 3, 1, 0.75)


# Survival


def patients(number, deaths, day=date(2024, 6, 1)):
    return [
        Procedure(
            "ZZ102",
            f"P{i:03d}",
            day=day,
            survival_days=100 + 10 * i if i < deaths else None,
            followed_days=700.0,
        )
        for i in range(number)
    ]


def test_survival_starts_at_1_and_ends_where_fewer_than_10_are_at_risk(reading):
    drawn = patients(30, 6)
    for i, procedure in enumerate(drawn[10:25]):
        procedure.followed_days = 300.0 + 20 * i
    (found,) = reading(drawn).survival()
    assert (found.patients, found.deaths, found.unknown) == (30, 6, 0)
    assert found.curve.row(0, named=True)["estimate"] == 1.0
    assert found.curve["at_risk"].min() >= 10
    assert found.is_cut
    assert found.at_risk["at_risk"].to_list()[0] == 30
    assert found.landmarks["years"].to_list() == [1, 2, 3, 5]
    assert found.landmarks["estimate"][0] == pytest.approx(0.8)
    assert found.landmarks["estimate"].to_list()[1:] == [None, None, None]
    assert found.median_years.estimate is None
    assert "80.0 %" in found.sentence
    assert "6 of 30 patients have died; median not reached." in found.sentence


def test_survival_of_fewer_than_10_patients_draws_no_curve(reading):
    (found,) = reading(patients(9, 3)).survival()
    assert found.curve.is_empty()
    assert found.landmarks["estimate"].null_count() == 4
    assert "too few to judge survival" in found.sentence


def test_patients_whose_status_was_never_sent_are_counted_apart(reading):
    drawn = patients(12, 0)
    drawn[0].vital_status = None
    (found,) = reading(drawn).survival()
    assert (found.patients, found.unknown) == (11, 1)


def test_survival_of_nobody_is_said(reading):
    found = reading([], viewer=GOVERNANCE).survival(by="site")
    assert [s.site_id for s in found] == ["ZZ301", "ZZ302"]
    assert all(s.curve.is_empty() and s.patients == 0 for s in found)


# Data quality


def test_completeness_counts_filled_of_expected_by_site_and_column(reading):
    fields = [("ZZ102", "patient", "tumour_type", 1)] * 19
    fields += [("ZZ102", "patient", "tumour_type", 0), ("ZZ102", "prom", "vas", 1)]
    fields += [("ZZ101", "patient", "tumour_type", 0)]
    found = reading([], fields=fields).completeness()
    assert found["site_id"].unique().to_list() == ["ZZ102"]
    row = found.row(0, named=True)
    assert (row["filled"], row["expected"], row["rate"]) == (19, 20, 0.95)
    assert row["title"] == "Tumour type"
    assert found["target"].to_list() == [0.95, 0.95]


def test_ascertainment_compares_with_the_hospitals_own_count(reading):
    reader = reading(procedures("ZZ301", 8), viewer=GOVERNANCE, expected={"ZZ301": 10})
    assert reader.ascertainment().drop("site_name").rows() == [
        ("ZZ301", 1, 8, 10, 0.8),
        ("ZZ302", 0, None, None, None),
    ]
    assert reader.ascertainment(period="2026/27 Q1")["quarters"].to_list() == [0, 0]


def test_findings_are_counted_by_rule_and_site_and_shown_with_their_place(reading):
    finding = {
        "site_id": "ZZ102",
        "finding_id": "f",
        "rule": "D02",
        "table_name": "procedure",
        "column_name": "mdt_id",
        "source_file": "procedure.csv",
        "source_line": 5,
    }
    findings = [
        finding,
        finding | {"source_line": 4},
        finding | {"rule": "D03"},
        finding | {"is_current": False},
        finding | {"site_id": "ZZ101"},
    ]
    reader = reading([], findings=findings)
    by_rule = reader.findings()
    assert by_rule.select("rule", "findings", "sites").rows() == [("D02", 2, 1), ("D03", 1, 1)]
    assert reader.findings(by="site").select("site_id", "rule", "findings").rows() == [
        ("ZZ102", "D02", 2),
        ("ZZ102", "D03", 1),
    ]
    assert reader.finding_rows(rule="D02")["source_line"].to_list() == [4, 5]
    assert reader.finding_rows(site="ZZ102").height == 3


def test_governance_leads_see_what_their_sites_left_out_protected_first(reading):
    row = {
        "site_id": "ZZ301",
        "rule": "K05a",
        "table_name": "pulse_delivery",
        "record_key": "x",
        "procedure_id": "P1",
        "source_line": 3,
        "accepted_by": "data manager",
    }
    exclusions = [
        row,
        row | {"table_name": "complication", "is_protected": True, "procedure_id": "P2"},
        row | {"is_current": False},
        row | {"site_id": "ZZ101"},
    ]
    found = reading([], viewer=GOVERNANCE, exclusions=exclusions).exclusions()
    assert found.select("procedure_id", "table_name", "is_protected").rows() == [
        ("P2", "complication", True),
        ("P1", "pulse_delivery", False),
    ]
