"""The 44 files that hospitals and attackers send, each told apart with its line."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass

import pytest

from ingest.canonical import canonical_digest
from ingest.conform import conform
from ingest.read import ExportRefused, RawExport, read_content
from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    DEATH,
    GRADE,
    KEY,
    NOTES,
    NUMBER,
    PROCEDURE,
    good,
    row,
    sheet_xml,
    text,
    with_line_4,
    workbook,
)

CLEAN = text(good())
CLEAN_BYTES = CLEAN.encode()
MARK = "é –"


@dataclass(frozen=True)
class Read:
    """What a file gives after reading and typing."""

    export: RawExport
    values: dict[int, dict[str, object]]
    found: set[tuple[str, int, str]]
    notices: str
    digest: str


def read(content: bytes | str, name: str = "upload.csv") -> Read:
    data = content.encode() if isinstance(content, str) else content
    export = read_content(name, data, table="procedure")
    raw = export.tables["procedure"]
    typed, findings, said = conform(raw, PROCEDURE)
    assert raw.frame.height == export.records["procedure"]
    return Read(
        export,
        {r["source_line"]: r for r in typed.iter_rows(named=True)},
        {tuple(f) for f in findings.iter_rows()}
        | {(p.rule, p.line, p.column) for p in export.findings},
        " ".join([*export.notices, *said]),
        canonical_digest({}, {"procedure": typed}),
    )


def refusal(content: bytes | str, name: str = "upload.csv") -> ExportRefused:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(ExportRefused) as caught:
        read_content(name, data, table="procedure")
    shown = str(caught.value)
    assert not any(secret in shown for secret in ("P0000", "M1,", "0123456789ABCDEF", "/"))
    assert caught.value.places
    return caught.value


def lines(refused: ExportRefused) -> list[int | None]:
    return [place.line for place in refused.places]


CLEAN_DIGEST = read(CLEAN).digest


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        pytest.param(b"\xef\xbb\xbf" + CLEAN_BYTES, "byte order mark", id="01 UTF-8 BOM"),
        pytest.param(b"\xff\xfe" + CLEAN.encode("utf-16-le"), "UTF-16", id="02 UTF-16 LE BOM"),
        pytest.param(b"\xfe\xff" + CLEAN.encode("utf-16-be"), "UTF-16", id="02 UTF-16 BE BOM"),
        pytest.param(text(good(), end="\r"), "", id="12 CR only"),
        pytest.param(text(good(), end="\r\n"), "", id="12 CRLF"),
        pytest.param(text(good(), delimiter="\t"), "tabs", id="14 tabs"),
        pytest.param(text(good(), delimiter="|"), "vertical bars", id="14 bars"),
        pytest.param(CLEAN.replace("\n", "\n\n"), "", id="17 blank lines"),
        pytest.param(
            text(good(), [f" {c.upper().replace('_', ' ')} " for c in COLUMNS]),
            "without regard to case",
            id="19 header case and spaces",
        ),
        pytest.param(text([r[::-1] for r in good()], COLUMNS[::-1]), "", id="21 columns reversed"),
    ],
)
def test_harmless_forms_are_the_clean_file(content, notice):
    found = read(content)
    assert found.digest == CLEAN_DIGEST
    assert found.export.records == {"procedure": 6}
    assert found.found == set()
    assert notice in found.notices


@pytest.mark.parametrize(
    ("content", "code", "at"),
    [
        pytest.param(CLEAN.encode("utf-16-le"), "ENCODING", [None], id="03 UTF-16 no BOM"),
        pytest.param(
            CLEAN_BYTES.replace(b"P00003", b"P000\x003"), "NUL", [4], id="06 NUL in a field"
        ),
        pytest.param(CLEAN + "P00007,A,ZZ101\n", "RAGGED", [8], id="07 short row"),
        pytest.param(CLEAN + ",".join(row(7)) + ",X,X\n", "RAGGED", [8], id="08 long row"),
        pytest.param(
            with_line_4(comment='"x').replace('"""x"', '"x'), "QUOTING", [4], id="09 open quote"
        ),
        pytest.param(text([]), "NO_ROWS", [None], id="15 header only"),
        pytest.param(b"", "EMPTY", [None], id="16 empty"),
        pytest.param("\n \n", "EMPTY", [None], id="16 white space only"),
        pytest.param(
            text(good(), [DATE if c == DEATH else c for c in COLUMNS]),
            "HEADER_DUPLICATE",
            [1, 1],
            id="18 duplicate header",
        ),
        pytest.param(
            text([[*r, "x"] for r in good()], [*COLUMNS, "consultant"]),
            "HEADER_UNKNOWN",
            [1],
            id="22 unknown column",
        ),
        pytest.param("Report produced 01/07/2026\n\n" + CLEAN, "HEADER", [1], id="23 preamble"),
        pytest.param(
            "\n".join(",".join(r) for r in good()) + "\n", "HEADER", [1], id="25 no header"
        ),
        pytest.param(CLEAN + CLEAN, "HEADER_REPEATED", [8], id="26 pasted twice"),
        pytest.param(
            with_line_4(comment="seen, 943 476 5919"), "IDENTIFIER", [4], id="38 NHS number"
        ),
        pytest.param(gzip.compress(CLEAN_BYTES), "TYPE", [None], id="42 gzip as CSV"),
    ],
)
def test_unreadable_files_are_refused_with_their_line(content, code, at):
    refused = refusal(content)
    assert refused.verdict == f"REJECT:{code}"
    assert lines(refused) == at


