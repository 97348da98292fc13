"""Bad and harmless files of other kinds: headers, quotes, ragged rows, totals, values.

The verdicts were written down before the files were tried.
"""

from __future__ import annotations

from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    DEATH,
    GRADE,
    KEY,
    NOTES,
    NUMBER,
    good,
    row,
    text,
    with_line_4,
)
from tests.trials.bad_files import (
    CLEAN,
    SITE_COLUMN,
    BadFile,
    Place,
    accepted,
    at_line_4,
    at_totals,
    footer,
    held,
    kind,
    rejected,
    same,
    without,
)

WIDTH = len(COLUMNS)
HEADER, BODY = CLEAN.split("\n", 1)
ALL_LINES = range(2, 8)
PATIENT = "patient_pseudo_id"


def at(code: str, *lines: int) -> list[Place]:
    return [(f"READ.{code}", line, None) for line in lines]


def named(**other: str) -> str:
    """The clean file with some columns named otherwise."""
    return text(good(), [other.get(name, name) for name in COLUMNS])


def widened(name: str, value: str = "") -> str:
    return text([[*r, value] for r in good()], [*COLUMNS, name])


def one_value(column: str, sent: str) -> str:
    return with_line_4(**{column: sent})


def identifying(name: str) -> BadFile:
    """A column that identifies patients, whatever is in it."""
    sent = widened(name, "Canary")
    place = ("K08", 1, name.strip())
    return rejected(f"column_{name}", sent, "IDENTIFIER", place, secret="Canary")


def unknown(name: str, column: str, shown: str) -> BadFile:
    return rejected(name, widened(column), "HEADER_UNKNOWN", ("K02", 1, shown))


def kept(name: str, column: str, sent: str) -> BadFile:
    """A value that is kept as it was sent."""
    return accepted(name, one_value(column, sent), cell=(4, column, sent))


def dated(sent: str, rule: str = "DATE_FORMAT") -> BadFile:
    return at_line_4(f"date_{sent}", DATE, sent, kind(DATE, rule))


def numbered(sent: str, rule: str = "NUMBER") -> BadFile:
    return at_line_4(f"number_{sent}", NUMBER, sent, kind(NUMBER, rule))


def whole(sent: str) -> BadFile:
    return at_line_4(f"whole_number_{sent}", GRADE, sent, kind(GRADE, "NUMBER"))


def equal(name: str, column: str, sent: str) -> BadFile:
    """The same value as the clean file's on line 4, written otherwise."""
    return same(name, one_value(column, sent))


