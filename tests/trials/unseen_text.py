"""Bad and harmless files of other kinds: encodings, line ends, delimiters, wrong content.

The verdicts were written down before the files were tried.
"""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib

from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    KEY,
    NOTES,
    NUMBER,
    good,
    row,
    sheet_xml,
    text,
    with_line_4,
    workbook,
    zipped,
)
from tests.trials.bad_files import (
    CLEAN,
    CLEAN_BYTES,
    BadFile,
    Place,
    accepted,
    held,
    kind,
    rejected,
    same,
)

BOM = "\ufeff"
ALL_LINES = range(2, 8)


def quoting(delimiter: str):
    """A cell quoted where this delimiter, a quotation mark or a line end stands in it."""
    special = {delimiter, '"', "\r", "\n"}
    return lambda v: '"' + v.replace('"', '""') + '"' if set(v) & special else v


def separated(delimiter: str, end: str = "\n", **changed: str) -> str:
    rows = [*good()[:2], row(3, **changed), *good()[3:]]
    return text(rows, delimiter=delimiter, end=end, quote=quoting(delimiter))


def at(code: str, *lines: int) -> list[Place]:
    return [(f"READ.{code}", line, None) for line in lines]


def invisible(name: str, sign: str) -> BadFile:
    """An id with a sign that nobody sees."""
    key = f"P00{sign}003"
    return held(name, with_line_4(**{KEY: key}), ("READ.CHARACTER", 4, KEY), secret=key)


def kept(name: str, comment: str, says: str = "", encoding: str = "utf-8") -> BadFile:
    """A comment that is kept exactly as it was typed."""
    sent = with_line_4(comment=comment).encode(encoding)
    return accepted(name, sent, says, cell=(4, NOTES, comment))


def in_1252(name: str, byte: bytes) -> BadFile:
    """A byte of the comment that Windows-1252 does not define."""
    sent = with_line_4(comment="x#y").encode().replace(b"#", byte)
    return rejected(name, sent, "ENCODING", *at("ENCODING", 4), says="line 4")


def typed(name: str, content: bytes | str, filename: str = "upload.csv") -> BadFile:
    return rejected(name, content, "TYPE", filename=filename)


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("procedure.csv")
        info.size = len(CLEAN_BYTES)
        archive.addfile(info, io.BytesIO(CLEAN_BYTES))
    return buffer.getvalue()


def after(comment: str, end: str = "\n") -> str:
    """A comment on line 4, then a record whose date cannot be read."""
    rows = [*good()[:2], row(3, comment=comment), row(4, **{DATE: "04/13/2026"}), *good()[4:]]
    return text(rows, end=end)


def late(name: str, content: bytes | str, line: int) -> BadFile:
    """The only finding is that date, on this physical line."""
    return held(name, content, (kind(DATE, "DATE_FORMAT"), line, DATE), secret="04/13")


