"""National figures, made of counts by site that are rounded before anything else."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.differencing import Share, behind, is_of_many, told
from sql.disclosure import UNKNOWN, Window, hes, text, window
from sql.reader_periods import Period
from sql.reader_rates import LARGEST_UNKNOWN_SHARE
from sql.reader_source import frame

TOO_FEW_SITES = "fewer than three sites contribute, one holds over two thirds, or too few in all"
LEAVES_FEW = "withheld, since a small number could be worked out from its counts"
LEAVES_BEFORE = "withheld, since a small number of the time before could be worked out from it"
MANY_UNKNOWN = "no single rate is published: more than a tenth of outcomes is unknown"
TOO_FEW = "no per cent is published (too few, or it would show a site)"

COLUMNS = ["eligible", "events", "failed", "unknown"]  # by site
COUNTS = ("eligible", "events", "unknown")
REST = "rest"  # those with neither the event nor an unknown outcome: never published
FIGURE_SCHEMA = {
    **dict.fromkeys((f"{name}_text" for name in COUNTS), pl.String),
    **dict.fromkeys((*COUNTS, "percent", "lower", "upper"), pl.Int64),
    "note": pl.String,
}

WHOLE, LAST, BEFORE = "36 months", "12 months", "the 24 months before"

Figure = dict[str, Any]
Shares = dict[str, dict[Hashable, int]]
Place = tuple[Any, ...]
# The counts of figures as disclosure control sees them: windows, one site's shares, sums.
System = tuple[dict[Place, Window], dict[Place, Share], list[tuple[Place, list[Place]]]]


def figures(whole: pl.DataFrame, last: pl.DataFrame) -> list[Figure]:
    """An indicator's figures of the whole period and of its last part, from counts by site.

    The last part is withheld where what it leaves of the whole, the time before, would be told.
    """
    first, second = (national_figure(of, "events") for of in (whole, last))
    if told(*with_last(system({(WHOLE,): first}), second, shares(before(whole, last), "events"))):
        return [first, withheld(LEAVES_BEFORE, second["shares"])]
    return [first, second]


def with_last(of: System, last: Figure, before: Shares, whole: Place = (WHOLE,)) -> System:
    """The system of the whole with its last part and, never published, the time before."""
    windows, shares, sums = system({(LAST,): last, (BEFORE,): withheld("", before)})
    parts = [((*whole, name), [(LAST, name), (BEFORE, name)]) for name in (*COUNTS, REST)]
    return of[0] | windows, of[1] | shares, [*of[2], *sums, *parts]


def before(whole: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Counts by site of the time before the last part of a period."""
    less = last.with_columns(-pl.col(COLUMNS))
    return pl.concat([whole, less]).group_by("site_id").agg(pl.col(COLUMNS).sum())


def counted(
    source: duckdb.DuckDBPyConnection,
    indicator_ids: Sequence[str],
    over: Period,
    *,
    is_followed: bool = False,
) -> pl.DataFrame:
    """indicator_id, site_id, eligible, events (1), failed (0), unknown; every site's rows.

    Args:
        is_followed: of procedures followed for 90 days only. Every national rate counts these
            and no others, so that no two tell apart who was followed for less.
    """
    return frame(
        source,
        """
        select
            value.indicator_id,
            value.site_id,
            count(*) as eligible,
            count(*) filter (where value.value = 1) as events,
            count(*) filter (where value.value = 0) as failed,
            count(*) filter (where value.value is null) as unknown
        from indicator_value as value
        inner join fct_procedure as procedure using (site_id, procedure_id)
        where value.indicator_id = any($indicators)
            and value.event_date between $start and $finish
            and (procedure.is_mature_90d or not $is_followed)
        group by value.indicator_id, value.site_id
        order by value.indicator_id, value.site_id
        """,
        {
            "indicators": list(indicator_ids),
            "start": over.start,
            "finish": over.end,
            "is_followed": is_followed,
        },
    )


