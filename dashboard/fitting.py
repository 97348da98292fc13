"""How a table is fitted into its place: widths of columns, and lines of a row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from itertools import product

import polars as pl

# Pixels of a page in a window 1440 wide, of the gap between two halves, and what a box takes.
PAGE, GAP, BOX = 978, 16, 34
HALF = 1 / 2  # of a page
MARGIN = 20  # of a cell, both sides, and four for letters that a browser draws a little wider
ONE_LINE = 36  # pixels of a row
LINE, PADDING = 20, 8  # of a row whose cells wrap; Streamlit wraps them from 64 pixels on
# Lines of a row, and the widest that a text may then be: what a phone shows whole, where it wraps.
WAYS = ((1, 480), (3, 340), (4, 340), (5, 340), (6, 340), (6, 600))
CUTS = range(600, 120, -20)  # widest, where the longest texts are cut so that all columns are seen
# Pixels that a browser may take more for a line that it breaks, by an estimate of its own; and of
# a word that is not broken within, where there is room and where there is none.
SLACK, WHOLE, LONG = 4, 340, 118
FEW = 1 / 50  # of the texts of a column, the longest, that may be cut for lower rows of all
MANY = 500  # rows from which polars is the faster to find what a column holds
CANDIDATES, LONGEST = 64, 8  # texts of a column whose width is asked, and those that are broken
DIGEST = "^([0-9a-f]{12})[0-9a-f]{28,}$"  # its beginning tells it from another
DAY, MOMENT = "30 Nov 2026", "30 Nov 2026, 23:59"  # as they are shown
# Thousandths of the size of Arial's letters, and of those that are metrically the same.
LETTERS = {
    letter: width
    for width, letters in (
        (222, "ijl'"),
        (278, " fItI.,:;/!|"),
        (333, "()-r[]`"),
        (500, "ckssvxyzJ"),
        (556, "0123456789abdeghnopquL_$–"),
        (584, "+<>=~×"),
        (611, "FTZ"),
        (667, "ABEKPSVXY&"),
        (722, "CDHNRUw"),
        (778, "GOQ"),
        (833, "mM"),
        (889, "%"),
    )
    for letter in letters
}
WIDE, SIZE = 1000, 14  # of any other letter; pixels of the letters of a table


@dataclass(frozen=True)
class Fit:
    """A table in its place.

    Attributes:
        widths: pixels of each column; what is left of the place is shared by all.
        lines: of text in a row.
        is_whole: True where these lines hold every text.
    """

    widths: Mapping[str, int]
    lines: int
    is_whole: bool

    @property
    def row(self) -> int:
        """Pixels of a row."""
        return ONE_LINE if self.lines == 1 else LINE * self.lines + PADDING


def fitted(shown: pl.DataFrame, whole: Collection[str], share: float) -> Fit:
    """The way with the fewest lines in which every column is seen, and every text whole.

    Where there is none, the longest texts are cut: few of them, if that is enough.

    Args:
        shown: the columns under their headings.
        whole: headings whose texts are numbers, and not broken.
        share: of the page's width, the part that the table stands on.
    """
    room = int((PAGE if share == 1 else PAGE - GAP) * share) - BOX
    for few in (0, FEW):
        columns = [
            _Column(
                title, tuple(_longest(shown[title], few)), kind == pl.String and title not in whole
            )
            for title, kind in shown.schema.items()
        ]
        for (lines, widest), word in product(WAYS, (WHOLE, LONG)):
            widths = {one.title: _width(one, lines, widest, word) for one in columns}
            are_whole = not any(_is_cut(one, widths[one.title], lines) for one in columns)
            if are_whole and sum(widths.values()) <= room:
                return Fit(widths, lines, not few)
    for widest in CUTS:
        widths = {one.title: _width(one, lines, widest, LONG) for one in columns}
        if sum(widths.values()) <= room:
            break
    return Fit(widths, lines, is_whole=False)


def short_digest(text: pl.Expr) -> pl.Expr:
    """A digest by its beginning; the download has it whole."""
    return text.str.replace(DIGEST, "${1}…")


def shortened(shown: pl.DataFrame, fit: Fit) -> pl.DataFrame:
    """Texts as the rows hold them: a sign where one is cut; the download has it whole."""
    if fit.is_whole:
        return shown
    return shown.with_columns(
        pl.col(title).replace(_too_long(shown[title], fit.widths[title] - MARGIN, fit.lines))
        for title, kind in shown.schema.items()
        if kind == pl.String and title in fit.widths
    )


def _too_long(cells: pl.Series, room: int, lines: int) -> dict[str, str]:
    """The texts that lines of so many pixels do not hold, and what they hold of each."""
    texts = cells.drop_nulls().unique()
    longer = texts.filter(texts.str.len_chars() * SIZE > room * lines)
    return {text: _beginning(text, room, lines) for text in longer if _lines(text, room) > lines}


def _beginning(text: str, room: int, lines: int) -> str:
    words = text.split()
    count = bisect_right(
        range(1, len(words)),
        lines,
        key=lambda most: _lines(f"{' '.join(words[:most])} …", room),
    )
    return f"{' '.join(words[:count])} …" if count else f"{text[: room * lines // SIZE]}…"


@dataclass(frozen=True)
class _Column:
    title: str
    texts: tuple[str, ...]
    is_broken: bool  # between words, where a row has several lines


def _longest(cells: pl.Series, few: float) -> Iterator[str]:
    """The longest texts of a column, as they are shown; without so many of all."""
    if cells.dtype == pl.Date:
        yield DAY
    elif isinstance(cells.dtype, pl.Datetime):
        yield MOMENT
    else:
        # A page has a hundred columns, most of few rows: asking polars of each costs more.
        listed = cells.to_list() if len(cells) < MANY else cells.unique().to_list()
        texts = {str(one) for one in listed if one is not None}
        most = int(len(texts) * few)
        longest = nlargest(most + CANDIDATES, texts, key=lambda text: (len(text), text))[most:]
        yield from nlargest(LONGEST, longest, key=_pixels)  # of as many letters, capitals are wider


@lru_cache(maxsize=20_000)
def _width(column: _Column, lines: int, widest: int, word: int) -> int:
    """The narrowest that a column can be: its heading stands on one line, its texts on those.

    Args:
        word: pixels of the longest word that is not broken within.
    """
    heading = _pixels(column.title)
    if lines == 1 or not column.is_broken:
        return max([heading, *map(_pixels, column.texts)]) + MARGIN
    words = [min(_pixels(one) + SLACK, word) for text in column.texts for one in text.split()]
    low = max([heading, *words])
    high = max([low, *map(_pixels, column.texts)])
    while low < high:
        middle = (low + high) // 2
        if all(_lines(text, middle) <= lines for text in column.texts):
            high = middle
        else:
            low = middle + 1
    return max(heading, min(low, widest)) + MARGIN


def _is_cut(column: _Column, width: int, lines: int) -> bool:
    if not column.is_broken:
        return False
    if lines == 1:
        return width > WAYS[0][1]
    return any(_lines(text, width - MARGIN) > lines for text in column.texts)


@lru_cache(maxsize=50_000)
def _lines(text: str, room: int) -> int:
    """How many lines a text takes, broken between words, and within one that is longer."""
    lines, used, space = 1, 0, _pixels(" ")
    room -= SLACK
    for word in text.split():
        wide = _pixels(word)
        if used and used + space + wide > room:
            lines, used = lines + 1, 0
        lines += max(0, wide - 1) // room
        used += wide % room + (space if used else 0)
    return lines


@lru_cache(maxsize=50_000)
def _pixels(text: str) -> int:
    return -(-sum(LETTERS.get(letter, WIDE) for letter in text) * SIZE // 1000)
