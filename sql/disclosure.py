"""Disclosure control: the one rounding of every count that leaves a viewer's own rows.

Preset HES2018: 0 stays, 1 to 7 are suppressed, other counts go to the nearest 5. A per cent
or an interval is a function of rounded counts and of nothing else.

Source: NHS England, HES analysis guide, disclosure control since September 2018.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sql.statistics.intervals import wilson

SUPPRESSED = "*"
LARGEST_SUPPRESSED = 7
BASE = 5
FEWEST_FOR_PERCENT = 20  # rounded denominator
FEWEST_SITES = 3  # contributing to a national figure

# A published count: an integer that is 0 or a multiple of 5, or None where suppressed.
Rounded = int | None
# The smallest and largest count that may stand behind a published one.
Window = tuple[int, int]
UNKNOWN: Window = (0, 10**9)  # behind a count that is withheld
Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True)
class Percent:
    """A whole per cent with its 95 % interval, made of rounded counts."""

    percent: int
    lower: int
    upper: int


def hes(count: int) -> Rounded:
    """A count as it may be published; None is suppressed."""
    if count < 0:
        raise ValueError("a count is not negative")
    if 1 <= count <= LARGEST_SUPPRESSED:
        return None
    return (2 * count + BASE) // (2 * BASE) * BASE


def text(rounded: Rounded) -> str:
    """A rounded count as it is shown: '*' where suppressed."""
    return SUPPRESSED if rounded is None else str(rounded)


def window(rounded: Rounded) -> Window:
    """The smallest and largest count that is published so."""
    if rounded is None:
        return 1, LARGEST_SUPPRESSED
    if rounded == 0:
        return 0, 0
    return max(rounded - BASE // 2, LARGEST_SUPPRESSED + 1), rounded + BASE // 2


def parted(whole: Rounded, part: Rounded, other: Rounded) -> tuple[Rounded, Rounded, Rounded]:
    """A rounded count and two parts of it, as they may stand side by side.

    Where one part nearly fills the whole, the other is suppressed whatever it is, zero
    included: a star would otherwise stand for fewer than five values.
    """
    return (
        whole,
        None if is_filled(whole, other) else part,
        None if is_filled(whole, part) else other,
    )


def is_filled(whole: Rounded, part: Rounded) -> bool:
    """True where a published part leaves fewer than five values above zero to the rest."""
    return bool(part) and window(whole)[1] - window(part)[0] < BASE


def leaves_few(whole: Rounded, part: Rounded, other: Rounded) -> bool:
    """True where two published parts leave fewer than five values to what neither counts."""
    if not part or not other:
        return False
    return window(whole)[1] - window(part)[0] - window(other)[0] + 1 < BASE


def is_protected(cells: Sequence[Window], same_total: Sequence[Window]) -> bool:
    """True where two sets of cells with one total leave every suppressed cell unknown.

    Subtracting published cells from a total that is known elsewhere narrows a suppressed
    cell; at least five values must be left to it. Judged on the windows of the rounded
    counts, so that the answer is a function of what is published.

    Args:
        cells, same_total: what may stand behind each published cell, e.g. of sites and of
            years that count the same breaches; (0, large) for a cell that is withheld.
    """
    return _is_hidden(cells, same_total) and _is_hidden(same_total, cells)


def _is_hidden(cells: Sequence[Window], same_total: Sequence[Window]) -> bool:
    least, most = sums(same_total)
    cells_least, cells_most = sums(cells)
    for low, high in cells:
        if low > 1 or high == 0:  # a published count, not a suppressed one
            continue
        smallest = max(low, least - (cells_most - high))
        largest = min(high, most - (cells_least - low))
        if largest - smallest + 1 < BASE:
            return False
    return True


def narrowed(
    windows: Mapping[Cell, Window], adding: Sequence[tuple[Cell, Sequence[Cell]]]
) -> dict[Cell, Window]:
    """What may stand behind each count, given which are sums of which.

    Args:
        windows: what may stand behind each alone.
        adding: a total and the cells that add up to it; a cell may be in several.

    Returns:
        The windows; one that ends before it starts where no counts add up.
    """
    found = dict(windows)
    before: dict[Cell, Window] = {}
    while found != before and all(low <= high for low, high in found.values()):
        before = dict(found)
        for total, cells in adding:
            least, most = sums([found[cell] for cell in cells])
            low, high = max(found[total][0], least), min(found[total][1], most)
            found[total] = low, high
            for cell in cells:
                smallest, largest = found[cell]
                found[cell] = (
                    max(smallest, low - (most - largest)),
                    min(largest, high - (least - smallest)),
                )
    return found


def sums(cells: Sequence[Window]) -> Window:
    """The least and the most that counts add up to."""
    return sum(low for low, _ in cells), sum(high for _, high in cells)


def percent(events: Rounded, n: Rounded) -> Percent | None:
    """Per cent and Wilson interval of two rounded counts; None where they may not be shown."""
    if events is None or n is None or n < FEWEST_FOR_PERCENT:
        return None
    lower, upper = wilson(events, n)
    return Percent(whole(events, n), round(100 * float(lower)), round(100 * float(upper)))


def whole(part: int, of: int) -> int:
    """A whole per cent, halves up, in integers."""
    return (200 * part + of) // (2 * of)


def is_national(sites: Sequence[Rounded], total: Rounded) -> bool:
    """True where rounded counts, of sites and of all, make a national figure.

    At least three sites contribute, and none can hold over two thirds: each is taken at the
    top of its window and the others at the bottom, so that the answer, too, is a function
    of the rounded counts. All of them must not be suppressed either: it is known then that
    they are five at least, each of as many sites.
    """
    windows = [window(count) for count in sites if count != 0]
    bottom = sum(low for low, _ in windows)
    return (
        total is not None
        and len(windows) >= FEWEST_SITES
        and all(3 * high <= 2 * (high + bottom - low) for low, high in windows)
    )
