"""Bad values hold an export at their row, by their rule; harmless ones don't."""

import json

import pytest

from ingest.form import Form
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.submission import Registry
from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    DEATH,
    GRADE,
    KEY,
    NOTES,
    NUMBER,
    good,
    text,
    with_line_4,
)
from tests.ingest.test_journey import AT

GOOD = text(good())


def verdict(content):
    data = content if isinstance(content, bytes) else content.encode()
    return judge(
        lambda: read_content("upload.csv", data, table="procedure"),
        lambda site: Registry(),
        now=AT,
        form=Form("procedure"),
    ).report


def line_4(column, value):
    return with_line_4(**{column: value})


def unusable(report):
    return {(f["line"], f["rule"]) for f in report["findings"] if f["severity"] == "R"}


HELD = {
    "a byte that is no character in an id": (
        GOOD.encode().replace(b"P00003", b"P000\xe93"),
        {(4, "READ.CHARACTER")},
    ),
    "a date that is month first": (
        line_4(DATE, "04/13/2026"),
        {(4, f"procedure.{DATE}.DATE_FORMAT")},
    ),
    "a two-digit year": (line_4(DATE, "03/04/26"), {(4, f"procedure.{DATE}.DATE_FORMAT")}),
    "a day that is not": (line_4(DATE, "31/02/2026"), {(4, f"procedure.{DATE}.DATE_IMPOSSIBLE")}),
    "a day to come": (line_4(DATE, "01/01/2099"), {(4, f"procedure.{DATE}.DATE_FUTURE")}),
    "an Excel serial": (line_4(DATE, "46115"), {(4, f"procedure.{DATE}.DATE_FORMAT")}),
    "discharged before the procedure": (line_4(DEATH, "01/01/2020"), {(4, "D01d")}),
    "infinity": (line_4(NUMBER, "inf"), {(4, f"procedure.{NUMBER}.NUMBER")}),
    "a thousands separator": (line_4(NUMBER, "1,234.5"), {(4, f"procedure.{NUMBER}.NUMBER")}),
    "above the hard limit": (line_4(NUMBER, "800.1"), {(4, f"procedure.{NUMBER}.HARD")}),
    "a grade that is not": (line_4(GRADE, "9"), {(4, f"procedure.{GRADE}.HARD")}),
    "a repeated record": (text([*good(), good()[2]]), {(8, "K04a")}),
}


@pytest.mark.parametrize("name", HELD)
def test_a_bad_value_holds_the_export_at_its_row(name):
    content, expected = HELD[name]
    report = verdict(content)
    assert report["verdict"] == "held"
    assert unusable(report) == expected


def test_a_totals_line_holds_the_export_at_its_own_line():
    report = verdict(GOOD + "TOTAL,6" + "," * (len(COLUMNS) - 2) + "\n")
    assert report["verdict"] == "held"
    assert {line for line, _ in unusable(report)} == {8}


ACCEPTED = {
    "clean": GOOD,
    "a line break within a comment": line_4(NOTES, "line 1\nline 2"),
    "a key that begins with zeros": line_4(KEY, "0000123"),
    "a formula": line_4(NOTES, '=HYPERLINK("http://x/","a")'),
    "markup": line_4(NOTES, "<img src=x onerror=alert(1)>[a](javascript:alert(1))$x^2$"),
    "the hard limit itself": line_4(NUMBER, "800"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_can_be_read_in_one_way_is_accepted(name):
    assert verdict(ACCEPTED[name])["verdict"] == "accepted"


def test_a_second_site_s_code_refuses_the_export():
    report = verdict(line_4("site_ods_code", "ZZ201"))
    assert (report["verdict"], report["code"]) == ("refused", "SITE_SCOPE")
    assert [f["line"] for f in report["findings"] if f["severity"] == "F"] == [4]


# Of 100 rows: above 1 %, and at least 20.
@pytest.mark.parametrize(("repeated", "expected"), [(19, "held"), (20, "refused")])
def test_twenty_repeated_keys_in_a_hundred_rows_refuse_the_export(repeated, expected):
    rows = good(100 - repeated)
    assert verdict(text([*rows, *rows[:repeated]]))["verdict"] == expected


def test_twenty_repeated_keys_in_two_thousand_rows_hold_it():
    rows = good(1980)
    assert verdict(text([*rows, *rows[:20]]))["verdict"] == "held"


def test_no_finding_echoes_a_cell():
    report = verdict(line_4(NUMBER, "771.25x"))
    assert "771.25" not in json.dumps(report)


def test_a_verdict_that_is_neither_yes_nor_no_is_counted_and_never_passed():
    # The sample rows have no admission and no discharge; here line 4 has no codes either.
    report = verdict(line_4("opcs4", ""))
    of_stays = dict.fromkeys(("D01c", "D01d", "D24a", "D24b"), 6)
    assert report["not_evaluable"] == of_stays | {"P18": 1, "P19": 1}
    assert not set(report["not_evaluable"]) & set(report["not_evaluated"])
    assert not set(report["not_evaluable"]) & {f["rule"] for f in report["findings"]}


def test_a_refused_reading_has_no_verdicts_to_count():
    assert verdict("")["not_evaluable"] == {}


def test_twenty_procedures_that_cannot_be_placed_refuse_the_export():
    rows = good(60)
    for row in rows[:19]:
        row[COLUMNS.index(DATE)] = "31/02/2026"
    assert verdict(text(rows))["verdict"] == "held"
    rows[19][COLUMNS.index(DATE)] = "31/02/2026"
    report = verdict(text(rows))
    assert (report["verdict"], report["code"]) == ("refused", "UNUSABLE")
    assert {f["rule"] for f in report["findings"] if f["severity"] == "F"} == {"K07"}
