"""Rules about an export as a whole: one claim a side of every threshold."""

import dataclasses
from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from expectations.dictionary import site_tables
from ingest.findings import findings_of
from ingest.submission import Registry, Submission
from ingest.whole_file import whole_file_findings

QUARTER = Submission(
    site="ZZ101",
    period_start=date(2026, 4, 1),
    period_end=date(2026, 6, 30),
    submission_type="INCREMENTAL",
    extract_datetime=datetime.fromisoformat("2026-07-10T09:00:00+01:00"),
    nil_return=False,
)
YEAR = (date(2025, 4, 1), date(2026, 3, 31))


@pytest.fixture
def found():
    """found(sent={"table.column": [values]}, held=…): (rule, table, column) of each finding."""

    def ask(sent=None, held=None, submission=QUARTER, registry=None, findings=None):
        with duckdb.connect() as connection:
            _load(connection, sent or {}, held or {})
            told = whole_file_findings(
                connection,
                submission,
                registry or Registry(),
                findings_of([]) if findings is None else findings,
            )
        return set(told.select("rule", "table_name", "column_name").iter_rows())

    return ask


def _load(connection, sent, held):
    for name, table in site_tables().items():
        columns = {c.name: c.duckdb_type for c in table.columns.values()}
        declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create table sent_{name} ({declared})")
        connection.execute(f"create table {name} ({declared})")
    for place, values in (sent | {f"held {k}": v for k, v in held.items()}).items():
        name, column = place.removeprefix("held ").split(".")
        for value in values:
            connection.execute(f"insert into {name} ({column}) values (?)", [value])
            if not place.startswith("held "):
                connection.execute(f"insert into sent_{name} ({column}) values (?)", [value])


def unusable(rows, rule="K04a", column="procedure_id"):
    return findings_of(
        [
            {"rule": rule, "table_name": "procedure", "column_name": column, "row_id": row}
            for row in range(1, rows + 1)
        ]
    )


def procedures(number):
    return {"procedure.procedure_id": [str(n) for n in range(number)]}


K07 = {("K07", "procedure", None)}


def test_k07_nineteen_unusable_procedures_are_few_at_any_share(found):
    assert found(procedures(19), findings=unusable(19)) == set()


def test_k07_twenty_of_399_are_more_than_5_per_cent_and_refuse_the_export(found):
    assert found(procedures(399), findings=unusable(20)) == K07


def test_k07_twenty_of_400_are_5_per_cent_and_do_not(found):
    assert found(procedures(400), findings=unusable(20)) == set()


def test_k07_several_findings_on_one_row_are_one_row(found):
    twice = pl.concat([unusable(10), unusable(10, "K05a", "patient_pseudo_id")])
    assert found(procedures(20), findings=twice) == set()


@pytest.mark.parametrize(
    ("rule", "column"), [("D01d", "discharge_date"), ("K05b", "mdt_id"), ("D10", "approval_id")]
)
def test_k07_a_row_that_stands_without_the_value_can_be_used(found, rule, column):
    assert found(procedures(30), findings=unusable(30, rule, column)) == set()


def test_k07_a_link_to_no_patient_leaves_the_row_out(found):
    orphans = unusable(30, "K05a", "patient_pseudo_id")
    assert found(procedures(30), findings=orphans) == K07


@pytest.mark.parametrize(
    ("start", "end", "is_refused"),
    [
        (date(2026, 4, 1), date(2026, 6, 30), False),  # starts the day after
        (date(2026, 1, 1), date(2026, 6, 30), True),
        (date(2025, 1, 1), date(2025, 3, 31), False),  # ends the day before
        (date(2025, 1, 1), date(2025, 6, 30), True),
        (date(2025, 7, 1), date(2025, 9, 30), True),  # within
        (date(2024, 4, 1), date(2026, 9, 30), True),  # around
        (None, None, False),  # a single table's file has no period
    ],
)
def test_k10_a_period_with_a_day_in_a_locked_year_is_refused(found, start, end, is_refused):
    sent = dataclasses.replace(QUARTER, period_start=start, period_end=end)
    expected = {("K10", None, None)} if is_refused else set()
    assert found(submission=sent, registry=Registry(locked=(YEAR,))) == expected
    assert found(submission=sent, registry=Registry()) == set()


