"""Sentinel events: each with what is on record of it, how long ago it was, and its review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import links, states, words
from dashboard.data import View
from dashboard.figures import footer, sentence, table
from sql.case_stages import policy
from sql.ledger import LedgerError
from sql.sentinel_reviews import MOST_CHARACTERS

PERIOD = "36 months"
DAY = "%-d %b %Y"
COLUMNS = {
    "state": "Review",
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "happened": "What happened",
    "days_elapsed": "Days since",
    "reported": "Reported",
    "found": "What the review found",
}
# In the download each fact stands in a column of its own.
KEPT = [
    *("site_id", "procedure_id", "procedure_date", "event", "subtype", "day", "days_elapsed"),
    *("yellow_card", "review", "outcome", "lesson", "by", "at"),
]


def reviewed(view: View) -> pl.DataFrame:
    """The sentinel events that the viewer may see, each with the review that stands."""
    events = view.reader.sentinel_events(period=PERIOD)
    return view.desk.with_reviews(events)


def waiting_text(events: pl.DataFrame) -> str:
    """How many wait for a review, in one sentence."""
    waiting = events.filter(pl.col("by").is_null())
    if not waiting.height:
        return f"All {events.height} are reviewed."
    days = waiting["days_elapsed"].drop_nulls().to_list()
    since = f"; the oldest happened {max(days)} days ago" if days else ""
    verb = "waits" if waiting.height == 1 else "wait"
    return f"{waiting.height} of {events.height} {verb} for a review{since}."


def show(view: View) -> None:
    """All sentinel events of the rolling 36 months, those without a review first."""
    st.caption(
        "Every death within 90 days, Clavien-Dindo IV or V, needle-tract seeding and ventricular "
        "arrhythmia of the rolling 36 months and since, whatever any chart says."
    )
    events = reviewed(view)
    if not events.height:
        states.nothing("No sentinel event in this period.")
        return
    sentence(waiting_text(events))
    state = pl.when(pl.col("by").is_null()).then(pl.lit("▲ waits")).otherwise(pl.lit("● reviewed"))
    shown = (
        in_words(events)
        .with_columns(state.alias("state"))
        .sort(
            pl.col("by").is_not_null(),
            "procedure_date",
            descending=[False, True],
            maintain_order=True,
        )
    )
    table(shown, COLUMNS, reads="Sentinel events", rows=10)
    st.caption(
        f"Reported: a Yellow Card, a report to {words.LFPSE}, a duty of candour letter; "
        "of a death they stand at its complication of grade V, where one was sent: two rows, each "
        "with a review of its own. "
        "Days since: from the event to today."
    )
    links.to_records(shown, "sentinel")
    footer(view, shown.select(*KEPT), "sentinel-events", None)
    own = shown.filter(
        pl.col("site_id").is_in(
            [site for site in shown["site_id"].unique() if view.viewer.may("review an event", site)]
        )
    )
    if own.height:
        _review(view, own)
    else:
        states.nothing("The governance lead of the site's trust reviews them.")


def in_words(events: pl.DataFrame) -> pl.DataFrame:
    """The events with happened, reported and found: what stands together, in one text each."""
    day = pl.format("{}, day {}", "event", "day")
    detail = pl.format(": {}", "subtype").fill_null("")
    reports = [pl.col(name).replace("–", None) for name in ("yellow_card", "review")]
    known = pl.concat_str(reports, separator="; ", ignore_nulls=True)
    reviewed = pl.format(
        "{}. {} ({}, {})", "outcome", "lesson", "by", pl.col("at").dt.strftime(DAY)
    )
    return events.with_columns(
        happened=pl.concat_str(pl.coalesce(day, "event"), detail),
        reported=pl.when(known == "").then(pl.lit("–")).otherwise(known),
        found=pl.when(pl.col("by").is_null()).then(pl.lit("–")).otherwise(reviewed),
    )


def _review(view: View, events: pl.DataFrame) -> None:
    st.header("Review one event", anchor=False)
    rows = {row["event_key"]: row for row in events.iter_rows(named=True)}
    picked = st.selectbox("Event", list(rows), format_func=lambda key: _named(rows[key]))
    row = rows[picked]
    if row["by"] is not None:
        sentence(
            f"Reviewed by {row['by']}, {words.moment_text(row['at'])}: {row['outcome']}. "
            f"Lesson: {row['lesson']}"
        )
    outcomes = policy().review_outcomes
    outcome = st.selectbox("Outcome", list(outcomes), format_func=lambda code: outcomes[code])
    lesson = st.text_area(
        "Lesson (kept for good; no names and no numbers of patients)",
        max_chars=MOST_CHARACTERS,
        key=f"lesson-{picked}",
    ).strip()
    if st.button("Record the review", disabled=not lesson, type="primary"):
        try:
            view.desk.review_event(picked, outcome=outcome, lesson=lesson)
        except LedgerError as refusal:
            st.warning(words.plain(str(refusal)))
            return
        st.rerun()


def _named(row: Mapping[str, Any]) -> str:
    of = f"{row['site_id']}, {row['procedure_id']} of {words.day(row['procedure_date'])}"
    return f"{of}: {row['event']}, {row['state']}"
