"""What changed since the last visit: the release, figures, submissions, findings, cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import sentence, table
from dashboard.finding_counts import open_findings
from dashboard.remembered import remembered
from dashboard.tiles import COMPLICATIONS
from ingest.inbox import Changed
from sql.ledger_events import utc
from sql.reader import NoRelease, Reader
from sql.visits import Visit

FIGURES = (*COMPLICATIONS, "C11", "E1", "E2_M1")
PERIOD = "36 months"
FINDINGS = {"to correct": "to correct", "breach": "breaches", "query": "queries"}
MOST = 8  # cases that are named


def show(view: View) -> None:
    """A few sentences and the figures that moved; at the first visit, and of the past, nothing."""
    last = view.desk.last_visit() if view.past is None else None
    if last is None:
        return
    since = words.moment_text(last.at)
    st.header(f"Since your last visit, {words.plain(since)}", anchor=False)
    changed = view.desk.changed_since(last.at)
    compared, moved = _compared(view, last)
    said = [*_release(view, last), *_submissions(changed), *_cases(view, changed, last), *compared]
    if not said:
        states.nothing(f"Nothing has changed since {since}.")
        return
    sentence("\n".join(f"• {one}" for one in said))
    if moved.height:
        with st.expander(f"Figures of 36 months that moved: {moved.height}"):
            headings = {
                "title": "Figure, of those known (compliance: of all)",
                "before": "Then",
                "now": "Now",
            }
            table(moved, headings, reads="Figures that moved since the last visit")


def _compared(view: View, last: Visit) -> tuple[list[str], pl.DataFrame]:
    """What is not as it was then, and the figures that moved; nothing if that is not kept."""
    no_figures = pl.DataFrame()
    if view.release is None or last.release is None:
        return [], no_figures
    is_other = last.release != view.release.number
    try:
        with ExitStack() as opened:
            before = _before(view, last, opened) if is_other else replace(view, now=last.at)
            if view.viewer.may("see rows"):
                moved = _moved(view, before) if is_other else no_figures
                return list(_findings(view, before)), moved
            return [_published(view, before)] if is_other else [], no_figures
    except NoRelease:
        return [], no_figures


def _before(view: View, last: Visit, opened: ExitStack) -> View:
    """The page as it was at the last visit: an answer to a finding stood if it did that day."""
    reader = Reader.open(view.home, view.viewer, release=last.release, at=view.now)
    published = remembered(opened.enter_context(reader), view.home)
    return replace(view, now=last.at, published=published)


def _release(view: View, last: Visit) -> Iterator[str]:
    if view.release is not None and last.release != view.release.number:
        before = "" if last.release is None else f" in place of release {last.release}"
        data_date = words.day(view.release.data_date)
        yield f"Release {view.release.number}, data to {data_date}, is served{before}."


def _submissions(changed: Changed) -> Iterator[str]:
    found = changed.submissions
    if found.height:
        by_state = found.group_by("state").len().sort("state").iter_rows()
        told = ", ".join(f"{count} {state}" for state, count in by_state)
        findings = found.select(pl.col("findings_R", "findings_B", "findings_W").sum()).row(0)
        many = dict(zip(FINDINGS.items(), findings, strict=True))
        of = ", ".join(words.counted(n, one, more) for (one, more), n in many.items() if n)
        yield f"Submissions that came in or moved on: {told}{f'; findings: {of}' if of else ''}."


def _cases(view: View, changed: Changed, last: Visit) -> Iterator[str]:
    if not view.viewer.may("see rows"):
        published = [one for one in changed.cases if one["published_at"] > utc(last.at)]
        if published:
            yield f"{words.opened(words.counted(len(published), 'outlier case'))} published."
    elif changed.cases:
        many = words.counted(len(changed.cases), "outlier case")
        told = ", ".join(f"case {one['number']} ({one['stage']})" for one in changed.cases[:MOST])
        more = ", …" if len(changed.cases) > MOST else ""
        yield f"{words.opened(many)} opened, moved on or decided: {told}{more}."
    if changed.is_snapshot_taken:
        yield "An annual snapshot was taken."


def _findings(view: View, before: View) -> Iterator[str]:
    then, now = (
        int(open_findings(one, by="rule")["findings"].sum() or 0) for one in (before, view)
    )
    if then != now:
        yield f"Open findings on current rows: {then} then, {now} now."


def _moved(view: View, before: View) -> pl.DataFrame:
    """The figures of all own sites together that are not what they were, as n/N."""
    # As everywhere: compliance is met of all, a rate is of those known.
    of = pl.when(pl.col("kind") == "compliance").then("eligible").otherwise("known")
    n_of = pl.format("{}/{}", "events", of).alias("n_of")
    then, now = (
        one.reader.rates(FIGURES, period=PERIOD, by="all").select("indicator_id", "title", n_of)
        for one in (before, view)
    )
    both = now.join(then, on="indicator_id", how="left", suffix="_then", maintain_order="left")
    return both.select(
        "title", pl.col("n_of_then").fill_null("–").alias("before"), pl.col("n_of").alias("now")
    ).filter(pl.col("before") != pl.col("now"))


def _published(view: View, before: View) -> str:
    """Which kinds of published figures differ: a function of what was published, and no number."""
    differ = [
        kind for kind, ask in PUBLISHED.items() if not ask(view.reader).equals(ask(before.reader))
    ]
    if not differ:
        return f"None of these published figures has changed: {', '.join(PUBLISHED)}."
    return f"Published figures that are not what they were: {', '.join(differ)}."


PUBLISHED: Mapping[str, Callable[[Reader], pl.DataFrame]] = {
    "complications": lambda reader: reader.published_rates(COMPLICATIONS),
    "compliance of sites": lambda reader: reader.compliance_status(),
    "compliance by year": lambda reader: reader.compliance_national(),
    "who reports": lambda reader: reader.published_participation(),
    "overall survival": lambda reader: reader.published_survival(),
}
