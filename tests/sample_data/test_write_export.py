"""One site quarter can be written in every format, and reads back as the same rows."""

from datetime import date

import pytest

from sample_data._calendar import Quarter
from sample_data._exports import quarter_export
from sample_data._registry import build_registry
from sample_data._write import lines, write_export
from tests.sample_data.reading import members, read_manifest, read_rows

PLACES = {"csv-zip": "a.zip", "folder": "a", "xlsx": "a.xlsx", "parquet": "b.zip"}


@pytest.fixture(scope="module")
def export():
    return quarter_export(build_registry(532)["ZZ302"], Quarter(2025, 2))


@pytest.mark.parametrize("format", PLACES)
def test_each_format_holds_the_same_rows(export, format, tmp_path):
    path = tmp_path / PLACES[format]
    write_export(export.text_rows, export.manifest, path, format)
    read = {}
    for row in read_rows(path):
        read.setdefault(row.table, []).append(row.cells)
    assert read == export.text_rows


@pytest.mark.parametrize("format", PLACES)
def test_each_format_says_the_same_of_the_submission(export, format, tmp_path):
    path = tmp_path / PLACES[format]
    write_export(export.text_rows, export.manifest, path, format)
    said = read_manifest(path)
    for field in ("submitting_site", "period_start", "period_end", "extract_datetime"):
        assert said[field] == export.manifest[field]
    assert said["nil_return"] == ("N" if format == "xlsx" else False)


@pytest.mark.parametrize("format", PLACES)
def test_writing_twice_gives_the_same_bytes(export, format, tmp_path):
    for name in ("one", "two"):
        path = tmp_path / name / PLACES[format]
        write_export(export.text_rows, export.manifest, path, format)
    one, two = (tmp_path / name / PLACES[format] for name in ("one", "two"))
    assert members(one) == members(two)
    assert one.is_dir() or one.read_bytes() == two.read_bytes()


def test_a_line_is_the_physical_one_in_csv_and_the_row_elsewhere():
    rows = [{"comment": ""}, {"comment": "two\nlines"}, {"comment": ""}]
    assert lines(rows, "csv-zip") == [2, 3, 5]
    assert lines(rows, "xlsx") == [2, 3, 4]
    assert lines(rows, "parquet") == [1, 2, 3]


def test_a_cut_table_is_shorter_than_its_manifest_says(export, tmp_path):
    path = tmp_path / "cut.zip"
    write_export(export.text_rows, export.manifest, path, "csv-zip", cut="pulse_delivery")
    said = {file["name"]: file["row_count"] for file in read_manifest(path)["files"]}
    sent = sum(row.table == "pulse_delivery" for row in read_rows(path))
    assert said["pulse_delivery.csv"] == sent + 3


def test_a_cell_that_parquet_cannot_hold_is_refused(export, tmp_path):
    row = export.text_rows["lesion"][0] | {"max_diameter_mm": "24,5"}
    with pytest.raises(ValueError, match="24,5"):
        write_export({"lesion": [row]}, export.manifest, tmp_path / "b.zip", "parquet")


@pytest.mark.parametrize(
    ("quarter", "label", "start", "end", "due"),
    [
        (Quarter(2024, 1), "2024-25-Q1", "2024-04-01", "2024-06-30", "2024-08-11"),
        (Quarter(2025, 4), "2025-26-Q4", "2026-01-01", "2026-03-31", "2026-05-12"),
        (Quarter(2026, 2), "2026-27-Q2", "2026-07-01", "2026-09-30", "2026-11-11"),
    ],
)
def test_quarters_are_those_of_the_financial_year(quarter, label, start, end, due):
    assert quarter.label == label
    days = (quarter.start, quarter.end, quarter.due)
    assert days == tuple(map(date.fromisoformat, (start, end, due)))