def test_02_an_odd_utf16_file_is_refused():
    assert refusal(b"\xff\xfe" + CLEAN.encode("utf-16-le")[:-1]).code == "ENCODING"


def test_03_says_what_to_save_as():
    assert "CSV UTF-8" in refusal(CLEAN.encode("utf-16-le")).detail


def test_04_windows_1252_in_free_text_is_read_exactly():
    found = read(with_line_4(comment=MARK).encode("cp1252"))
    assert found.values[4][NOTES] == MARK
    assert found.found == set()
    assert "Windows-1252" in found.notices


def test_05_a_byte_that_is_no_ascii_in_an_id_is_a_finding_on_its_row():
    found = read(CLEAN_BYTES.replace(b"P00003", b"P000\xe93"))
    assert found.found == {("READ.CHARACTER", 4, KEY)}


def test_05_a_utf8_file_with_a_damaged_character_is_refused():
    content = with_line_4(comment="é").encode() + b"\xe9"
    assert (refusal(content).code, lines(refusal(content))) == ("ENCODING", [4])


def test_07_and_08_say_how_many_fields_there_are():
    assert "line 8 has 3 fields; 36 expected" in refusal(CLEAN + "P00007,A,ZZ101\n").detail


def test_10_a_stray_quote_is_text():
    sent = with_line_4(comment="x").replace(",x\n", ',5" drain\n')
    found = read(sent)
    assert found.values[4][NOTES] == '5" drain'
    assert len(found.values) == 6


def test_11_a_quoted_newline_is_one_record_and_lines_stay_physical():
    found = read(with_line_4(comment="line1\nline2"))
    assert found.values[4][NOTES] == "line1\nline2"
    assert list(found.values) == [2, 3, 4, 6, 7, 8]


def test_13_a_decimal_comma_is_a_finding_in_each_row():
    sent = [[v.replace(".", ",") if c == NUMBER else v for c, v in zip(COLUMNS, r, strict=True)]
            for r in good()]  # fmt: skip
    found = read(text([[v.replace(";", "+") for v in r] for r in sent], delimiter=";", quote=str))
    numbers = {(f"procedure.{NUMBER}.NUMBER", line, NUMBER) for line in range(2, 8)}
    assert numbers == found.found
    assert "semicolons" in found.notices


def test_18_20_and_22_name_the_column():
    at = COLUMNS.index(GRADE)
    short = text([r[:at] + r[at + 1 :] for r in good()], COLUMNS[:at] + COLUMNS[at + 1 :])
    missing = refusal(short)
    assert (missing.code, missing.rule, missing.places[0].column) == (
        "HEADER_MISSING", "K02", GRADE)  # fmt: skip
    assert GRADE in missing.detail
    doubled = refusal(text(good(), [DATE if c == DEATH else c for c in COLUMNS]))
    assert doubled.places[0].column == DATE
    unknown = refusal(text([[*r, "x"] for r in good()], [*COLUMNS, "consultant"]))
    assert "consultant" in unknown.detail


