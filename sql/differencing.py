"""What somebody who knows one site's rows exactly could work out of published counts.

A site takes its own share from a national count; what is left is of the others. Nothing that
is left may be 1 to 7 with fewer than five values to choose from. Which site is asking is not
known: each is taken at the top of its rounded counts, so that what is withheld, too, is a
function of rounded counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from sql.disclosure import (
    BASE,
    LARGEST_SUPPRESSED,
    UNKNOWN,
    Cell,
    Rounded,
    Window,
    narrowed,
    sums,
    window,
)

# The most that each site may have of a count, by site.
Share = Mapping[Hashable, int]
APART = 2 * BASE  # between a national count and any site's, both rounded


def is_of_many(total: Rounded, sites: Iterable[Rounded]) -> bool:
    """True where a national count is ten more than any one site's, a star taken as five.

    Shown, it leaves five values to what the others have. Withheld, it leaves them too: whoever
    holds all but 0 to 4 of it finds it withheld, whatever the others have of those.
    """
    if total is None:
        return False
    return total == 0 or all(total - (BASE if count is None else count) >= APART for count in sites)


def told(
    windows: Mapping[Cell, Window],
    shares: Mapping[Cell, Share],
    adding: Sequence[tuple[Cell, Sequence[Cell]]],
) -> set[Cell]:
    """The counts of which too few values are left to some site that knows its own share.

    Args:
        windows: what may stand behind each count; UNKNOWN for one that is not published.
        shares: by site, the most that it may have of each count.
        adding: a total and the cells that add up to it.
    """
    sites = {site for share in shares.values() for site in share}
    return {cell for site in [None, *sites] for cell in _told_to(site, windows, shares, adding)}


def _told_to(
    site: Hashable,
    windows: Mapping[Cell, Window],
    shares: Mapping[Cell, Share],
    adding: Sequence[tuple[Cell, Sequence[Cell]]],
) -> set[Cell]:
    own = {cell: shares.get(cell, {}).get(site, 0) for cell in windows}
    raised = {cell: (max(low, own[cell]), high) for cell, (low, high) in windows.items()}
    found = narrowed(raised, adding)
    return {cell for cell in windows if not _keeps_five(found[cell], own[cell])}


def _keeps_five(found: Window, share: int) -> bool:
    low, high = found
    if low > high:
        return False
    return high == 0 or low - share > LARGEST_SUPPRESSED or high - low + 1 >= BASE


def behind(rounded: Rounded) -> Window:
    """What may stand behind a national count: a star may be any but none."""
    return (1, UNKNOWN[1]) if rounded is None else window(rounded)


def is_kept(sites: Sequence[Window], years: Sequence[Window], shares: Sequence[int]) -> bool:
    """True where sites and years of one total leave each other their values.

    Whichever site knows its own count exactly, and whatever it is: a suppressed site and a
    withheld year keep five values, and so does a year of which the other sites may have few.

    Args:
        sites, years: what may stand behind counts that add up to the same.
        shares: of each year, the most that any one site may have.
    """
    return all(
        _is_kept(own, [*sites[:place], *sites[place + 1 :]], years, shares)
        for place, (low, high) in enumerate(sites)
        for own in range(low, high + 1)
    )


def _is_kept(
    own: int, others: Sequence[Window], years: Sequence[Window], shares: Sequence[int]
) -> bool:
    (least, most), (first, last) = sums(others), sums(years)
    for low, high in others:
        smallest = max(low, first - own - (most - high))
        largest = min(high, last - own - (least - low))
        if low == 1 and largest - smallest + 1 < BASE:
            return False
    for (low, high), share in zip(years, shares, strict=True):
        rest_least, rest_most = first - low, last - high
        if high == UNKNOWN[1]:  # withheld: what the others have of it may be no more than this
            if most > 0 and most - rest_least < BASE:
                return False
            continue
        smallest = max(low, own + least - rest_most)
        largest = min(high, own + most - rest_least)
        if high > 0 and smallest - share <= LARGEST_SUPPRESSED and largest - smallest + 1 < BASE:
            return False
    return True


def holds(sites: Sequence[Window], part: Window) -> bool:
    """True where a count of some of what the sites have leaves each of them its values.

    Together they have as much at least: nobody's count may be raised by it, nor the part's be
    lowered, whichever site knows its own.
    """
    _, most = sums(sites)
    widths = sorted((high - low for low, high in sites), reverse=True)
    stars = any(low == 1 for low, _ in sites)
    return part[1] <= most - sum(widths[:1]) and (not stars or part[0] <= most - sum(widths[:2]))
