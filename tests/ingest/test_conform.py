"""Typing: what becomes a value, what becomes a finding, and what is said about it."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from expectations.dictionary import Table, manifest, site_tables, tables
from expectations.rules import catalogue, declared_codes
from ingest.conform import POLARS_TYPES, conform
from ingest.reading import LINE, RawTable

PATIENT = tables()["patient"]
PROCEDURE = tables()["procedure"]


def typed(table: Table, **columns: list[str | None]):
    n = len(next(iter(columns.values())))
    schema = {**dict.fromkeys(columns, pl.String), LINE: pl.Int64}
    frame = pl.DataFrame({**columns, LINE: list(range(2, n + 2))}, schema=schema)
    missing = tuple(name for name in table.columns if name not in columns)
    return conform(RawTable(table.name, f"{table.name}.csv", frame, missing), table)


def values(table: Table, column: str, sent: list[str | None]) -> list[object]:
    return typed(table, **{column: sent})[0][column].to_list()


def kinds(table: Table, column: str, sent: list[str | None]) -> list[tuple[int, str]]:
    found = typed(table, **{column: sent})[1]
    assert set(found["column_name"]) <= {column}
    return [(line, rule.rpartition(".")[2]) for rule, line, _ in found.iter_rows()]


def test_every_column_of_the_dictionary_comes_back_typed_and_in_order():
    frame, _, _ = typed(PROCEDURE, procedure_id=["P1"])
    assert frame.columns == [*PROCEDURE.columns, LINE]
    expected = [POLARS_TYPES[column.type] for column in PROCEDURE.columns.values()]
    assert frame.dtypes == [*expected, pl.Int64]
    given = frame.drop("procedure_id", LINE)
    assert given.null_count().row(0) == (1,) * (len(PROCEDURE.columns) - 1)


def test_an_empty_table_is_typed_too():
    frame, findings, notices = typed(PROCEDURE, procedure_id=[])
    assert (frame.height, findings.height, notices) == (0, 0, ())
    assert frame.schema["procedure_date"] == pl.Date


def test_integers_take_a_zero_fraction_only():
    sent = ["12", "12.0", "-3", "007", "12.5", "1e3", "9" * 30, "1 000", None, "٣"]
    assert values(PROCEDURE, "max_sbp", sent) == [12, 12, -3, 7, *[None] * 6]
    lines = [line for line, _ in kinds(PROCEDURE, "max_sbp", sent)]
    assert lines == [6, 7, 8, 9, 11]


def test_decimals_are_finite_ascii_digits_with_a_point():
    sent = ["12", "-0.5", "0.10", "1,5", "5.", ".5", "9" * 400, "inf", None]
    assert values(PROCEDURE, "patient_travel_km", sent)[:3] == [12.0, -0.5, 0.1]
    assert [line for line, _ in kinds(PROCEDURE, "patient_travel_km", sent)] == [5, 6, 7, 8, 9]


def test_dates_are_iso_or_day_first():
    sent = ["2026-04-03", "03/04/2026", "29/02/2024", None]
    assert values(PROCEDURE, "procedure_date", sent) == [
        dt.date(2026, 4, 3), dt.date(2026, 4, 3), dt.date(2024, 2, 29), None]  # fmt: skip
    notices = typed(PROCEDURE, procedure_date=sent)[2]
    assert notices == (
        "procedure.procedure_date: 2 date(s) written DD/MM/YYYY were read with the day first.",
    )


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("13/13/2026", "DATE_IMPOSSIBLE"),
        ("12/13/2026", "DATE_FORMAT"),
        ("29/02/2025", "DATE_IMPOSSIBLE"),
        ("00/01/2026", "DATE_IMPOSSIBLE"),
        ("0000-01-01", "DATE_IMPOSSIBLE"),
        ("01/01/1900", "DATE_IMPOSSIBLE"),
        ("9999-12-31", "DATE_IMPOSSIBLE"),
        ("2026-4-3", "DATE_FORMAT"),
        ("2026/04/03", "DATE_FORMAT"),
        ("3 April 2026", "DATE_FORMAT"),
        ("2026-04-03T00:00:00", "DATE_FORMAT"),
        ("N/A", "DATE_IMPOSSIBLE"),
    ],
)
def test_other_dates_are_findings(sent, kind):
    assert kinds(PROCEDURE, "procedure_date", [sent]) == [(2, kind)]


def test_booleans_are_y_and_n_and_their_words_are_said():
    sent = ["Y", "N", "yes", "FALSE", "1", "0", "y", "maybe", "2", None]
    frame, findings, notices = typed(PROCEDURE, supervised=sent)
    assert frame["supervised"].to_list() == [
        True, False, True, False, True, False, True, None, None, None]  # fmt: skip
    assert findings[LINE].to_list() == [9, 10]
    assert "5 value(s)" in notices[0]


def test_codes_are_spelled_as_in_the_dictionary_and_others_stay_for_the_checks():
    sent = ["percutaneous", "OPEN", "KEYHOLE", None]
    frame, findings, notices = typed(PROCEDURE, approach=sent)
    assert frame["approach"].to_list() == ["PERCUTANEOUS", "OPEN", "KEYHOLE", None]
    assert findings.height == 0
    assert "1 code(s)" in notices[0]


def test_codes_that_differ_in_case_only_are_never_confused():
    column = tables()["complication"].columns["clavien_dindo"]
    assert column.codes is not None
    sent = list(column.codes.codes)
    assert values(tables()["complication"], "clavien_dindo", list(sent)) == sent


def test_sets_are_sorted_without_order_spaces_and_repetition():
    sent = ["US;CT", " ct ; US ;", "US;CT;US", "CT;xray", ";", None]
    frame, findings, notices = typed(PROCEDURE, guidance=sent)
    assert frame["guidance"].to_list() == ["CT;US", "CT;US", "CT;US", "CT;xray", None, None]
    assert findings.height == 0
    assert "1 code(s)" in notices[0]


@pytest.mark.parametrize("word", ["NULL", "N/A", "NA", "-", "null", "n/a"])
def test_words_for_nothing_are_findings_in_every_type(word):
    columns = ("procedure_id", "comment", "approach", "supervised", "guidance")
    for column in columns:
        assert kinds(PROCEDURE, column, [word]) == [(2, "TYPE")]
    for column in ("max_sbp", "patient_travel_km"):
        assert kinds(PROCEDURE, column, [word]) == [(2, "NUMBER")]
    assert kinds(PROCEDURE, "procedure_date", [word]) == [(2, "DATE_IMPOSSIBLE")]


def test_whatever_cannot_be_typed_is_found_by_a_rule_of_the_catalogue():
    unusable = ["NULL", "#REF!", "x", "04/13/2026", "31/02/2026", "1900-01-01", "1,5", "9" * 400]
    for table in site_tables().values():
        for column in table.columns:
            rules = set(typed(table, **{column: unusable})[1]["rule"])
            assert rules <= set(catalogue()), rules - set(catalogue())


def test_a_word_for_nothing_that_is_a_code_of_the_column_stays_a_code():
    column = next(
        (table, name)
        for table in tables().values()
        for name, c in table.columns.items()
        if c.codes and "n/a" in c.codes.codes
    )
    assert values(column[0], column[1], ["n/a"]) == ["n/a"]


def test_ids_keep_zeros_and_accents_have_one_form():
    assert values(PROCEDURE, "procedure_id", ["0000123", "e\u0301"]) == ["0000123", "\u00e9"]
    assert values(PROCEDURE, "comment", ["e\u0301 "]) == ["e\u0301 "]


def test_every_type_of_the_dictionary_has_its_reader():
    used = {c.type for t in [*tables().values(), manifest()] for c in t.columns.values()}
    assert used <= set(POLARS_TYPES)


def test_every_reading_rule_says_what_and_how_to_fix():
    for code, rule in declared_codes().items():
        assert rule["severity"] in ("F", "R", "W", "notice"), code
        assert rule["message"].endswith("."), code
        if rule["severity"] != "notice":
            assert rule["fix"].endswith("."), code
            assert rule["title"], code