def national_figure(of: pl.DataFrame, events: str) -> Figure:
    """One national figure from counts by site: eligible, unknown, and the column `events`.

    A count that stands too near one site's is a star. Every count is withheld where the sites do
    not make a national figure, or where the counts leave too few of the whole, or of what it is
    without one site. Beside what is published stand `shares`: the most that each site may have
    of each count and of the rest.
    """
    columns = dict(zip(COUNTS, ("eligible", events, "unknown"), strict=True))
    sites = {name: [hes(count) for count in of[column]] for name, column in columns.items()}
    totals = {name: hes(int(of[column].sum())) for name, column in columns.items()}
    apart = (totals[name] if is_of_many(totals[name], sites[name]) else None for name in COUNTS)
    eligible, happened, unknown = disclosure.parted(*apart)
    of_one = shares(of, events)
    if not disclosure.is_national(sites["eligible"], eligible):
        return withheld(TOO_FEW_SITES, of_one)
    percent = disclosure.percent(happened, eligible)
    figure = {
        "eligible_text": text(eligible),
        "events_text": text(happened),
        "unknown_text": text(unknown),
        "eligible": eligible,
        "events": happened,
        "unknown": unknown,
        "percent": percent.percent if percent else None,
        "lower": percent.lower if percent else None,
        "upper": percent.upper if percent else None,
        "note": None if percent else TOO_FEW,
        "shares": of_one,
    }
    if disclosure.leaves_few(eligible, happened, unknown) or told(*system({("figure",): figure})):
        return withheld(LEAVES_FEW, of_one)
    return figure


def of_enough(figure: Figure) -> Figure:
    """The figure, without its per cent where more outcomes are unknown than a rate may leave out.

    By the rounded counts, which stand beside it: that there is none tells nothing more.
    """
    eligible, unknown = figure["eligible"], figure["unknown"]
    if not eligible or unknown is None or unknown <= LARGEST_UNKNOWN_SHARE * eligible:
        return figure
    return figure | dict.fromkeys(("percent", "lower", "upper")) | {"note": MANY_UNKNOWN}


def shares(of: pl.DataFrame, events: str) -> Shares:
    """The most that each site may have of each count, and of the rest, by rounded counts."""
    found: Shares = {name: {} for name in (*COUNTS, REST)}
    counts = of.select("site_id", "eligible", events, "unknown")
    for site, eligible, happened, unknown in counts.iter_rows():
        of_site = (eligible, happened, unknown, eligible - happened - unknown)
        for name, count in zip(found, of_site, strict=True):
            found[name][site] = window(hes(count))[1]
    return found


def system(of: Mapping[Place, Figure]) -> System:
    """Figures as counts that hold one another: each whole is its events, unknown and the rest."""
    windows = {
        (*place, name): count_window(figure, name)
        for place, figure in of.items()
        for name in (*COUNTS, REST)
    }
    of_one = {
        (*place, name): share
        for place, figure in of.items()
        for name, share in figure.get("shares", {}).items()
    }
    sums = [
        ((*place, "eligible"), [(*place, name) for name in ("events", "unknown", REST)])
        for place in of
    ]
    return windows, of_one, sums


def count_window(figure: Figure, name: str) -> Window:
    """What may stand behind a count of a figure; a star beside a full part may be a zero."""
    if name == REST or figure["eligible"] is None:
        return UNKNOWN
    other = {"events": "unknown", "unknown": "events"}.get(name)
    low, high = behind(figure[name])
    is_any = other is not None and disclosure.is_filled(figure["eligible"], figure[other])
    return (0 if is_any else low), high


def withheld(note: str, shares: Shares | None = None) -> Figure:
    """A figure of which nothing is said but why."""
    texts = {f"{name}_text": disclosure.SUPPRESSED for name in COUNTS}
    return dict.fromkeys(FIGURE_SCHEMA) | texts | {"note": note, "shares": shares or {}}
