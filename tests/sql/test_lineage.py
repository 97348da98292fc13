"""What lineage calls idle moves no indicator, and what it names does."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.dictionary import PATIENT, Column, site_tables
from sql import catalog, lineage
from sql.accepted import Accepted
from sql.dependence import DependenceError, Relation, relation_of
from sql.warehouse import make
from tests.sql.drawing import DEFAULTS, TODAY, accept, draw, load_register

# One patient a fate: well, dead, with a complication, treated twice.
DRAWN = {
    "patient": "patient\nwell\ndied\nhurt\ntwice",
    "procedure": """
        procedure_id | patient | procedure_date | mdt_id | enrolment_id | approval_id | supervised
        p1           | well    | 2024-01-01     | m1     | e1           | a1          | N
        p2           | died    | 2024-02-01     | m2     |              | a1          | Y
        p3           | hurt    | 2024-03-01     |        | e3           |             | N
        p4           | twice   | 2024-04-01     | m4     | e4           | a1          | N
        p5           | twice   | 2024-06-01     | m4     | e4           | a2          | N
    """,
    "lesion": "lesion_id | patient\nl1 | well\nl2 | died\nl3 | hurt\nl4 | twice",
    "lesion_treatment": """
        procedure_id | lesion_id
        p1           | l1
        p2           | l2
        p3           | l3
        p4           | l4
        p5           | l4
    """,
    "complication": """
        complication_id | procedure_id | patient | onset_date | nice_category      | clavien_dindo
        c1              | p3           | hurt    | 2024-03-01 | BLEEDING           | IIIb
        c2              | p3           | hurt    | 2024-03-02 | ADJACENT_STRUCTURE | II
        c3              | p2           | died    | 2024-02-01 | ARRHYTHMIA         | I
        c4              | p4           | twice   | 2024-09-01 | SEEDING            | II
    """,
    "followup_imaging": """
        imaging_id | patient | imaging_date | new_lesion
        i1         | well    | 2024-02-01   | NONE
        i2         | well    | 2024-09-01   | NEEDLE_TRACT
        i3         | twice   | 2024-05-01   | NONE
        i5         | well    | 2024-03-20   | NONE
        i4         | hurt    | 2024-09-01   | NONE
    """,
    "lesion_response": """
        imaging_id | lesion_id | technique_efficacy
        i1         | l1        | Y
        i3         | l4        | N
    """,
    "vital_status": """
        patient | status | status_date | death_date
        well    | ALIVE  | 2026-09-01  |
        died    | DEAD   | 2024-02-20  | 2024-02-20
        hurt    | ALIVE  | 2024-03-20  |
    """,
    "mdt_review": """
        mdt_id | patient | meeting_date | recommendation
        m1     | well    | 2023-12-01   | IRE
        m2     | died    | 2024-02-10   | IRE
        m4     | twice   | 2024-03-01   | TACE
    """,
    "research_enrolment": """
        enrolment_id | patient | consent_date | consent_scope
        e1           | well    | 2023-12-01   | DATA_REGISTRY;PROMS;TREATMENT
        e3           | hurt    | 2024-04-01   | DATA_REGISTRY;TREATMENT
        e4           | twice   | 2024-03-01   | DATA_REGISTRY;TREATMENT
    """,
    "governance_approval": """
        approval_id | valid_to
        a1          | 2024-05-01
        a2          | 2026-01-01
    """,
    "operator_training": """
        training_id | operator_pseudo_id | training_date
        t1          | 1                  | 2023-01-01
        t2          | 1                  | 2024-05-01
    """,
    "operator": "operator_pseudo_id\n1",
    "pulse_delivery": "delivery_id | procedure_id | lesion_id\nd1 | p1 | l1\nd2 | p2 | l2",
    "subsequent_treatment": "patient | treatment_date | treatment_type\nwell | 2024-09-09 | TACE",
    "prom": "patient | procedure_id | instrument | timepoint | completed_date\n"
    + "\n".join(
        f"well | p1 | {instrument} | {timepoint} | {day}"
        for instrument in ("EQ-5D-5L", "QLQ-C30", "QLQ-HCC18", "FACT-Hep")
        for timepoint, day in (
            ("BASELINE", "2023-12-20"),
            ("M3", "2024-04-01"),
            ("M6", "2024-07-01"),
            ("M12", "2025-01-01"),
        )
    ),
}


def filled() -> dict[str, list[dict[str, Any]]]:
    """The drawn rows with every other cell filled, so that emptying one could tell."""
    tables = {}
    for name, table in site_tables().items():
        rows = [dict(row) for row in draw(DRAWN[name])]
        for row in rows:
            for column in table.columns.values():
                is_drawn = column.name in row or column.name in DEFAULTS.get(name, {})
                if not is_drawn and column.name not in (PATIENT, "site_ods_code"):
                    row[column.name] = _value(column)
        tables[name] = rows
    return tables


def _value(column: Column) -> Any:
    if column.codes is not None:
        return next(iter(column.codes.codes))
    low = (column.plausible or column.hard or column.length or (1, 1))[0]
    return {
        "date": date(2024, 1, 1),
        "boolean": True,
        "integer": int(low) if isinstance(low, int | float) else 1,
        "decimal": float(low) if isinstance(low, int | float) else 1.0,
    }.get(column.type, "1")


def emptied(
    tables: dict[str, list[dict[str, Any]]], which: set[tuple[str, str]], *, every: int
) -> dict[str, list[dict[str, Any]]]:
    """The same rows with the named cells empty in every so-manieth row; a row without what
    places it is left out, as it is from a submission."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for name, rows in tables.items():
        cells = {column for table, column in which if table == name}
        goes = any(site_tables()[name].columns[column].places_record for column in cells)
        kept[name] = []
        for number, row in enumerate(rows):
            if number % every:
                kept[name].append(row)
            elif not goes:
                kept[name].append(row | dict.fromkeys(cells & row.keys()))
    return kept


