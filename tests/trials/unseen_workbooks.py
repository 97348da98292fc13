"""Bad and harmless workbooks: what a spreadsheet program, or somebody else, can write.

The verdicts were written down before the files were tried.
"""

from __future__ import annotations

import zipfile

from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    GRADE,
    KEY,
    NOTES,
    NUMBER,
    good,
    sheet_xml,
    workbook,
    zipped,
)
from tests.trials.bad_files import (
    CLEAN_BYTES,
    BadFile,
    Place,
    accepted,
    at_totals,
    footer,
    held,
    kind,
    rejected,
    same,
)
from tests.trials.workbook_parts import (
    CLEAN_BOOK,
    DAY,
    PLACE_OF_TEXT,
    ROWS,
    SHEET,
    beside,
    cell,
    chart_sheet,
    damaged,
    decorated,
    far,
    in_utf16,
    inline,
    lines_apart,
    measured,
    merged,
    office_97,
    part,
    parts,
    prefixed,
    program,
    replaced,
    rich,
    rotated,
    second_part,
    second_value,
    serial,
    shared_text,
    sheets,
    strict,
    without_references,
)


def book(name: str, content: bytes) -> BadFile:
    return same(name, content, filename="upload.xlsx")


def kept(name: str, content: bytes, column: str, value: str) -> BadFile:
    return accepted(name, content, filename="upload.xlsx", cell=(4, column, value))


def waits(name: str, content: bytes, *places: Place, **more: object) -> BadFile:
    return held(name, content, *places, filename="upload.xlsx", **more)


def refused(name: str, content: bytes, code: str, *places: Place, **more: object) -> BadFile:
    return rejected(name, content, code, *places, filename="upload.xlsx", **more)


def at(code: str, *lines: int | None) -> list[Place]:
    return [(f"READ.{code}", line, None) for line in lines]


def wrong(name: str, content: bytes, column: str, rule: str, secret: str = "") -> BadFile:
    """One cell on line 4 cannot be used."""
    return waits(name, content, (kind(column, rule), 4, column), secret=secret)