HEADERS = (
    same("alias", named(patient_pseudo_id="patient", mdt_id="MDT"), "other names"),
    same("hyphens", named(procedure_id="Procedure-ID", max_sbp="max sbp"), "without regard"),
    same("spaces_around_names", named(procedure_id="  procedure_id\t"), "without regard"),
    same("no_break_space_in_a_name", named(procedure_id="procedure\u00a0id"), "without regard"),
    same("quoted_names", text(good(), [f'"{c}"' for c in COLUMNS])),
    same("empty_optional_columns_left_out", without("volatile_agent"), "optional columns"),
    rejected("alias_beside_the_name", widened("patient"), "HEADER_DUPLICATE",
             ("READ.HEADER_DUPLICATE", 1, PATIENT)),
    rejected("name_twice_in_other_case", widened("Procedure ID"), "HEADER_DUPLICATE",
             ("READ.HEADER_DUPLICATE", 1, KEY)),
    rejected("name_without_underscore", named(procedure_id="procedureid"), "HEADER_UNKNOWN",
             ("K02", 1, "procedureid"), ("K02", 1, KEY)),
    rejected("name_with_star", named(procedure_id="procedure_id*"), "HEADER_UNKNOWN",
             ("K02", 1, f"column {COLUMNS.index(KEY) + 1}"), ("K02", 1, KEY)),
    rejected("two_columns_missing", text([r[2:] for r in good()], COLUMNS[2:]), "HEADER_MISSING",
             ("K02", 1, KEY), ("K02", 1, PATIENT)),
    unknown("unknown_column_with_digits", "9434765918 x", f"column {WIDTH + 1}"),
    unknown("unknown_column_like_a_value", "12/04/1961", f"column {WIDTH + 1}"),
    unknown("unknown_column_formula", "=cmd|'/c calc'!A0", f"column {WIDTH + 1}"),
    unknown("unknown_column_markup", "<b>x</b>", f"column {WIDTH + 1}"),
    rejected("nhs_number_as_a_name", widened("943 476 5919"), "IDENTIFIER",
             ("K08", 1, f"column {WIDTH + 1}"), secret="943 476"),
    rejected("nameless_column_with_a_value", widened("", "Canary"), "HEADER_UNKNOWN",
             ("K02", 2, f"column {WIDTH + 1}"), secret="Canary"),
    *map(identifying, ("nhs_number", "NHS Number", "Date of Birth", "Surname", "Post-code",
                       "patient_name", "DOB", "MRN", "Hospital Number", "e_mail")),
    rejected("mark_and_header_only", "\ufeff" + HEADER, "NO_ROWS"),
    rejected("header_and_blank_rows_only", HEADER + "\n\n" + "," * (WIDTH - 1) + "\n", "NO_ROWS"),
    rejected("header_of_another_table", "lesion_id,segment,max_diameter_mm\nL1,VI,20\n", "HEADER",
             *at("HEADER", 1)),
    rejected("one_row_without_header", ",".join(row(1)) + "\n", "HEADER", *at("HEADER", 1)),
    rejected("title_with_commas", "IRE audit" + "," * (WIDTH - 1) + "\n" + CLEAN, "HEADER",
             *at("HEADER", 1), secret="IRE audit"),
    rejected("comment_above", "# made by the export\n" + CLEAN, "HEADER", *at("HEADER", 1)),
    rejected("blank_then_title", "\n\nIRE audit\n" + CLEAN, "HEADER", *at("HEADER", 3)),
    rejected("many_columns", ",".join(f"c{n}" for n in range(20_000)) + "\n", "HEADER",
             *at("HEADER", 1)),
    rejected("quote_open_in_the_header", '"' + CLEAN, "QUOTING", *at("QUOTING", 1)),
    rejected("header_again_in_the_middle",
             "\n".join([*CLEAN.splitlines()[:3], HEADER, *CLEAN.splitlines()[3:]]) + "\n",
             "HEADER_REPEATED", *at("HEADER_REPEATED", 4)),
    rejected("header_again_in_capitals", CLEAN + HEADER.upper() + "\n" + BODY, "HEADER_REPEATED",
             *at("HEADER_REPEATED", 8)),
    rejected("header_again_with_spaces", CLEAN + HEADER.replace("_", " ") + "\n" + BODY,
             "HEADER_REPEATED", *at("HEADER_REPEATED", 8)),
    rejected("pasted_three_times", CLEAN * 3, "HEADER_REPEATED", *at("HEADER_REPEATED", 8, 15)),
    rejected("header_at_the_end", CLEAN + HEADER + "\n", "HEADER_REPEATED",
             *at("HEADER_REPEATED", 8)),
)  # fmt: skip

QUOTES = (
    same("every_field_quoted", text(good(), quote=lambda v: f'"{v}"')),
    same("empty_fields_quoted", CLEAN.replace(",,", ',"",').replace(",,", ',"",')),
    accepted("doubled_quotes", one_value(NOTES, 'a "b" c').replace('"a "b" c"', '"a ""b"" c"'),
             cell=(4, NOTES, 'a "b" c')),
    accepted("quote_at_the_end_of_a_field", with_line_4(comment="x").replace(",x\n", ',5"\n'),
             cell=(4, NOTES, '5"')),
    accepted("quoted_delimiter", one_value(NOTES, "a, b"), cell=(4, NOTES, "a, b")),
    accepted("long_comment_in_bounds", one_value(NOTES, "a" * 500), cell=(4, NOTES, "a" * 500)),
    at_line_4("comment_too_long", NOTES, "a" * 501, kind(NOTES, "HARD")),
    at_line_4("comment_of_megabytes", NOTES, "a b" * 1_000_000, kind(NOTES, "HARD")),
    rejected("quote_in_a_quoted_field", with_line_4(comment="x").replace(",x\n", ',"a"b"\n'),
             "QUOTING", *at("QUOTING", 4)),
    rejected("backslash_before_a_quote", with_line_4(comment="x").replace(",x\n", ',"5\\" x"\n'),
             "QUOTING", *at("QUOTING", 4)),
    rejected("open_quote_on_the_last_line", CLEAN[:-3] + '"ok\n', "QUOTING", *at("QUOTING", 7)),
    rejected("two_open_quotes", CLEAN.replace(",ok\n", ',"ok\n', 2), "QUOTING", *at("QUOTING", 2)),
    rejected("cut_within_quotes", one_value(NOTES, "a, b, c").partition("a, b")[0] + "a",
             "QUOTING", *at("QUOTING", 4)),
)  # fmt: skip