ENCODINGS = (
    same("utf16be_bom", (BOM + CLEAN).encode("utf-16-be"), "UTF-16"),
    rejected("utf16be_no_bom", CLEAN.encode("utf-16-be"), "ENCODING", says="CSV UTF-8"),
    rejected("utf32le_bom", (BOM + CLEAN).encode("utf-32-le"), "ENCODING"),
    rejected("utf32be_bom", (BOM + CLEAN).encode("utf-32-be"), "ENCODING"),
    rejected("utf16_odd_length", (BOM + CLEAN).encode("utf-16-le")[:-1], "ENCODING"),
    rejected(
        "utf16_lone_surrogate",
        (BOM + with_line_4(comment="\ud83d")).encode("utf-16-le", "surrogatepass"),
        "ENCODING",
    ),
    accepted(
        "utf16_astral_comment",
        (BOM + with_line_4(comment="\U0001f642")).encode("utf-16-le"),
        cell=(4, NOTES, "\U0001f642"),
    ),
    rejected("utf16_bom_on_utf8", b"\xff\xfe" + CLEAN_BYTES.ljust(5000), "HEADER",
             *at("HEADER", 1)),
    rejected("utf16_bom_only", b"\xff\xfe", "EMPTY"),
    rejected("utf8_bom_only", b"\xef\xbb\xbf", "EMPTY"),
    rejected("spaces_only", " \t \n  ", "EMPTY"),
    rejected("line_ends_only", "\r\n\r\n\r\n", "EMPTY"),
    same("utf8_bom_twice", (BOM + BOM + CLEAN).encode()),
    same("utf8_bom_quoted_header", BOM + text(good(), [f'"{c}"' for c in COLUMNS])),
    invisible("bom_within_an_id", BOM),
    invisible("zero_width_space_in_an_id", "\u200b"),
    invisible("soft_hyphen_in_an_id", "\u00ad"),
    invisible("right_to_left_in_an_id", "\u202e"),
    invisible("word_joiner_in_an_id", "\u2060"),
    invisible("bell_in_an_id", "\x07"),
    invisible("delete_in_an_id", "\x7f"),
    invisible("c1_control_in_an_id", "\x85"),
    invisible("replacement_character_in_an_id", "\ufffd"),
    kept("right_to_left_comment", "\u202eabc\u202c"),
    kept("bell_in_comment", "a\x07b"),
    kept("emoji_comment", "well \U0001f642"),
    kept("decomposed_comment", "cafe\u0301"),
    kept("cp1252_quotes", "\u201cseen\u201d", "Windows-1252", "cp1252"),
    kept("cp1252_euro", "\u20ac5", "Windows-1252", "cp1252"),
    kept("cp1252_lead_byte_alone", "x\u00c3 y", "Windows-1252", "cp1252"),
    in_1252("cp1252_81", b"\x81"),
    in_1252("cp1252_8d_mac", b"\x8d"),
    in_1252("cp1252_9d", b"\x9d"),
    in_1252("surrogate_in_utf8", b"\xed\xa0\x80"),
    in_1252("utf8_cut_within_a_sequence", b"\xe2\x82 "),
    rejected("utf8_bom_then_cp1252", BOM.encode() + with_line_4(comment="\u00e9").encode("cp1252"),
             "ENCODING", *at("ENCODING", 4)),
    held("cp1252_in_a_code", with_line_4(approach="OPEN\u00e9").encode("cp1252"),
         ("READ.CHARACTER", 4, "approach"), (kind("approach", "CODE"), 4, "approach")),
    rejected("cp1252_in_the_header", CLEAN.replace("comment\n", "comment\u00e9\n").encode("cp1252"),
             "HEADER_UNKNOWN", ("K02", 1, "column 36")),
    rejected("ebcdic", CLEAN.encode("cp500"), "ENCODING", *at("ENCODING", 1)),
    rejected("nul_only", bytes(64), "NUL", *at("NUL", 1)),
    rejected("nul_padding", CLEAN_BYTES + bytes(512), "NUL", *at("NUL", 8)),
    rejected("nul_in_the_header", b"\0" + CLEAN_BYTES, "NUL", *at("NUL", 1)),
    rejected("utf16_rows_appended", CLEAN_BYTES + (",".join(row(7)) + "\n").encode("utf-16-le"),
             "NUL", *at("NUL", 8, 9)),
    rejected("record_separator", with_line_4(comment="a\x1eb"), "ENCODING", *at("ENCODING", 4)),
    same("no_break_spaces_around_values",
         CLEAN.replace("PERCUTANEOUS", "\u00a0PERCUTANEOUS\u00a0")),
)  # fmt: skip

