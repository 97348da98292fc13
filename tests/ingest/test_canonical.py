"""The digest says what the data say, and nothing of how they came."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from expectations.dictionary import tables
from ingest import canonical
from ingest.canonical import canonical_digest, canonical_text, row_digest
from ingest.conform import conform
from ingest.reading import LINE, RawTable

PROCEDURE = tables()["procedure"]
MANIFEST = {"submitting_site": "ZZ101", "period_start": "2026-04-01", "nil_return": "N"}


def procedures(*rows: dict[str, str], first_line: int = 2) -> pl.DataFrame:
    columns = sorted({name for row in rows for name in row})
    schema = {**dict.fromkeys(columns, pl.String), LINE: pl.Int64}
    cells = [{**row, LINE: n} for n, row in enumerate(rows, first_line)]
    raw = RawTable("procedure", "p.csv", pl.DataFrame(cells, schema=schema), ())
    return conform(raw, PROCEDURE)[0]


A = {"procedure_id": "P1", "procedure_date": "2026-04-03", "patient_travel_km": "12.50"}
B = {"procedure_id": "P2", "supervised": "Y", "guidance": "CT;US"}


def digest(frame: pl.DataFrame, **manifest: str | None) -> str:
    return canonical_digest({**MANIFEST, **manifest}, {"procedure": frame})


def test_order_lines_and_spelling_are_not_in_the_digest():
    other = {"procedure_id": "P1", "procedure_date": "03/04/2026", "patient_travel_km": "12.5"}
    again = {"procedure_id": "P2", "supervised": "YES", "guidance": "us;ct"}
    assert digest(procedures(A, B)) == digest(procedures(again, other, first_line=90))


@pytest.mark.parametrize(
    "change",
    [{"procedure_id": "P3"}, {"patient_travel_km": "12.51"}, {"procedure_date": "2026-04-04"},
     {"comment": "x"}, {"supervised": "N"}],
)  # fmt: skip
def test_every_cell_is_in_the_digest(change):
    assert digest(procedures(A, B)) != digest(procedures({**A, **change}, B))


def test_a_repeated_row_is_in_the_digest():
    assert digest(procedures(A)) != digest(procedures(A, A))


def test_of_the_manifest_the_site_period_type_nil_return_and_count_are_in_it():
    frame = procedures(A)
    before = digest(frame)
    for name in ("submitting_site", "period_start", "period_end", "submission_type",
                 "nil_return", "hes_ire_count"):  # fmt: skip
        assert digest(frame, **{name: "other"}) != before
    assert digest(frame, extract_datetime="2026-07-01T00:00:00Z", reason="x") == before


def test_tables_without_rows_say_nothing_and_removed_records_do():
    empty = procedures(A).clear()
    none = canonical_digest(MANIFEST, {})
    assert canonical_digest(MANIFEST, {"procedure": empty}) == none
    removed = pl.DataFrame({"table": ["procedure"], "procedure_id": ["P1"], LINE: [2]})
    with_removed = canonical_digest(MANIFEST, {}, removed)
    assert with_removed != none
    assert with_removed == canonical_digest(
        MANIFEST, {}, removed.with_columns(pl.lit(9).alias(LINE))
    )


@pytest.mark.parametrize(
    ("sent", "text"),
    [("12.50", "12.5"), ("12", "12"), ("-0", "0"), ("0.0000001", "0"), ("0.000001", "0.000001"),
     ("100000000000000000000000", "99999999999999991611392"), ("0.30000000000000004", "0.3")],
)  # fmt: skip
def test_decimals_have_their_shortest_form(sent, text):
    frame = procedures({"patient_travel_km": sent})
    assert canonical_text(frame, PROCEDURE)["patient_travel_km"][0] == text


def test_canonical_text_is_one_form_for_each_type():
    row = canonical_text(procedures(A | B), PROCEDURE).row(0, named=True)
    assert (row["procedure_date"], row["supervised"], row["guidance"]) == (
        "2026-04-03", "Y", "CT;US")  # fmt: skip
    assert row["comment"] is None


def test_the_digest_of_a_row_is_its_own_and_has_the_frames_order():
    both = row_digest(procedures(A, B), PROCEDURE)
    assert both.to_list() == [
        *row_digest(procedures(A), PROCEDURE), *row_digest(procedures(B), PROCEDURE)]  # fmt: skip
    assert len(both[0]) == 64


def test_a_frame_typed_by_others_has_the_same_digest():
    frame = procedures(A)
    again = frame.with_columns(pl.lit(dt.date(2026, 4, 3)).alias("procedure_date"))
    assert digest(frame) == digest(again)


def test_rows_sorted_in_turns_have_the_digest_of_rows_sorted_at_once(monkeypatch):
    names = ["P1", "P10", "P1\t", "p", "é", "P2", *(f"Q{n}" for n in range(3_000))]
    rows = [{"procedure_id": name, "comment": f"{n % 7}"} for n, name in enumerate(names)]
    frame = procedures(*rows, *rows[:50])
    at_once = digest(frame)
    monkeypatch.setattr(canonical, "SORTED_ROWS", 1_000)
    assert digest(frame) == at_once


def test_rows_that_all_begin_alike_have_the_digest_of_rows_sorted_at_once(monkeypatch):
    frame = procedures(*({"procedure_id": "P1", "comment": f"{n % 90}"} for n in range(3_000)))
    at_once = digest(frame)
    monkeypatch.setattr(canonical, "SORTED_ROWS", 1_000)
    assert digest(frame) == at_once
