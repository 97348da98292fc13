"""The 44 files that hospitals and attackers send, with the verdict that each must get.

`python -m tests.trials.bad_files OUT` writes them and a manifest.json of the verdicts.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    DEATH,
    GRADE,
    KEY,
    NOTES,
    NUMBER,
    SITE,
    good,
    row,
    sheet_xml,
    text,
    with_line_4,
    workbook,
)

SITE_COLUMN = "site_ods_code"
CLEAN = text(good())
CLEAN_BYTES = CLEAN.encode()
TABLE = "procedure"

Place = tuple[str, int | None, str | None]  # rule, line, column
Content = bytes | Callable[[], bytes]  # what takes seconds to make is made when it is sent


@dataclass(frozen=True)
class BadFile:
    """One file as it is sent, and what must be said of it."""

    name: str
    content: Content
    verdict: str  # ACCEPT, HOLD:n (n rows), REJECT:CODE
    places: frozenset[Place] = frozenset()  # of what holds or refuses it
    filename: str = "upload.csv"
    is_clean: bool = False  # its digest is that of the clean file
    says: str = ""  # words of a notice or a message
    cell: tuple[int, str, str] | None = None  # line, column and exact text of a kept cell
    secret: str = ""  # what no message may echo
    table: str | None = TABLE  # None: a whole export

    @property
    def sent(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content()


def accepted(name: str, content: Content | str, says: str = "", **more: object) -> BadFile:
    """A file that can be read in one way, and is."""
    return _file(name, content, "ACCEPT", (), says=says, **more)


def same(name: str, content: Content | str, says: str = "", **more: object) -> BadFile:
    """A file that says what the clean one says."""
    return _file(name, content, "ACCEPT", (), says=says, is_clean=True, **more)


def held(name: str, content: Content | str, *places: Place, **more: object) -> BadFile:
    """A file that waits for the site: each of its rows at fault counts once."""
    rows = len({line for _, line, _ in places})
    return _file(name, content, f"HOLD:{rows}", places, **more)


def rejected(
    name: str, content: Content | str, code: str, *places: Place, **more: object
) -> BadFile:
    """A file of which nothing is kept but its hash, its size and the code."""
    found = places or ((f"READ.{code}", None, None),)
    return _file(name, content, f"REJECT:{code}", found, **more)


def _file(
    name: str, content: Content | str, verdict: str, places: tuple[Place, ...], **more: object
) -> BadFile:
    data = content.encode() if isinstance(content, str) else content
    return BadFile(name, data, verdict, frozenset(places), **more)  # type: ignore[arg-type]


def at_line_4(name: str, column: str, sent: str, rule: str) -> BadFile:
    """The clean file but for one value, on line 4, that cannot be used."""
    return held(
        name, with_line_4(**{column: sent}), (rule, 4, column), secret=sent if len(sent) > 2 else ""
    )


def kind(column: str, name: str) -> str:
    """The id of a column's rule."""
    return f"{TABLE}.{column}.{name}"


def with_decimal_commas() -> str:
    at = COLUMNS.index(NUMBER)
    rows = [[v.replace(".", ",") if n == at else v for n, v in enumerate(r)] for r in good()]
    return text([[v.replace(";", "+") for v in r] for r in rows], delimiter=";", quote=str)


def without(column: str) -> str:
    at = COLUMNS.index(column)
    return text([r[:at] + r[at + 1 :] for r in good()], COLUMNS[:at] + COLUMNS[at + 1 :])


def footer(word: str = "TOTAL", count: str = "6") -> str:
    cells = {SITE_COLUMN: word, KEY: count}
    return ",".join(cells.get(name, "") for name in COLUMNS) + "\n"


def far_cell() -> bytes:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return workbook({"S": sheet_xml([COLUMNS, *good()], after=far)})


def laughs() -> bytes:
    entities = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    rows = [COLUMNS, row(1, comment="&b;"), *good()[1:]]
    return workbook({"S": sheet_xml(rows, before=entities)})


def _places(code: str, *lines: int) -> list[Place]:
    return [(f"READ.{code}", line, None) for line in lines]


