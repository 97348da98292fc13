"""The mark of figures whose reporting year is not frozen by a snapshot that was taken."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.data import View
from dashboard.words import plain
from sql.reader_periods import Period, period, quarters


def mark(view: View, label: str) -> None:
    """Say in the page's one place, drawn anew where the period changes, what is provisional."""
    if view.mark is None:
        return
    told = said(view, label)
    if told:
        view.mark.caption(plain(f"○ {told}."))
    else:
        view.mark.empty()


def said(view: View, of: str | Period) -> str:
    """Which years of a period, or of its label, are not frozen; empty where all are."""
    if view.kept is None or view.release is None:
        return ""
    shown = period(of, view.release.data_date) if isinstance(of, str) else of
    names = list(_spans([year for year in _years(view, shown) if not _is_frozen(view, year)]))
    if not names:
        return ""
    is_one = len(names) == 1 and " to " not in names[0]
    told = " and ".join(names)
    if view.past is not None and view.past.snapshot is not None:
        verb = "was" if is_one else "were"
        return f"This period runs on past the snapshot's year: {told} {verb} not locked"
    return f"Provisional: {told} {'is' if is_one else 'are'} not locked"


def _years(view: View, shown: Period) -> list[str]:
    """The reporting years of a period from the first that was reported on."""
    since = view.kept.reported_since if view.kept is not None else None
    start = max(shown.start, since) if since is not None else shown.start
    return list(dict.fromkeys(one.label.split()[0] for one in quarters(start, shown.end)))


def _is_frozen(view: View, year: str) -> bool:
    """True where a snapshot of the year was taken by the day shown, and the year was locked."""
    taken = view.kept.taken if view.kept is not None else ()
    return any(one.year == year and one.is_locked_on(view.today) for one in taken)


def _spans(years: list[str]) -> Iterator[str]:
    """Years on end as one: 2023/24 to 2025/26."""
    while years:
        first = int(years[0][:4])
        run = [year for place, year in enumerate(years) if int(year[:4]) == first + place]
        yield run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}"
        years = years[len(run) :]