RAGGED = (
    rejected("first_row_short", HEADER + "\nZZ101\n" + BODY, "RAGGED", *at("RAGGED", 2)),
    rejected("row_in_the_middle_long", with_line_4(comment="x").replace(",x\n", ",x,\n"), "RAGGED",
             *at("RAGGED", 4)),
    rejected("comma_in_a_comment", with_line_4(comment="x").replace(",x\n", ",a, b\n"), "RAGGED",
             *at("RAGGED", 4), says="line 4 has 37 fields"),
    rejected("every_row_short", HEADER + "\n" + BODY.replace(",ok\n", "\n"), "RAGGED",
             *at("RAGGED", *ALL_LINES)),
    rejected("cut_within_a_row", CLEAN[:-40], "RAGGED", *at("RAGGED", 7)),
    rejected("cut_within_the_header", HEADER.partition(",completion_imaging")[0], "HEADER_MISSING",
             *(("K02", 1, c) for c in ("completion_imaging", "technical_success", "abort_reason",
                                       "unplanned_icu"))),
    rejected("ragged_after_quoted_lines",
             one_value(NOTES, "a\nb\nc") + "x,y\n", "RAGGED", *at("RAGGED", 10)),
    rejected("message_after_the_rows", CLEAN + "\n(6 rows affected)\n", "RAGGED", *at("RAGGED", 9)),
    rejected("count_after_the_rows", CLEAN + "6 rows selected.\n", "RAGGED", *at("RAGGED", 8)),
    rejected("end_of_report", CLEAN + "--- end of report ---\n", "RAGGED", *at("RAGGED", 8)),
)  # fmt: skip

TOTALS = (
    held("total_in_another_word", CLEAN + footer("Grand total"), *at_totals(8), secret="Grand"),
    held("total_above_the_rows", HEADER + "\n" + footer() + BODY, *at_totals(2), secret="TOTAL"),
    held("total_after_blank_lines", CLEAN + "\n\n" + footer(), *at_totals(10), secret="TOTAL"),
    held("subtotals", CLEAN + footer("SUB", "1") + footer("ALL", "2"),
         *at_totals(8), *at_totals(9)),
)  # fmt: skip

DATES = (
    *map(dated, ("13/04/26", "3/4/2026", "03-04-2026", "03.04.2026", "2026/04/03", "2026-4-3",
                 "20260403", "3 Apr 2026", "03-Apr-2026", "Fri 03/04/2026", "03/04/2026 00:00",
                 "2026-04-03T00:00:00", "2026-04-03Z", "46115.0", "44653", "12/31/2025",
                 "April 2026", "2026", "04/2026", "0３/04/2026", "03/04/2026?", "32767",
                 "1775174400")),
    dated("29/02/2025", "DATE_IMPOSSIBLE"),
    dated("1900-02-29", "DATE_IMPOSSIBLE"),
    dated("31/04/2026", "DATE_IMPOSSIBLE"),
    dated("00/04/2026", "DATE_IMPOSSIBLE"),
    dated("13/13/2026", "DATE_IMPOSSIBLE"),
    dated("0000-00-00", "DATE_IMPOSSIBLE"),
    dated("2026-13-01", "DATE_IMPOSSIBLE"),
    dated("9999-12-31", "DATE_IMPOSSIBLE"),
    dated("1900-01-01", "DATE_IMPOSSIBLE"),
    dated("17/11/2026", "DATE_FUTURE"),
    accepted("date_of_the_day_itself", one_value(DATE, "16/11/2026"), cell=(4, DATE, "2026-11-16")),
    accepted("leap_day", one_value(DATE, "29/02/2024"), cell=(4, DATE, "2024-02-29")),
    equal("date_in_iso", DATE, "2026-04-04"),
    equal("date_with_spaces", DATE, "  04/04/2026 "),
    accepted("one_day_after", one_value(DEATH, "05/04/2026"), cell=(4, DEATH, "2026-04-05")),
    held("one_day_before", one_value(DEATH, "03/04/2026"), ("D01d", 4, DEATH)),
)  # fmt: skip