def at_totals(line: int) -> list[Place]:
    """A totals line: no site's code, and without what a procedure cannot do without."""
    empty = ("patient_pseudo_id", DATE)
    needed = [(kind(column, "REQUIRED"), line, column) for column in empty]
    return [(kind(SITE_COLUMN, "PATTERN"), line, SITE_COLUMN), *needed]


FORMS = (
    same("01_utf8_bom", b"\xef\xbb\xbf" + CLEAN_BYTES, "byte order mark"),
    same("02_utf16le_bom", b"\xff\xfe" + CLEAN.encode("utf-16-le"), "UTF-16"),
    rejected("03_utf16le_nobom", CLEAN.encode("utf-16-le"), "ENCODING", says="CSV UTF-8"),
    accepted(
        "04_cp1252",
        with_line_4(comment="caf\u00e9 \u2013").encode("cp1252"),
        "Windows-1252",
        cell=(4, NOTES, "caf\u00e9 \u2013"),
    ),
    held(
        "05_invalid_byte",
        CLEAN_BYTES.replace(b"P00003", b"P000\xe93"),
        ("READ.CHARACTER", 4, KEY),
        secret="P000\u00e93",
    ),
    rejected(
        "06_nul_in_field",
        CLEAN_BYTES.replace(b"P00003", b"P000\x003"),
        "NUL",
        *_places("NUL", 4),
    ),
    rejected(
        "07_short_row", CLEAN + "P00007,A,ZZ101\n", "RAGGED", *_places("RAGGED", 8),
        says="line 8 has 3 fields; 36 expected",
    ),
    rejected(
        "08_long_row", CLEAN + ",".join(row(7)) + ",EXTRA,EXTRA\n", "RAGGED",
        *_places("RAGGED", 8), says="line 8 has 38 fields; 36 expected", secret="EXTRA",
    ),
    rejected(
        "09_unclosed_quote", with_line_4(comment='"x').replace('"""x"', '"x'), "QUOTING",
        *_places("QUOTING", 4),
    ),
    accepted(
        "10_stray_quote", with_line_4(comment="x").replace(",x\n", ',5" drain\n'),
        cell=(4, NOTES, '5" drain'),
    ),
    accepted(
        "11_quoted_newline", with_line_4(comment="line1\nline2"), cell=(4, NOTES, "line1\nline2")
    ),
    same("12_cr_only", text(good(), end="\r")),
    held(
        "13_semicolon_decimal_comma",
        with_decimal_commas(),
        *((kind(NUMBER, "NUMBER"), line, NUMBER) for line in range(2, 8)),
        *(("procedure.opcs4.PATTERN", line, "opcs4") for line in range(2, 8)),
        *(("procedure.guidance.CODE", line, "guidance") for line in range(2, 8)),
        says="semicolons",
    ),
    same("14_tab", text(good(), delimiter="\t"), "tabs"),
)  # fmt: skip

HEADERS = (
    rejected("15_header_only", text([]), "NO_ROWS"),
    rejected("16_empty", b"", "EMPTY"),
    same("17_blank_lines", CLEAN.replace("\n", "\n\n")),
    rejected(
        "18_duplicate_header", text(good(), [DATE if c == DEATH else c for c in COLUMNS]),
        "HEADER_DUPLICATE", ("READ.HEADER_DUPLICATE", 1, DATE), ("K02", 1, DEATH),
    ),
    same(
        "19_header_case_space",
        text(good(), [f" {c.upper().replace('_', ' ')} " for c in COLUMNS]),
        "without regard to case",
    ),
    rejected(
        "20_missing_column", without(GRADE), "HEADER_MISSING", ("K02", 1, GRADE), says=GRADE
    ),
    same("21_columns_reordered", text([r[::-1] for r in good()], COLUMNS[::-1])),
    rejected(
        "22_unknown_column", text([[*r, "Dr Canary"] for r in good()], [*COLUMNS, "consultant"]),
        "HEADER_UNKNOWN", ("K02", 1, "consultant"), secret="Canary",
    ),
    rejected(
        "23_preamble", "Report produced 01/07/2026\n\n" + CLEAN, "HEADER", *_places("HEADER", 1),
        secret="Report produced",
    ),
    held("24_footer_total", CLEAN + footer(), *at_totals(8), secret="TOTAL"),
    rejected(
        "25_no_header", "\n".join(map(",".join, good())) + "\n", "HEADER", *_places("HEADER", 1)
    ),
    rejected("26_header_pasted_twice", CLEAN + CLEAN, "HEADER_REPEATED",
             *_places("HEADER_REPEATED", 8)),
)  # fmt: skip

