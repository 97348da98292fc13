"""Whatever arrives is read as the one thing it can be, or refused; it never fails."""

from __future__ import annotations

import io
import zipfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.canonical import canonical_digest
from ingest.conform import conform
from ingest.nhs_numbers import holds_nhs_number, is_nhs_number
from ingest.read import ExportRefused, RawExport, read_content
from tests.ingest.reading_files import (
    COLUMNS,
    KEY,
    NOTES,
    PROCEDURE,
    good,
    members,
    row,
    text,
    zipped,
)

CLEAN = text(good()).encode()
EXPORT = zipped(members({"procedure.csv": CLEAN}, {"procedure.csv": 6}), zipfile.ZIP_STORED)
SLOW = [HealthCheck.too_slow]  # a busy machine is no fault of the code
FEW = settings(max_examples=60, deadline=None, suppress_health_check=SLOW)


def digest_of(content: bytes) -> str:
    raw = read_content("p.csv", content, table="procedure").tables["procedure"]
    typed, findings, _ = conform(raw, PROCEDURE)
    assert findings.height == 0
    return canonical_digest({}, {"procedure": typed})


def attempted(name: str, content: bytes, table: str | None) -> RawExport | ExportRefused:
    """What reading gives or how it refuses; anything else that it raises is a bug."""
    try:
        return read_content(name, content, table=table)
    except ExportRefused as refused:
        return refused


def always_quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def in_odd_case(name: str) -> str:
    return name.title().replace("_", "-") + " "


@FEW
@given(
    order=st.permutations(range(6)),
    columns=st.permutations(COLUMNS),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n \r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    header=st.sampled_from([str, str.upper, in_odd_case]),
    padding=st.sampled_from(["", " "]),
)
def test_harmless_variations_have_one_digest(
    order, columns, delimiter, end, encoding, header, padding
):
    rows = [good()[n] for n in order]
    cells = [[r[COLUMNS.index(name)] + padding for name in columns] for r in rows]
    at = columns.index(NOTES)
    for line in cells:
        line[at] = line[at].strip()
    sent = text(cells, [header(name) for name in columns], delimiter, end, always_quoted)
    assert digest_of(sent.encode(encoding)) == digest_of(CLEAN)


@FEW
@given(
    cell=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x1c\x1d\x1e\x1f"),
        max_size=30,
    )
)
def test_free_text_comes_back_as_it_was_typed(cell):
    sent = text([row(1), row(2, comment=cell)], quote=always_quoted).encode()
    export = attempted("p.csv", sent, "procedure")
    if isinstance(export, ExportRefused):
        assert export.code == "IDENTIFIER"
        return
    frame = export.tables["procedure"].frame
    plain = cell.replace("\r\n", "\n").replace("\r", "\n")
    assert frame[NOTES][1] == (plain if plain.strip() else None)
    assert frame[KEY].to_list() == ["P00001", "P00002"]


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_flipped_cut_and_spliced_files_are_read_or_refused(data):
    source = bytearray(data.draw(st.sampled_from([CLEAN, EXPORT, b"\xff\xfe" + CLEAN[:99]])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "splice"])):
            case "flip":
                source[at] ^= data.draw(st.integers(1, 255))
            case "cut":
                del source[at : at + data.draw(st.integers(1, 60))]
            case _:
                source[at:at] = data.draw(st.binary(max_size=20))
        if not source:
            break
    for name, table in (("p.csv", "procedure"), ("p.zip", None)):
        export = attempted(name, bytes(source), table)
        if isinstance(export, ExportRefused):
            assert export.detail
            assert export.places
            continue
        raw = export.tables["procedure"]
        assert raw.frame.height == export.records["procedure"]
        conform(raw, PROCEDURE)


@FEW
@given(digits=st.integers(0, 999_999_999), gap=st.sampled_from(["", " ", "-"]))
def test_nhs_numbers_are_found_where_they_are_bounded(digits, gap):
    first = f"{digits:09d}"
    check = next((n for n in range(10) if is_nhs_number(f"{first}{n}")), None)
    if check is None:
        return
    number = f"{first}{check}"
    shown = gap.join([number[:3], number[3:6], number[6:]])
    assert holds_nhs_number(f"seen {shown}, well")
    assert not holds_nhs_number(f"A{shown}")
    assert not holds_nhs_number(f"{shown}7")


def test_known_numbers_pass_and_equal_digits_do_not():
    assert holds_nhs_number("943 476 5919")
    assert holds_nhs_number("NHS:943-476-5919.")
    assert not holds_nhs_number("9434765918")
    assert not holds_nhs_number("0000000000 1111111111")


def test_ids_that_look_like_nhs_numbers_are_refused_only_where_most_do():
    numbers = [f"90000000{n:02d}" for n in range(100)]
    passing = [n for n in numbers if is_nhs_number(n)]
    failing = [n for n in numbers if not is_nhs_number(n)]
    few = text([row(n, procedure_id=key) for n, key in enumerate([passing[0], *failing[:9]])])
    export = read_content("p.csv", few.encode(), table="procedure")
    assert [(p.rule, p.line, p.column) for p in export.findings] == [("K08b", 2, KEY)]
    most = text([row(n, procedure_id=key) for n, key in enumerate([*passing[:3], failing[0]])])
    refused = attempted("p.csv", most.encode(), "procedure")
    assert isinstance(refused, ExportRefused)
    assert {p.line for p in refused.places} == {2, 3, 4}


def test_zip_of_stored_files_is_read():
    assert read_content("p.zip", EXPORT).records == {"procedure": 6}
    with zipfile.ZipFile(io.BytesIO(EXPORT)) as archive:
        assert archive.namelist() == ["manifest.json", "procedure.csv"]
