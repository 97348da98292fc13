"""Tables in their place: every column seen, every text whole, as few lines as that takes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.fitting import MARGIN, fitted, short_digest, shortened

SENTENCE = "The procedure was done after the death of the patient. "


def fit(share=1, whole=(), **columns):
    return fitted(pl.DataFrame(columns), whole, share)


def room(share=1):
    """Of a box on a page, and of one on its half, as Chromium has them."""
    return {1: 944, 1 / 2: 447}[share]


def test_a_column_is_as_wide_as_its_longest_text_or_its_heading():
    # Arial's letters at 14 pixels: Z 8.6, a digit 7.8, i 3.1, t 3.9, e 7.8, S 9.3.
    assert fit(Site=["ZZ102", "ZZ1"]).widths == {"Site": 41 + MARGIN}
    assert fit(Si=["1"]).widths == {"Si": 13 + MARGIN}


def test_the_one_long_text_among_short_ones_is_not_cut():
    signed = "site lead, ZZ302, 10 Sep 2026, 12:00"
    found = fit(**{"Signed off": ["–"] * 20 + [signed], "State": ["received"] * 21})
    assert found.widths["Signed off"] == fit(**{signed: ["–"]}).widths[signed]
    assert found.lines == 1


def test_a_text_of_fewer_letters_that_is_wider_is_not_cut():
    narrow = ["i" * letters for letters in range(20, 30)]
    assert fit(Code=[*narrow, "W" * 15]).widths == fit(Code=["W" * 15]).widths


def test_a_word_is_broken_only_where_there_is_no_room():
    file = "hpb_specialist_centre_designation.csv"
    whole = fit(**{file: ["–"]}).widths[file]
    assert fit(Where=[f"{file}, line 3"], What=[SENTENCE * 2]).widths["Where"] >= whole
    crowded = fit(1 / 2, Where=[f"{file}, line 3"], What=[SENTENCE * 2], Why=[SENTENCE * 2])
    assert crowded.widths["Where"] < whole
    assert crowded.is_whole


def test_one_long_text_in_fifty_does_not_make_all_rows_high():
    usual = [f"{SENTENCE * 2}{n}" for n in range(99)]
    texts = pl.DataFrame({"What": [*usual, SENTENCE * 90], "Rule": ["D04"] * 100})
    found = fitted(texts, (), 1 / 2)
    assert found.lines < 6
    *rows, long = shortened(texts, found)["What"]
    assert rows == usual
    assert long.endswith(" …")


@pytest.mark.parametrize(("sentences", "lines"), [(1, 1), (2, 3), (3, 4), (4, 5), (5, 6)])
def test_a_row_has_the_fewest_lines_that_hold_the_longest_text(sentences, lines):
    texts = {name: [SENTENCE * sentences] for name in ("What", "What to do")}
    found = fit(**texts)
    assert found.lines == lines
    assert found.row == (36 if lines == 1 else 20 * lines + 8)
    assert sum(found.widths.values()) <= room()


def test_numbers_and_days_are_not_broken():
    told = "28.0 % (17.5–41.7 %)"
    columns = {"% (95 % interval)": [told], "Date": [date(2026, 11, 30)]}
    sentences = {name: [SENTENCE * 3] for name in ("What", "Where", "What to do")}
    narrow, wide = fit(whole={"% (95 % interval)"}, **columns, **sentences), fit(**columns)
    assert narrow.lines > 1
    for name in columns:
        assert narrow.widths[name] == wide.widths[name]


def test_half_a_page_has_half_the_room():
    texts = {"What": [SENTENCE], "What to do": [SENTENCE]}
    assert fit(1, **texts).lines == 1
    assert fit(1 / 2, **texts).lines == 3
    assert sum(fit(1 / 2, **texts).widths.values()) <= room(1 / 2)


def test_of_a_digest_the_beginning_is_enough():
    frame = pl.DataFrame({"SHA-256": ["0" * 64, None, "not sent"], "Case": ["12", "abc", "–"]})
    shown = frame.with_columns(short_digest(pl.all()))
    assert shown["SHA-256"].to_list() == ["0" * 12 + "…", None, "not sent"]
    assert shown["Case"].equals(frame["Case"])


def test_a_text_that_no_row_can_hold_ends_with_a_sign_and_at_a_word():
    texts = pl.DataFrame({"Codes": ["one of: " + "CODE_A, " * 600, "short"]})
    long, short = shortened(texts, fitted(texts, (), 1))["Codes"]
    assert long.endswith("CODE_A, …")
    assert 300 < len(long) < 600
    assert short == "short"


words = st.text("abcdefghijklmnopqrstuvwxyzW%_ ", max_size=400)


@given(st.lists(st.tuples(words, words, words, words), min_size=1, max_size=6))
def test_whatever_is_written_every_column_is_seen(rows):
    frame = pl.DataFrame(rows, schema=["What", "Where", "What to do", "Effect"], orient="row")
    found = fitted(frame, (), 1)
    assert sum(found.widths.values()) <= room()
    assert list(found.widths) == frame.columns
    for before, after in zip(frame.rows(), shortened(frame, found).rows(), strict=True):
        for one, other in zip(before, after, strict=True):
            assert other == one or (other.endswith("…") and one.split()[0].startswith(other[:1]))