def test_24_a_footer_is_a_row_whose_site_is_no_site():
    footer = ["TOTAL" if c == "site_ods_code" else "" for c in COLUMNS]
    found = read(CLEAN + ",".join(footer) + "\n")
    assert found.values[8]["site_ods_code"] == "TOTAL"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        pytest.param("04/13/2026", "DATE_FORMAT", id="27 month first"),
        pytest.param("03/04/26", "DATE_FORMAT", id="29 two-digit year"),
        pytest.param("31/02/2026", "DATE_IMPOSSIBLE", id="30 impossible"),
        pytest.param("46115", "DATE_FORMAT", id="33 Excel serial"),
        pytest.param("2026-02-30", "DATE_IMPOSSIBLE", id="30 impossible ISO"),
        pytest.param("1900-01-01", "DATE_IMPOSSIBLE", id="sentinel 1900"),
        pytest.param("31/12/9999", "DATE_IMPOSSIBLE", id="sentinel 9999"),
        pytest.param("2026-04-03 10:00:00", "DATE_FORMAT", id="a date takes no time"),
        pytest.param("3/4/2026", "DATE_FORMAT", id="one digit"),
        pytest.param("２０２６-04-03", "DATE_FORMAT", id="full-width digits"),
    ],
)
def test_a_date_that_is_not_one_is_held_and_no_other_changes(sent, kind):
    found = read(with_line_4(**{DATE: sent}))
    assert found.found == {(f"procedure.{DATE}.{kind}", 4, DATE)}
    assert found.values[4][DATE] is None
    assert str(found.values[2][DATE]) == "2026-04-02"


def test_28_ambiguous_dates_are_read_day_first():
    rows = [row(i, **{DATE: f"0{i}/0{i + 1}/2026"}) for i in range(1, 7)]
    found = read(text(rows))
    assert str(found.values[2][DATE]) == "2026-02-01"
    assert found.found == set()
    assert "day first" in found.notices


@pytest.mark.parametrize("sent", ["inf", "NaN", "1,234.5", "1e3", "+5", "٣", "1_0", ".5", "-"])
def test_34_35_a_number_that_is_not_one_is_held(sent):
    found = read(with_line_4(**{NUMBER: sent}))
    assert found.found == {(f"procedure.{NUMBER}.NUMBER", 4, NUMBER)}


def test_31_32_36_are_read_as_sent_for_the_rules_to_judge():
    found = read(with_line_4(**{NUMBER: "999", GRADE: "9", DATE: "01/01/2099"}))
    assert (found.values[4][NUMBER], found.values[4][GRADE]) == (999.0, 9)
    assert str(found.values[4][DATE]) == "2099-01-01"
    early = read(with_line_4(**{DEATH: "01/01/2020"}))
    assert str(early.values[4][DEATH]) == "2020-01-01"


def test_37_zeros_of_an_id_are_kept():
    assert read(with_line_4(**{KEY: "0000123"})).values[4][KEY] == "0000123"


@pytest.mark.parametrize(
    "sent",
    [
        '=HYPERLINK("http://x/","a")',
        "<img src=x onerror=alert(1)>[a](javascript:alert(1))$x^2$",
        "  kept as typed  ",
    ],
)
def test_39_40_free_text_is_kept_verbatim(sent):
    assert read(with_line_4(comment=sent)).values[4][NOTES] == sent


def test_41_a_repeated_record_is_two_records():
    found = read(text([*good(), good()[2]]))
    assert found.export.records == {"procedure": 7}
    assert found.values[8][KEY] == found.values[4][KEY]


def test_43_a_far_cell_is_refused_before_any_reader_builds_the_sheet():
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    alive = os.getpid()
    refused = refusal(workbook({"S": sheet_xml([COLUMNS, *good()], after=far)}), "upload.xlsx")
    assert refused.verdict == "REJECT:XLSX_SIZE"
    assert os.getpid() == alive


def test_44_entities_in_a_workbook_are_refused():
    laughs = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    rows = [COLUMNS, row(1, comment="&b;"), *good()[1:]]
    refused = refusal(workbook({"S": sheet_xml(rows, before=laughs)}), "upload.xlsx")
    assert refused.verdict == "REJECT:XLSX_XML"