PROGRAMS = (
    book("text_in_cells", CLEAN_BOOK),
    book("text_shared", program()),
    book("text_shared_and_rich", program(rich)),
    book("text_rich_in_the_cell", cell(NOTES, "<is><r><t>o</t></r><r><t>k</t></r></is>",
         PLACE_OF_TEXT)),
    book("text_with_its_reading",
         shared_text('<si><t>ok</t><rPh sb="0" eb="1"><t>X</t></rPh></si>')),
    book("decorated", program(decorated)),
    book("in_1904", program(date_1904=True)),
    book("names_with_prefix", prefixed()),
    book("strict_open_xml", strict()),
    book("cells_without_references", without_references()),
    book("absolute_target", part("xl/_rels/workbook.xml.rels", b'"worksheets/',
         b'"/xl/worksheets/')),
    book("wrong_dimension", replaced("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')),
    book("comment_in_xml", replaced("<sheetData>", "<!-- made by --><sheetData>")),
    book("not_packed", zipped(parts(), zipfile.ZIP_STORED)),
    book("formatted_far_cell", workbook({"S": sheet_xml(
        ROWS, after='<row r="1048576"><c r="XFD1048576" s="0"/></row>')})),
    book("notes_beside", sheets(name="notes")),
    book("lists_hidden", sheets("veryHidden", "Lists")),
    same("ending_in_capitals", CLEAN_BOOK, filename="UPLOAD.XLSX"),
    same("blank_rows_above", workbook({"S": sheet_xml([[], ["  "], *ROWS])}),
         filename="upload.xlsx"),
    waits("row_numbers_after_blank_rows", lines_apart(), (kind(DATE, "DATE_FORMAT"), 5, DATE)),
    waits("totals_line", workbook({"S": sheet_xml([*ROWS, footer().strip().split(",")])}),
          *at_totals(8)),
)  # fmt: skip

CELLS = (
    book("date_cell", serial(46116)),
    book("date_cell_1904", serial(46116 - 1462, date_1904=True)),
    book("date_cell_in_words", serial(46116, "[$-809]dddd d mmmm yyyy;@")),
    book("date_cell_iso", cell(DATE, "<v>2026-04-04</v>", 't="d"')),
    book("number_cell", measured(13.5)),
    book("number_as_text", inline(NUMBER, "13.5")),
    book("number_as_percent", measured(13.5, "0%")),
    book("number_as_money", measured(13.5, "[$£-809]#,##0.00")),
    book("number_with_letters_of_dates", measured(13.5, '0.0" days, hms"')),
    book("number_in_red", measured(13.5, "[Red]0.0;[Blue]-0.0")),
    book("number_with_exponent", cell(NUMBER, "<v>1.35E1</v>")),
    book("number_not_quite", cell(NUMBER, "<v>13.500000000000002</v>")),
    book("whole_number_with_point", cell(GRADE, "<v>3.0</v>")),
    book("boolean_cell", cell("supervised", "<v>0</v>", 't="b"')),
    book("formula_with_number", cell(NUMBER, "<f>6.5+7</f><v>13.5</v>")),
    book("formula_with_text", cell(NOTES, '<f>"o"&amp;"k"</f><v>ok</v>', 't="str"')),
    book("formula_with_boolean", cell("supervised", "<f>FALSE()</f><v>0</v>", 't="b"')),
    book("formula_shared", cell(NUMBER, '<f t="shared" si="0"/><v>13.5</v>')),
    book("formula_over_an_array", cell(NUMBER, '<f t="array" ref="A1:A2">A1</f><v>13.5</v>')),
    kept("zeros_of_an_id", inline(KEY, "0000123"), KEY, "0000123"),
    kept("markup_as_text", inline(NOTES, "&lt;b&gt;x&lt;/b&gt;"), NOTES, "<b>x</b>"),
    kept("escaped_letter", inline(NOTES, "_x0041_"), NOTES, "A"),
    kept("escaped_underscore", inline(NOTES, "_x005F_x0041_"), NOTES, "_x0041_"),
    kept("line_in_a_cell", inline(NOTES, "a_x000D_&#10;b"), NOTES, "a\nb"),
    kept("formula_as_text", inline(NOTES, "=1+1"), NOTES, "=1+1"),
    kept("emoji", inline(NOTES, "&#128578;"), NOTES, "\U0001f642"),
    kept("day_before_the_leap_day", serial(61), DATE, "1900-03-01"),
    wrong("leap_day_1900", serial(60), DATE, "DATE_FORMAT"),
    wrong("day_zero", serial(0), DATE, "DATE_FORMAT"),
    wrong("day_one_is_a_sentinel", serial(1), DATE, "DATE_IMPOSSIBLE"),
    wrong("day_before_time", serial(-1), DATE, "DATE_FORMAT"),
    wrong("day_after_time", serial(2958466), DATE, "DATE_FORMAT"),
    wrong("last_day_is_a_sentinel", serial(2958465), DATE, "DATE_IMPOSSIBLE"),
    wrong("day_to_come", serial(72686), DATE, "DATE_FUTURE"),
    wrong("date_with_time", serial(46116.5), DATE, "DATE_FORMAT"),
    wrong("time_alone", serial(0.5, "hh:mm"), DATE, "DATE_FORMAT"),
    wrong("date_without_style", serial(46116, "General"), DATE, "DATE_FORMAT", "46116"),
    wrong("date_without_style_1904", serial(44653, "0", date_1904=True), DATE, "DATE_FORMAT",
          "44653"),
    wrong("date_month_first_as_text", inline(DATE, "04/13/2026"), DATE, "DATE_FORMAT", "04/13"),
    wrong("date_iso_with_time", cell(DATE, "<v>2026-04-04T09:00:00</v>", 't="d"'), DATE,
          "DATE_FORMAT"),
    wrong("date_true", cell(DATE, "<v>1</v>", 't="b"'), DATE, "DATE_FORMAT"),
    wrong("number_as_date", measured(46116, DAY), NUMBER, "NUMBER"),
    wrong("number_as_time", measured(13.5, "[h]:mm"), NUMBER, "NUMBER"),
    wrong("number_of_letters", cell(NUMBER, "<v>abc</v>"), NUMBER, "NUMBER", "abc"),
    wrong("number_with_comma_as_text", inline(NUMBER, "13,5"), NUMBER, "NUMBER", "13,5"),
    wrong("number_true", cell(GRADE, "<v>1</v>", 't="b"'), GRADE, "NUMBER"),
    wrong("number_huge", cell(NUMBER, "<v>1E300</v>"), NUMBER, "NUMBER"),
    wrong("boolean_2", cell("supervised", "<v>2</v>"), "supervised", "TYPE"),
    wrong("code_of_digits", cell("approach", "<v>1</v>"), "approach", "CODE"),
    *(wrong(f"error_{n}", cell(NUMBER, f"<f>A1</f><v>{error}</v>", 't="e"'), NUMBER, "NUMBER",
      error)
      for n, error in enumerate(["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"])),
    wrong("error_in_an_id", cell(KEY, "<v>#REF!</v>", 't="e"'), KEY, "TYPE", "#REF!"),
    wrong("error_as_text_in_a_link", inline("mdt_id", "#N/A"), "mdt_id", "TYPE", "#N/A"),
    waits("id_of_twenty_digits", cell(KEY, "<v>12345678901234567890</v>"),
          ("READ.DIGITS_LOST", 4, KEY), secret="12345"),
    waits("id_with_exponent_as_text", inline(KEY, "1.23457E+19"), ("READ.DIGITS_LOST", 4, KEY)),
    waits("control_in_an_id", inline(KEY, "P_x0007_3"), ("READ.CHARACTER", 4, KEY)),
    refused("nul_in_a_cell", inline(NOTES, "a_x0000_b"), "NUL", *at("NUL", 4)),
    refused("separator_in_a_cell", inline(NOTES, "a_x001F_b"), "ENCODING", *at("ENCODING", 4)),
    refused("nhs_number_as_number", cell(KEY, "<v>9434765919</v>"), "IDENTIFIER", ("K08", 4, KEY),
            secret="9434765919"),
    refused("nhs_number_as_float", cell(NUMBER, "<v>9.434765919E9</v>"), "IDENTIFIER",
            ("K08", 4, NUMBER), secret="9434765919"),
    refused("nhs_number_in_text", inline(NOTES, "see 943 476 5919"), "IDENTIFIER", ("K08", 4,
            NOTES),
            secret="943 476"),
    refused("formula_without_value", cell(NUMBER, "<f>A1</f>"), "XLSX_FORMULA", *at("XLSX_FORMULA",
            4)),
    refused("formula_without_value_below", workbook({"S": sheet_xml(
        ROWS, after='<row r="12"><c r="A12"><f>A1</f></c></row>')}), "XLSX_FORMULA",
        *at("XLSX_FORMULA", 12)),
    refused("merged_rows", merged("A3:A4"), "XLSX_MERGED", *at("XLSX_MERGED", 3)),
    refused("merged_header", merged("B1:C1"), "XLSX_MERGED", *at("XLSX_MERGED", 1)),
)  # fmt: skip

SHEETS = (
    refused("sheet_more", sheets(), "XLSX_SHEET"),
    refused("sheet_hidden", sheets("hidden"), "XLSX_SHEET"),
    refused("sheet_very_hidden", sheets("veryHidden"), "XLSX_SHEET"),
    refused("sheet_twice", workbook({"S": SHEET, "s ": SHEET}), "FILE_TWICE"),
    refused("chart_sheet", program(chart_sheet), "XLSX_SHEET"),
    refused("sheet_empty", workbook({"S": "<worksheet/>"}), "EMPTY"),
    refused("no_sheet", workbook({}), "EMPTY"),
    refused("header_only", workbook({"S": sheet_xml([COLUMNS])}), "NO_ROWS"),
    refused("rows_only", workbook({"S": sheet_xml(good())}), "HEADER", *at("HEADER", 1)),
    refused("title_above", workbook({"S": sheet_xml([["IRE audit"], *ROWS])}), "HEADER",
            *at("HEADER", 1), secret="IRE audit"),
    refused("header_twice", workbook({"S": sheet_xml([*ROWS, *ROWS])}), "HEADER_REPEATED",
            *at("HEADER_REPEATED", 8)),
    refused("value_beside_the_table", beside(40, 4), "HEADER_UNKNOWN", ("K02", 4, "column 40")),
    refused("unknown_column", workbook({"S": sheet_xml([[*r, "ward"] for r in ROWS])}),
            "HEADER_UNKNOWN", ("K02", 1, "ward")),
    refused("identifying_column", workbook({"S": sheet_xml(
        [[*COLUMNS, "NHS no"], *([*r, "1"] for r in good())])}), "IDENTIFIER", ("K08", 1,
                                                                                "NHS no")),
    refused("nhs_number_as_sheet_name", workbook({"943 476 5919": SHEET}), "IDENTIFIER",
            ("K08", None, None), secret="943 476"),
    *(refused(f"far_{name}", far(name), "XLSX_SIZE") for name in ("XFD8", "A1048576", "ZZZ9",
      "AAA99")),
    refused("spaces_by_the_megabyte", replaced("</sheetData>", " " * 60_000_000 + "</sheetData>"),
            "XLSX_SIZE"),
)  # fmt: skip

HOSTILE = (
    refused("entity_of_a_file", replaced(
        "<worksheet", '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet'),
        "XLSX_XML"),
    refused("document_type_alone", replaced("<worksheet", "<!DOCTYPE w><worksheet"), "XLSX_XML"),
    refused("entities_in_shared_text", zipped(parts() | {
        "xl/sharedStrings.xml": b'<!DOCTYPE s [<!ENTITY a "b">]><sst/>'}), "XLSX_XML"),
    refused("xml_cut", workbook({"S": SHEET[:-30]}), "XLSX_XML"),
    refused("second_value_of_a_cell", second_value(), "XLSX_XML"),
    refused("rows_out_of_order", rotated(), "XLSX_XML"),
    refused("reference_with_a_sign", workbook({"S": sheet_xml(
        ROWS, after='<row r="9"><c r="A-9"><v>1</v></c></row>')}), "XLSX_XML"),
    refused("sheet_part_absent", part("xl/_rels/workbook.xml.rels", b"sheet1.xml", b"sheet9.xml"),
            "XLSX_XML"),
    refused("target_outside", part("xl/_rels/workbook.xml.rels", b'"worksheets/',
            b'"../../../etc/'),
            "XLSX_XML"),
    refused("part_in_utf16", in_utf16(), "PARSER"),
    refused("shared_text_absent", shared_text("<si><t>ok</t></si>", 5), "PARSER"),
    refused("part_damaged", damaged(), "PARSER"),
    refused("workbook_cut", CLEAN_BOOK[:-200], "ZIP_DAMAGED"),
    refused("part_twice", second_part(), "ZIP_DUPLICATE"),
    refused("part_outside", zipped(parts() | {"../x.xml": b"<x/>"}), "ZIP_PATH"),
    refused("thousands_of_parts", zipped(parts() | {f"x{n}.xml": b"<x/>" for n in range(2000)}),
            "XLSX_SIZE"),
    refused("password", office_97("EncryptedPackage"), "XLSX_PASSWORD"),
    refused("xls_named_xlsx", office_97("Workbook"), "TYPE"),
    refused("csv_named_xlsx", CLEAN_BYTES, "TYPE"),
    refused("html_named_xlsx", b"<html><table></table></html>", "TYPE"),
    refused("zip_named_xlsx", zipped({"procedure.csv": CLEAN_BYTES}), "TYPE"),
    refused("document_named_xlsx", zipped({"[Content_Types].xml": b"<Types/>", "word/x.xml": b"x"}),
            "TYPE"),
    refused("binary_workbook_named_xlsx", zipped({"xl/workbook.bin": b"x"}), "TYPE"),
    refused("open_document_named_xlsx", zipped({"mimetype": b"x", "content.xml": b"<x/>"}), "TYPE"),
    refused("empty_file_named_xlsx", b"", "EMPTY"),
)  # fmt: skip

UNSEEN_WORKBOOKS: tuple[BadFile, ...] = (*PROGRAMS, *CELLS, *SHEETS, *HOSTILE)