def warehouse_of(home: Path, tables: dict[str, list[dict[str, Any]]]) -> set[tuple[Any, ...]]:
    home.mkdir()
    one: Accepted = accept(home, 1, **tables)
    register = load_register(
        home,
        site_designation="designation_start\n2023-01-01",
        research_study="study_id\nstudy",
        study_site="study_id\nstudy",
    )
    with duckdb.connect() as connection:
        make(connection, [one], register=register, today=TODAY)
        return set(
            connection.execute("""
                select
                    indicator_id, site_id, unit_key, event_date,
                    value, time_days, ended_by, amount
                from indicator_value
            """).fetchall()
        )


def of(indicator: str, values: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {row for row in values if row[0] == indicator}


@pytest.fixture(scope="module")
def drawn_values(tmp_path_factory) -> set[tuple[Any, ...]]:
    return warehouse_of(tmp_path_factory.mktemp("drawn") / "home", filled())


def test_the_drawn_warehouse_can_tell(drawn_values):
    counted = {row[0] for row in drawn_values}
    assert counted == set(catalog.indicators())
    told = {(row[0], row[4]) for row in drawn_values}
    for compliance in ("C1", "C2", "C5", "C11"):
        assert len({value for name, value in told if name == compliance}) > 1


def idle_for(*indicators: str) -> set[tuple[str, str]]:
    return {
        (name, column)
        for name, table in site_tables().items()
        for column in table.columns
        if not set(indicators) & set(lineage.moved_by(name, column))
    }


# A release each: every fifth in each run, the others with the trials.
EACH = [
    name if number % 5 == 0 else pytest.param(name, marks=pytest.mark.trial)
    for number, name in enumerate(catalog.indicators())
]


@pytest.mark.parametrize("indicator", EACH)
def test_emptying_what_an_indicator_does_not_rest_on_never_moves_it(
    tmp_path, drawn_values, indicator
):
    without = emptied(filled(), idle_for(indicator), every=1)
    assert of(indicator, warehouse_of(tmp_path / "home", without)) == of(indicator, drawn_values)


def test_emptying_idle_columns_in_some_rows_moves_nothing(tmp_path, drawn_values):
    idle = idle_for(*catalog.indicators())
    assert ("procedure", "tof_count_at_first_pulse") in idle
    assert warehouse_of(tmp_path / "home", emptied(filled(), idle, every=2)) == drawn_values


@pytest.mark.parametrize(
    ("table", "column", "moved"),
    [
        ("procedure", "mdt_id", ("C1_TOLD", "C2", "C11")),
        ("procedure", "nmb_used", ("C6",)),
        ("procedure", "tof_count_at_first_pulse", ()),
        ("complication", "relatedness", ("S1_90",)),
        (
            "vital_status",
            "death_date",
            (
                *("S7_30", "S7_90", "E4_LTP", "E4_LTPL", "E5_PFS", "E6_OS", "E8_12M"),
                *("Q3_M3", "Q3_M12", "D5_M1", "D5_M12"),
            ),
        ),
        ("operator_training", "expiry_date", ("C4", "C11")),
        (
            "lesion_response",
            "technique_efficacy",
            ("E2_M1", "E2_3S", "E4_LTP", "E4_LTPL", "E8_12M"),
        ),
        ("patient", "asa_grade", ()),
    ],
)
def test_a_column_moves_the_indicators_that_read_it(table, column, moved):
    assert lineage.moved_by(table, column) == moved


def test_a_column_is_of_the_indicators_that_read_it_though_its_row_moves_more():
    grade = ("complication", "clavien_dindo")  # without it the complication is left out
    resting = [name for name, found in lineage.sources().items() if grade in found]
    assert resting == ["S2M_30", "S5_30", "S5_90"]
    assert set(lineage.moved_by(*grade)) > set(resting)


def test_a_row_moves_every_indicator_that_reads_its_table():
    assert {"S1_90", "S5_30", "O04_30"} <= set(lineage.moved_by("complication", None))
    assert "S7_30" not in lineage.moved_by("complication", None)
    assert set(lineage.moved_by("procedure", "procedure_id")) == set(catalog.indicators())
    assert set(lineage.moved_by("prom", None)) == {
        name for name in catalog.indicators() if name.startswith("Q")
    }


ONE = {
    "one": Relation(
        {"id": frozenset({("t", "id")}), "a": frozenset({("t", "a")})},
        frozenset({("t", "")}),
        frozenset({frozenset({"id"})}),
    ),
    "many": Relation(
        {"id": frozenset({("m", "id")}), "b": frozenset({("m", "b")})}, frozenset({("m", "")})
    ),
}


def test_a_left_join_that_cannot_repeat_a_row_leaves_the_others_alone():
    found = relation_of("select many.b, one.a from many left join one using (id)", ONE)
    assert found.rows == {("m", "")}
    assert found.columns["b"] == {("m", "b")}
    assert found.columns["a"] == {("t", "a"), ("t", "id"), ("m", "id"), ("t", "")}


def test_a_left_join_that_can_repeat_a_row_counts_for_all():
    found = relation_of("select one.a from one left join many using (id)", ONE)
    assert found.rows == {("t", ""), ("m", ""), ("m", "id"), ("t", "id")}


def test_a_group_and_a_window_rest_on_the_rows_they_gather():
    grouped = relation_of("select id, max(b) as b from many where b > 1 group by all", ONE)
    assert grouped.columns["id"] == {("m", "id"), ("m", ""), ("m", "b")}
    window = relation_of("select b, row_number() over (order by id) as n from many", ONE)
    assert window.columns["n"] == {("m", "id"), ("m", "")}
    assert window.columns["b"] == {("m", "b")}


def test_a_subquery_rests_on_all_that_it_reads():
    found = relation_of(
        "select a, exists (select 1 from many where many.id = one.id) as has from one", ONE
    )
    assert found.columns["has"] == {("m", ""), ("m", "id"), ("t", "id")}


def test_a_column_that_nothing_has_is_our_mistake():
    with pytest.raises(DependenceError, match="missing"):
        relation_of("select missing from one", ONE)