VALUES = (
    at_line_4("27_us_date", DATE, "04/13/2026", kind(DATE, "DATE_FORMAT")),
    accepted(
        "28_ambiguous_dates",
        text([row(i, **{DATE: f"0{i}/0{i + 1}/2026"}) for i in range(1, 7)]),
        "day first",
        cell=(2, DATE, "2026-02-01"),
    ),
    at_line_4("29_two_digit_year", DATE, "03/04/26", kind(DATE, "DATE_FORMAT")),
    at_line_4("30_impossible_date", DATE, "31/02/2026", kind(DATE, "DATE_IMPOSSIBLE")),
    at_line_4("31_future_date", DATE, "01/01/2099", kind(DATE, "DATE_FUTURE")),
    held(
        "32_death_before_procedure",
        with_line_4(**{DEATH: "01/01/2020"}),
        ("D01d", 4, DEATH),
        secret="2020",
    ),
    at_line_4("33_excel_serial_in_csv", DATE, "46115", kind(DATE, "DATE_FORMAT")),
    held(
        "34_inf_nan",
        text([*good()[:2], row(3, **{NUMBER: "inf"}), row(4, **{NUMBER: "NaN"}), *good()[4:]]),
        (kind(NUMBER, "NUMBER"), 4, NUMBER),
        (kind(NUMBER, "NUMBER"), 5, NUMBER),
    ),
    at_line_4("35_thousands", NUMBER, "1,234.5", kind(NUMBER, "NUMBER")),
    held(
        "36_sentinel_999",
        with_line_4(**{NUMBER: "999", GRADE: "9"}),
        (kind(NUMBER, "HARD"), 4, NUMBER),
        (kind(GRADE, "HARD"), 4, GRADE),
        secret="999",
    ),
    accepted("37_leading_zero_id", with_line_4(**{KEY: "0000123"}), cell=(4, KEY, "0000123")),
    rejected(
        "38_nhs_number_in_notes",
        with_line_4(comment="seen, 943 476 5919"),
        "IDENTIFIER",
        ("K08", 4, NOTES),
        secret="943 476",
    ),
)

ATTACKS = (
    accepted(
        "39_formula",
        with_line_4(comment='=HYPERLINK("http://x/","a")'),
        cell=(4, NOTES, '=HYPERLINK("http://x/","a")'),
    ),
    accepted(
        "40_markup",
        with_line_4(comment="<img src=x onerror=alert(1)>[a](javascript:alert(1))$x^2$"),
        cell=(4, NOTES, "<img src=x onerror=alert(1)>[a](javascript:alert(1))$x^2$"),
    ),
    held("41_duplicate_record", text([*good(), good()[2]]), ("K04a", 8, KEY)),
    rejected("42_gzip_as_csv", gzip.compress(CLEAN_BYTES), "TYPE"),
    rejected("43_xlsx_far_cell", far_cell(), "XLSX_SIZE", filename="upload.xlsx"),
    rejected("44_xlsx_billion_laughs", laughs(), "XLSX_XML", filename="upload.xlsx"),
)

BAD_FILES: tuple[BadFile, ...] = (*FORMS, *HEADERS, *VALUES, *ATTACKS)


def write(folder: Path, files: tuple[BadFile, ...] = BAD_FILES) -> None:
    """Write the files, the clean one, and what is expected of each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clean.csv").write_bytes(CLEAN_BYTES)
    expected = []
    for bad in files:
        name = f"{bad.name}{Path(bad.filename).suffix}"
        (folder / name).write_bytes(bad.sent)
        told = asdict(bad) | {"content": name, "places": sorted(map(list, bad.places), key=str)}
        expected.append(told)
    (folder / "manifest.json").write_text(json.dumps(expected, indent=1), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    print(f"{len(BAD_FILES)} files of site {SITE} in {sys.argv[1]}")
