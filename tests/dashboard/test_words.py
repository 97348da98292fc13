"""Text of others on a page, and in a downloaded file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import polars as pl
import pytest

from dashboard import words
from dashboard.downloads import csv_bytes
from expectations.dictionary import tables
from sql.spreadsheets import LIVE

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_cell_of_a_download_starts_a_formula(text):
    content = csv_bytes(pl.DataFrame({"name": [text]}), data_to="30 Sep 2026", release=14)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert not rows[0]["name"].startswith(LIVE)
    assert rows[0]["name"] == f"'{text}"


def test_numbers_of_a_download_stay_numbers():
    content = csv_bytes(pl.DataFrame({"x": [-1.5]}), data_to="30 Sep 2026", release=14)
    assert "-1.5" in content.decode("utf-8-sig")
    assert "'-1.5" not in content.decode("utf-8-sig")


def test_a_download_names_its_release_and_data_date():
    content = csv_bytes(pl.DataFrame({"x": [1]}), data_to="30 Sep 2026", release=14)
    assert content.decode("utf-8-sig").splitlines() == [
        "x,data_to,release",
        "1,30 Sep 2026,14",
    ]


@pytest.mark.parametrize(
    "text",
    ["[x](http://evil.example)", "![](http://evil.example/p.png)", "**bold**", "$x^2$", "`code`"],
)
def test_markdown_of_others_is_escaped(text):
    escaped = words.plain(text)
    assert all(f"\\{mark}" in escaped for mark in set(text) & set("[]()*$`!"))


@pytest.mark.parametrize("text", [":smile:", ":material/home:", ":red[x]"])
def test_a_code_of_an_emoji_an_icon_or_a_colour_is_broken(text):
    assert text not in words.plain(text)


@pytest.mark.parametrize("text", ["www.evil.example", "WWW.evil.example", "a@evil.example"])
def test_an_address_of_others_is_no_link(text):
    assert text not in words.plain(text).replace("\\", "")


@pytest.mark.parametrize("text", ["a -> b", "a <- b", "a -- b", "a >= b", "a <-> b", "a ~= b"])
def test_signs_of_others_are_no_arrow_or_dash(text):
    shown = words.plain(text).replace("\\", "")
    assert text not in shown
    assert shown.replace("\u200b", "") == text


@pytest.mark.parametrize("text", ["    set in", "\tset in", "a\r- b", "a\u2028- b", "a\n\n- b"])
def test_text_of_others_stays_in_its_line(text):
    shown = words.plain(text)
    assert shown.splitlines() == [shown]
    assert not shown.startswith("  ")


def test_what_turns_the_direction_of_writing_turns_nothing_beyond_its_text():
    opened, closed = "\u2066\u2067\u2068", "\u2069"
    for turn in ("\u202e", "\u2067", "\u2069\u202e", "\u2069\u2069\u202e", "\u202b\u2067\u202e"):
        depth = 0
        shown = words.plain(f"a{turn}b")
        for sign in shown:
            depth = depth + 1 if sign in opened else max(0, depth - 1) if sign == closed else depth
            assert depth > 0 or sign not in "\u202a\u202b\u202d\u202eb"
        assert depth == 0
        assert words.plain("ab") == "ab"


def test_a_time_is_said_in_london():
    assert words.moment_text(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 Jul 2026, 00:30"
    assert words.moment_text(datetime(2026, 11, 16, 12, tzinfo=UTC)) == "16 Nov 2026, 12:00"


def test_a_field_that_is_missing_once_is_never_said_to_be_filled_always():
    assert words.filled_text(9999, 10000) == "99.9 %"
    assert words.filled_text(10000, 10000) == "100.0 %"


@pytest.mark.parametrize(("n", "expected"), [(9, "–"), (10, "10.0 % (1.8–40.4 %)")])
def test_a_per_cent_is_given_from_ten_on(n, expected):
    assert words.rate_text(0.1, 0.018, 0.404, n) == expected


def test_a_clause_without_a_number_is_cited_in_words():
    assert words.clauses(["1.4", "YR-EQ"]) == "1.4, your responsibility (equality)"
    cited = {c for table in tables().values() for one in table.columns.values() for c in one.clause}
    assert not [c for c in map(words.clauses, ([c] for c in cited)) if "YR-" in c]


def test_a_change_has_its_sign():
    assert [words.signed(-3.04, 1), words.signed(2), words.signed(-30)] == ["−3.0", "+2", "−30"]


def test_a_per_cent_sign_is_held_to_its_number_and_other_text_stands_as_it_was_typed():
    assert words.held("6.1 % (2.4–14.6 %)") == "6.1\u00a0% (2.4–14.6\u00a0%)"
    assert words.held("in % of all") == "in % of all"