@pytest.mark.parametrize(
    ("kind", "reason", "is_refused"),
    [
        ("CORRECTION", "an operation was coded twice", False),
        ("CORRECTION", " ", True),
        ("INCREMENTAL", "an operation was coded twice", True),
        ("FULL", "", True),
    ],
)
def test_k10_a_correction_with_a_reason_may_touch_a_locked_year(found, kind, reason, is_refused):
    sent = dataclasses.replace(
        QUARTER,
        period_start=date(2026, 1, 1),
        period_end=date(2026, 3, 31),
        submission_type=kind,
        reason=reason,
    )
    expected = {("K10", None, None)} if is_refused else set()
    assert found(submission=sent, registry=Registry(locked=(YEAR,))) == expected


K11 = {("K11", "pulse_delivery", "voltage_v")}


def voltages(values):
    return {"pulse_delivery.voltage_v": values}


def test_k11_ten_equal_numbers_are_a_query_and_nine_are_not(found):
    assert found(voltages([2000] * 10)) == K11
    assert found(voltages([2000] * 9)) == set()


def test_k11_one_other_number_or_an_empty_cell(found):
    assert found(voltages([2000] * 9 + [2001])) == set()
    assert found(voltages([2000] * 9 + [None])) == set()
    assert found(voltages([2000] * 10 + [None])) == K11


def test_k11_is_about_mandatory_numbers(found):
    assert found({"patient.platelets": [150] * 10}) == set()  # required, not mandatory
    assert found({"patient.ecog_ps": [1] * 10}) == {("K11", "patient", "ecog_ps")}


def test_k11_a_few_rows_are_judged_with_what_the_registry_holds(found):
    assert found(voltages([2000]), held=voltages([2000] * 9)) == K11
    assert found(voltages([2000]), held=voltages([2000] * 8)) == set()
    assert found(voltages([2000]), held=voltages([2000] * 8 + [1900])) == set()


def test_k11_enough_rows_are_judged_alone(found):
    assert found(voltages([2000] * 10), held=voltages([1900] * 5)) == K11


def test_k11_what_the_registry_holds_is_not_judged_where_nothing_is_sent(found):
    assert found(held=voltages([2000] * 10)) == set()
    assert found(voltages([None]), held=voltages([2000] * 10)) == set()


K12 = {("K12", "pulse_delivery", "spacing_mm")}
MEASURED = [11.2, 12.4, 13.1, 14.9, 16.3, 17.7, 18.8, 19.2]
ROUND = [15, 20, 10, 15, 20, 25, 15]


def spacings(values):
    return {"pulse_delivery.spacing_mm": values}


def test_k12_seven_of_ten_multiples_of_5_are_a_query_and_six_are_not(found):
    assert found(spacings(ROUND[:7] + MEASURED[:3])) == K12
    assert found(spacings(ROUND[:6] + MEASURED[:4])) == set()


def test_k12_nine_values_are_too_few(found):
    assert found(spacings(ROUND[:7] + MEASURED[:2])) == set()
    assert found(spacings(ROUND[:1]), held=spacings(ROUND[1:7] + MEASURED[:3])) == K12


def test_k12_is_about_spacings_and_the_diameters_of_lesions(found):
    values = ROUND[:7] + MEASURED[:3]
    found_here = found({"lesion.max_diameter_mm": values})
    assert found_here == {("K12", "lesion", "max_diameter_mm")}
    assert found({"lesion_treatment.ablation_zone_max_mm": values}) == set()


D19 = {("D19", "procedure", "procedure_date")}


def days(on_1_january, others):
    first, other = date(2026, 1, 1), date(2026, 1, 2)
    return {"procedure.procedure_date": [first] * on_1_january + [other] * others}


def test_d19_more_than_a_tenth_of_dates_on_1_january_are_a_query(found):
    assert found(days(2, 8)) == D19
    assert found(days(1, 9)) == set()
    assert found(days(2, 18)) == set()
    assert found(days(3, 17)) == D19


def test_d19_nine_dates_are_too_few(found):
    assert found(days(9, 0)) == set()
    assert found(days(1, 0), held=days(1, 8)) == D19


def test_d19_an_empty_cell_is_no_date(found):
    assert found(days(1, 8) | {"procedure.comment": ["x"] * 10}) == set()
