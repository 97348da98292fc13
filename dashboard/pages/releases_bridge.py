"""What moved a figure between two releases: sentence, waterfall, its table, and the cases."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from dashboard import states, viewer, words
from dashboard.charts_bridge import waterfall, waterfall_rows
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from sql.bridge_words import signed
from sql.reader_bridge import Figure, Moved

ALL = ""
USUAL = "S5_30"  # shown first
MOST_IN_CHART = 12
WHAT = "What moved it"
MEASURES = {"events": "Events", "eligible": "Eligible", "unknown": "Unknown"}


def section(view: View, named: Mapping[int, str] | None = None) -> None:
    """What moved one indicator between two releases; nothing for who has no rows.

    Args:
        named: releases that have a name of their own: {12: "annual snapshot 2025/26"}.
    """
    if not view.viewer.may("see rows"):
        return
    st.header("What moved a figure between two releases", anchor=False)
    releases = view.reader.kept_releases
    if releases.height < 2:
        states.nothing("Only one release is kept so far: there is none to compare it with.")
        return
    first, second = _pair(view, releases, named or {})
    progress = view.desk.bridge_progress(first, second)
    if progress.state != "made":
        _waiting(view, first, second)
        return
    indicator, site, period = _figure_chosen(view)
    moved = view.reader.change_bridge(
        first, second, indicator, site=site, period=period, stamp=progress.stamp
    )
    sentence(moved.sentence)
    _ends(moved)
    _steps(view, moved)
    _units(view, moved)


def _pair(view: View, releases: pl.DataFrame, named: Mapping[int, str]) -> tuple[int, int]:
    """The two releases, that of the earlier state first."""
    known = {row["number"]: row for row in releases.to_dicts()}
    order = list(known)  # the latest first

    def told(number: int) -> str:
        row = known[number]
        kind = "as of" if row["is_as_of"] else "of"
        when = words.day(row["at"].astimezone(words.LONDON).date())
        name = named.get(number)
        return f"Release {number} {kind} {when}" + (f" ({name})" if name else "")

    served = view.reader.release().number
    left, right = st.columns(2)
    later = order[:-1]
    with right:
        second = st.selectbox(
            "To",
            later,
            index=later.index(served) if served in later else 0,
            format_func=told,
            key="bridge-to",
        )
    earlier = order[order.index(second) + 1 :]
    usual = next((number for number in earlier if number in named), earlier[0])
    with left:
        first = st.selectbox(
            "From",
            earlier,
            index=earlier.index(usual),
            format_func=told,
            key=f"bridge-from-{second}",
        )
    return first, second


def _figure_chosen(view: View) -> tuple[str, str | None, str]:
    """Indicator, site (None: all own sites together) and period."""
    titles = dict(view.reader.indicators().select("id", "title").iter_rows())
    sites = dict(view.reader.sites().select("site_id", "site_name").iter_rows())
    choices = [*sites] if len(sites) == 1 else [ALL, *sites]
    names = list(titles)
    place, middle, right = st.columns([3, 2, 2])
    with place:
        indicator = st.selectbox(
            "Indicator",
            names,
            index=names.index(USUAL) if USUAL in titles else 0,
            format_func=lambda name: f"{name} {titles[name]}",
            key="bridge-indicator",
        )
    with middle:
        site = st.selectbox(
            "Site",
            choices,
            format_func=lambda name: (
                f"{sites[name]} ({name})" if name else f"All {len(sites)} sites together"
            ),
            key="bridge-site",
        )
    with right:
        period = st.selectbox("Period", view.reader.periods(), key="bridge-period")
    return indicator, site or None, period


def _ends(moved: Moved) -> None:
    ends = [moved.first, moved.second]
    shown = pl.DataFrame(
        [
            {
                "release": f"Release {one.release}",
                "period": one.period,
                "n_of": _n_of(one),
                "said": words.rate_text(one.rate, one.lower, one.upper, one.eligible),
                "eligible": one.eligible,
                "unknown": one.unknown,
                "data_date": one.data_date,
            }
            for one in ends
        ]
    )
    headings = {
        "release": "Release",
        "n_of": "n/N",
        "said": "% (95 % interval)",
        "eligible": "Eligible",
        "unknown": "Unknown",
        "period": "Period",
        "data_date": "Data to",
    }
    table(shown, headings, reads="The figure in both releases")


def _n_of(one: Figure) -> str:
    # As everywhere: compliance is met of all, a rate is of those known.
    is_of_all = one.kind == "compliance"
    return words.share(one.events, one.eligible if is_of_all else one.eligible - one.unknown)


def _steps(view: View, moved: Moved) -> None:
    told = _table(moved)
    if moved.steps.height:
        _chart(moved)
        table(told, {"what": WHAT, **MEASURES}, reads="The first figure, the steps, the second")
    else:
        states.nothing("Nothing that came in between moved this figure.")
    if moved.unmoved:
        with st.expander(f"What left it as it was ({len(moved.unmoved)})"):
            st.text("\n".join(moved.unmoved))
    name = f"bridge-{moved.first.release}-{moved.second.release}-{moved.indicator_id}"
    footer(view, told, name, indicator_definition(view, moved.indicator_id))


def _table(moved: Moved) -> pl.DataFrame:
    """What and MEASURES as text: the first release, what each step changed, the second."""

    def end(one: Figure) -> dict[str, str]:
        counts = {name: str(getattr(one, name)) for name in MEASURES}
        return {"what": f"Release {one.release}, data to {words.day(one.data_date)}"} | counts

    steps = [
        {"what": row["what"]} | {name: signed(row[name]) for name in MEASURES}
        for row in moved.steps.to_dicts()
    ]
    return pl.DataFrame([end(moved.first), *steps, end(moved.second)])


def _chart(moved: Moved) -> None:
    measure = _measure(moved)
    title = MEASURES[measure]
    ends = _end(moved.first, measure), _end(moved.second, measure)
    rows = waterfall_rows(_in_chart(moved.steps, measure), measure, ends)
    if not rows["kind"].is_in(["more", "fewer"]).any():
        states.nothing(f"{title}: no change.")
        return
    draw(
        waterfall,
        rows,
        reads=f"{title}: what each thing in between added or took away; the table has the same.",
        axis=f"{title}: change since release {moved.first.release}",
    )
    st.caption(
        "▶ added, ◀ took away, ◆ a release. Each step is a build of the registry that differs "
        "from the one before it in this alone: the steps add up exactly."
    )


def _measure(moved: Moved) -> str:
    told = [name for name in MEASURES if (moved.steps[name] != 0).any()]
    chosen = st.segmented_control(
        "Show",
        list(MEASURES),
        default=told[0],
        format_func=lambda name: MEASURES[name],
        key=f"bridge-measure-{told[0]}",
    )
    return chosen or told[0]


def _in_chart(steps: pl.DataFrame, measure: str) -> pl.DataFrame:
    """The steps that moved a measure, or where they are too many those of a kind together."""
    moved = steps.filter(pl.col(measure) != 0)
    if moved.height <= MOST_IN_CHART:
        return moved
    number = pl.col("submissions").list.len().sum()
    title = pl.col("what").first().str.split(":").list.first()
    return moved.group_by("kind", maintain_order=True).agg(
        pl.when(number > 1).then(pl.format("{} ({} submissions)", title, number))
        .otherwise(pl.col("short").first()).alias("short"),
        *(pl.col(name).sum() for name in MEASURES),
    )  # fmt: skip


def _end(one: Figure, measure: str) -> str:
    return f"Release {one.release}: {getattr(one, measure)} {measure}"


def _units(view: View, moved: Moved) -> None:
    if not moved.units.height:
        return
    with st.expander(f"What came, went or changed, singly ({moved.units.height})"):
        table(
            moved.units,
            {
                "change": "Change",
                "site_id": "Site",
                "procedure_id": "Procedure",
                "detail": "Of it",
                "event_date": "Day",
                "was": "Was",
                "now": "Is",
                "what": "By",
            },
            reads="Units behind the steps",
            rows=12,
        )
        st.caption(
            "Left: it counts no more, or its day lies outside the later period. Eligible again "
            "under another date: left and entered."
        )


@states.watched(2)
def _waiting(view: View, first: int, second: int) -> None:
    """How far the bridge is, or the way to ask for it; the page is drawn anew once it is made."""
    view = viewer.fresh(view)
    progress = view.desk.bridge_progress(first, second)
    if progress.state == "made":
        st.rerun()
    if progress.state == "asked":
        st.text("○ waits for its turn")
    elif progress.state == "working":
        st.progress(progress.done / progress.of, f"{progress.done} of {progress.of} states built")
    else:
        if progress.state == "stopped":
            st.warning(words.plain(f"It could not be worked out: {progress.why}."))
        st.text(
            "What moved the figures between these two is not worked out yet. It takes a second or "
            "two for each submission that came in between; other work goes on."
        )
        may_ask = view.viewer.may("ask for a bridge")
        if may_ask and st.button("Work it out", key=f"bridge-ask-{first}-{second}"):
            view.desk.request_bridge(first, second)
            st.rerun()