CONTENT = (
    typed("html", "<!DOCTYPE html><html><table></table></html>"),
    typed("html_after_a_mark", BOM + " <html></html>"),
    typed("xml_spreadsheet_2003", '<?xml version="1.0"?><Workbook/>'),
    typed("json", '[{"procedure_id": "P1"}]'),
    typed("rich_text", "{\\rtf1 procedure_id}"),
    typed("pdf", b"%PDF-1.7\n"),
    typed("png", b"\x89PNG\r\n\x1a\n" + bytes(20)),
    typed("zip_named_csv", zipped({"procedure.csv": CLEAN_BYTES})),
    typed("xlsx_named_csv", workbook({"S": sheet_xml([COLUMNS, *good()])})),
    typed("xls_named_csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    typed("parquet_named_csv", b"PAR1" + bytes(20) + b"PAR1"),
    typed("arrow_named_csv", b"ARROW1\0\0" + bytes(64)),
    typed("bzip2_named_csv", bz2.compress(CLEAN_BYTES)),
    typed("xz_named_csv", lzma.compress(CLEAN_BYTES)),
    typed("zstandard_named_csv", b"\x28\xb5\x2f\xfd" + bytes(20)),
    typed("7z_named_csv", b"7z\xbc\xaf\x27\x1c" + bytes(20)),
    typed("zlib_named_csv", zlib.compress(CLEAN_BYTES)),
    typed("tar_named_csv", tar()),
    typed("sqlite_named_csv", b"SQLite format 3\0" + bytes(80)),
    typed("program_named_csv", b"\x7fELF" + bytes(80)),
    typed("csv_named_txt", CLEAN, "upload.txt"),
    typed("csv_named_tsv", CLEAN, "upload.tsv"),
    typed("csv_named_xls", CLEAN, "upload.xls"),
    typed("csv_named_xlsx", CLEAN, "upload.xlsx"),
    typed("csv_named_parquet", CLEAN, "upload.parquet"),
    typed("csv_without_ending", CLEAN, "upload"),
    typed("csv_named_csv_gz", CLEAN, "upload.csv.gz"),
    same("csv_in_capitals", CLEAN, filename="UPLOAD.CSV"),
    rejected("sylk", "ID;PWXL;N;E\nC;Y1;X1;K\n", "HEADER", *at("HEADER", 1)),
)

LINE_ENDS = (
    same("crlf", text(good(), end="\r\n")),
    same("line_ends_mixed", CLEAN.replace("\n", "\r\n", 2).replace("\n", "\r", 1)),
    same("cr_cr_lf", text(good(), end="\r\r\n")),
    same("lf_cr", text(good(), end="\n\r")),
    same("no_line_end_at_the_end", CLEAN.rstrip("\n")),
    same("blank_lines_at_the_end", CLEAN + "\n" * 50),
    same("blank_lines_before_the_header", "\n\n \n" + CLEAN),
    same("form_feed_at_the_end", CLEAN + "\x0c"),
    rejected("ctrl_z_at_the_end", CLEAN + "\x1a", "RAGGED", *at("RAGGED", 8)),
    accepted("cr_within_quotes", with_line_4(comment="a\rb"), cell=(4, NOTES, "a\nb")),
    accepted("crlf_within_quotes", text([*good()[:2], row(3, comment="a\r\nb")], end="\r\n"),
             cell=(4, NOTES, "a\nb")),
    late("line_after_three_lines_of_text", after("a\nb\nc"), 7),
    late("line_after_crlf_in_text", after("a\r\nb", "\r\n"), 6),
    late("line_after_cr_in_text", after("a\rb", "\r"), 6),
    late("line_after_a_line_separator", after("a\u2028b"), 5),
    late("line_after_a_next_line_sign", after("a\u0085b"), 5),
    late("line_after_a_vertical_tab", after("a\x0bb\x0cc"), 5),
    late("line_after_blank_lines", after("a").replace("\n", "\n\n"), 9),
    late("line_after_a_mark_in_utf16", (BOM + after("a\nb")).encode("utf-16-be"), 6),
    late("line_after_blank_lines_above_the_header", "\n\n\n" + after("a"), 8),
    late("line_after_a_header_of_two_lines",
         after("a").replace("procedure_id", '"procedure\n_id"', 1), 6),
)  # fmt: skip

DELIMITERS = (
    same("bars", separated("|"), "vertical bars"),
    same("semicolons_mark_crlf", (BOM + separated(";", "\r\n")).encode(), "semicolons"),
    same("tabs_mark_crlf", (BOM + separated("\t", "\r\n")).encode(), "tabs"),
    same("tabs_utf16_as_excel_saves_unicode_text",
         (BOM + separated("\t", "\r\n")).encode("utf-16-le"), "tabs"),
    held("one_decimal_comma", separated(";", **{NUMBER: "13,5"}),
         (kind(NUMBER, "NUMBER"), 4, NUMBER), says="semicolons", secret="13,5"),
    accepted("commas_in_text_between_semicolons", separated(";", comment="a, b, c"),
             cell=(4, NOTES, "a, b, c")),
    rejected("colons", separated(":"), "HEADER", *at("HEADER", 1)),
    rejected("carets", separated("^"), "HEADER", *at("HEADER", 1)),
    rejected("spaces", separated(" "), "HEADER", *at("HEADER", 1)),
    rejected("unit_separators", separated("\x1f"), "ENCODING", *at("ENCODING", *range(1, 8))),
    rejected("header_commas_rows_semicolons",
             ",".join(COLUMNS) + "\n" + separated(";").split("\n", 1)[1],
             "RAGGED", *at("RAGGED", *ALL_LINES)),
    rejected("whole_lines_quoted",
             "\n".join('"' + line.replace('"', '""') + '"' for line in CLEAN.splitlines()) + "\n",
             "HEADER", *at("HEADER", 1)),
    same("delimiter_after_each_line", CLEAN.replace("\n", ",\n"), "without a name"),
    same("two_delimiters_after_each_line", CLEAN.replace("\n", ",,\n"), "without a name"),
    rejected("delimiter_after_each_row", CLEAN.replace("ok\n", "ok,\n"), "RAGGED",
             *at("RAGGED", *ALL_LINES)),
    rejected("delimiter_after_the_header", CLEAN.replace("\n", ",\n", 1), "RAGGED",
             *at("RAGGED", *ALL_LINES)),
    rejected("delimiter_after_one_row", CLEAN.replace("ok\n", "ok,\n", 1), "RAGGED",
             *at("RAGGED", 2)),
    same("rows_of_delimiters", CLEAN + ("," * (len(COLUMNS) - 1) + "\n") * 3, "without any value"),
    same("rows_of_spaces_and_delimiters", CLEAN + " , " * (len(COLUMNS) - 1) + "\n",
         "without any value"),
    same("space_after_delimiters",
         text([[r[-1], *r[:-1]] for r in good()], [COLUMNS[-1], *COLUMNS[:-1]], ", ")),
)  # fmt: skip

UNSEEN_TEXT: tuple[BadFile, ...] = (*ENCODINGS, *CONTENT, *LINE_ENDS, *DELIMITERS)