NUMBERS = (
    *map(numbered, ("-inf", "Infinity", "nan", "1e3", "1E3", "0x1F", "12,5", "1.234,5", "1 234.5",
                    "1'234", "12km", "£12", "12%", "½", "１２", "٣", "۳", "--5", "5-", "(5)",
                    "1_000", "\u221212", "~12", "<5", ">800", "12 or 13", "1.2.3", "+5", ".5", "5.",
                    "N/A", "null", "-", "#N/A", "#REF!", "#DIV/0!", "9" * 400)),
    numbered("800.0001", "HARD"),
    numbered("-0.5", "HARD"),
    numbered("9" * 40, "HARD"),
    *map(whole, ("1.5", "two", "3.000001", "99999999999999999999", "TRUE")),
    equal("decimal_with_zeros", NUMBER, "0013.500"),
    equal("whole_number_with_a_zero", GRADE, "3.0"),
    accepted("number_zero", one_value(NUMBER, "0.0"), cell=(4, NUMBER, "0.0")),
    accepted("number_at_its_bound", one_value(NUMBER, "800.0"), cell=(4, NUMBER, "800.0")),
)  # fmt: skip

OTHERS = (
    at_line_4("boolean_t", "supervised", "T", kind("supervised", "TYPE")),
    at_line_4("boolean_unknown", "supervised", "unknown", kind("supervised", "TYPE")),
    at_line_4("boolean_2", "supervised", "2", kind("supervised", "TYPE")),
    at_line_4("code_null", "approach", "NULL", kind("approach", "TYPE")),
    at_line_4("code_unknown", "approach", "KEYHOLE", kind("approach", "CODE")),
    at_line_4("code_cyrillic", "anaesthesia", "G\u0410", kind("anaesthesia", "CODE")),
    at_line_4("code_with_title", "approach", "PERCUTANEOUS (1)", kind("approach", "CODE")),
    at_line_4("pattern_short", PATIENT, "ABC", kind(PATIENT, "PATTERN")),
    at_line_4("pattern_lower_case", PATIENT, "0123456789abcdef" * 4, kind(PATIENT, "PATTERN")),
    at_line_4("opcs_without_point", "opcs4", "J128", kind("opcs4", "PATTERN")),
    equal("boolean_word", "supervised", "no"),
    equal("code_in_lower_case", "approach", "percutaneous"),
    equal("set_in_other_order", "guidance", "US; CT ;CT"),
    held("mandatory_empty", one_value(DATE, ""), (kind(DATE, "REQUIRED"), 4, DATE)),
    held("mandatory_spaces", one_value(DATE, "   "), (kind(DATE, "REQUIRED"), 4, DATE)),
    held("site_empty", one_value(SITE_COLUMN, ""),
         (kind(SITE_COLUMN, "REQUIRED"), 4, SITE_COLUMN)),
    at_line_4("site_in_lower_case", SITE_COLUMN, "zz101", kind(SITE_COLUMN, "PATTERN")),
    rejected("another_site", one_value(SITE_COLUMN, "ZZ999"), "SITE_SCOPE",
             ("K03", 4, SITE_COLUMN)),
    held("duplicate_with_spaces", text([*good(), row(3, **{KEY: " P00003 "})]), ("K04a", 8, KEY)),
    held("duplicate_with_other_values", text([*good(), row(3, comment="x")]), ("K04a", 8, KEY)),
    held("record_three_times", text([*good(), row(3), row(3)]), ("K04a", 8, KEY), ("K04a", 9, KEY)),
    accepted("ids_in_other_case", text([*good(), row(3, **{KEY: "p00003"})])),
    kept("formula_plus", NOTES, "+1+cmd"),
    kept("formula_at", NOTES, "@SUM(A1)"),
    kept("template_text", NOTES, "{{7*7}}${7*7}%s%n"),
    kept("sql_text", NOTES, "'; drop table x; --"),
    kept("sql_in_an_id", KEY, "x' or '1'='1"),
    kept("not_an_nhs_number", NOTES, "943 476 5918"),
    *(rejected(f"nhs_number_{n}", one_value(column, sent), "IDENTIFIER", ("K08", 4, column),
               secret=sent)
      for n, (column, sent) in enumerate([
          (NOTES, "9434765919"), (NOTES, "NHS: 943-476-5919."), (NOTES, "943\u00a0476\u00a05919"),
          (DATE, "943 476 5919"), (NUMBER, "9434765919"), ("opcs4", "943 476 5919")])),
)  # fmt: skip

UNSEEN_TABLES: tuple[BadFile, ...] = (
    *HEADERS, *QUOTES, *RAGGED, *TOTALS, *DATES, *NUMBERS, *OTHERS
)  # fmt: skip
