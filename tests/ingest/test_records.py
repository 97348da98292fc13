"""The scan of a CSV text finds what csv.reader finds, wherever its parts are cut."""

import csv
import io

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import records as scanning
from ingest.delimited import read_records
from ingest.reading import LINE, ExportRefused, Source
from ingest.records import BLANK, OpenQuote, records

MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Marks, delimiters and line ends far more often than in life, and characters of 1 to 4 bytes.
WILD = st.text(st.sampled_from('""",,\n\n a;é\x85\xa0€🙂'), max_size=60)
CELLS = st.text(st.sampled_from('",\n aé€🙂'), max_size=5)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def by_csv(text, delimiter=","):
    """(line, cells) of each record, and the line of the record that does not end, if any."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    found, line = [], 1
    try:
        for cells in reader:
            found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        return found, line
    return found, None


def scanned(text, part, delimiter=","):
    """(line, fields, is blank, lengths or cells) of each record, as the scan gives them."""
    found = []
    for one in records(text.encode(), delimiter, part):
        told = zip(one.lines.tolist(), one.fields.tolist(), one.is_blank.tolist(), strict=True)
        at = 0
        for n, (line, fields, is_blank) in enumerate(told):
            if one.lengths is None:
                sizes = [len(cell.encode()) for cell in one.cells[n]]
            else:
                sizes = one.lengths[at : at + fields].tolist()
                at += fields
            found.append((line, fields, is_blank, sizes))
    return found


def expected(found):
    told = []
    for line, cells in found:
        # To the scan an empty line is one empty field, to csv.reader none.
        sizes = [len(cell.encode()) for cell in cells]
        told.append((line, len(cells), not "".join(cells).strip(BLANK), sizes))
    return told


def without_empty(told):
    return [one for one in told if not (one[2] and sum(one[3]) == 0)]


@MANY
@given(text=WILD, part=st.integers(1, 70), delimiter=st.sampled_from(",; "))
def test_any_text_is_cut_where_csv_reader_cuts_it(text, part, delimiter):
    found, open_at = by_csv(text, delimiter)
    if open_at is not None:
        with pytest.raises(OpenQuote) as caught:
            scanned(text, part, delimiter)
        assert caught.value.line == open_at
        return
    told = scanned(text, part, delimiter)
    assert without_empty(told) == without_empty(expected(found))
    assert sum(one[2] for one in told) == sum(one[2] for one in expected(found))


@MANY
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    end=ENDS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    is_ended=st.booleans(),
    part=st.integers(1, 90),
)
def test_well_formed_text_needs_no_csv_reader(rows, end, quoting, is_ended, part):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting, lineterminator=end).writerows(rows)
    text = written.getvalue().replace("\r\n", "\n").replace("\r", "\n")
    text = text if is_ended else text.removesuffix("\n")
    parts = list(records(text.encode(), ",", part))
    assert all(one.lengths is not None for one in parts)
    assert without_empty(scanned(text, part)) == without_empty(expected(by_csv(text)[0]))
    assert "".join(text.encode()[one.start : one.end].decode() for one in parts) == text
    assert sum(one.n_lines for one in parts) == text.count("\n")


def read_in_parts(content, part):
    """The cells, or the code of the refusal."""
    before, scanning.PART = scanning.PART, part
    try:
        return read_records(content, ",", Source("p.csv", "procedure"))
    except ExportRefused as refused:
        return refused.code
    finally:
        scanning.PART = before


@MANY
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12),
    blank=st.lists(st.integers(0, 12), max_size=3),
    stray=st.lists(st.integers(0, 12), max_size=2),
    end=ENDS,
    part=st.integers(1, 200),
)
def test_values_come_back_as_csv_reader_reads_them(rows, blank, stray, end, part):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    lines = ["a,b,c", *written.getvalue().splitlines()]
    for at in stray:
        if at < len(lines) and at and '"' not in "".join(lines):
            lines[at] = lines[at].replace("a", '5" a', 1)
    for at in blank:
        if at < len(lines) and '"' not in "".join(lines):
            lines.insert(at + 1, " ")
    text = "\n".join(lines) + "\n"
    found, open_at = by_csv(text)
    body = [(line, cells) for line, cells in found if "".join(cells).strip(BLANK)][1:]
    assert open_at is None
    cells = read_in_parts(text.replace("\n", end).encode(), part)
    if any(len(row) != 3 for _, row in body):
        assert cells == "RAGGED"
        return
    frame = cells.frame.cast({str(n): pl.String for n in range(3)})
    got = [(line, list(row)) for *row, line in frame.select("0", "1", "2", LINE).iter_rows()]
    assert got == body
    assert cells.records == len(body)


def test_a_stray_mark_is_left_to_csv_reader_for_its_own_part_only():
    good = "a,b\n1,2\n" * 50
    text = good + 'x,5" drain\n' + good
    parts = list(records(text.encode(), ",", 60))
    assert sum(one.lengths is None for one in parts) == 1
    assert sum(len(one.lines) for one in parts) == 201


def test_a_record_longer_than_a_part_is_read_whole():
    text = "a,b\n" + "x" * 500 + ",y\n1,2\n"
    assert [one[1:] for one in scanned(text, 10)][1] == (2, False, [500, 1])
