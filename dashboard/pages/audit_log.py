"""Audit log: who did what, when, and whether the log is as it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.searching import matching, search_box

ROWS = 500  # shown at once; the download has all that match
HEADINGS: Mapping[str, str] = {
    "number": "Event",
    "when": "When (London)",
    "by": "Who",
    "action": "What was done",
    "subject": "On what",
    "told": "Detail",
    "old": "From state",
    "new": "To state",
}


def show(view: View) -> None:
    """Whether the log is whole, then the events that match."""
    faults = view.desk.audit_faults()
    events = shown(view.desk.audit_events())
    if faults:
        st.error(
            f"■ The audit log is not whole: {words.counted(len(faults), 'fault')}. Keep the "
            "ledger's file as it is, and tell the other admins."
        )
        st.markdown("\n".join(f"- Event {one.number}: {words.plain(one.says)}" for one in faults))
    else:
        told = words.opened(words.counted(events.height, "event"))
        sentence(f"● {told}, none changed, missing, swapped or added.")
    asked = search_box("a person, a submission, a word such as denied")
    left, right = st.columns(2)
    actions = ["", *sorted(set(events["action"]))]
    with left:
        action = st.selectbox("What was done", actions, format_func=lambda one: one or "Anything")
    with right:
        since = st.date_input("From this day on", value=None, format="DD/MM/YYYY")
    found = narrowed(events, asked, action, since if isinstance(since, date) else None)
    if not found.height:
        states.nothing("No event matches.")
        return
    if found.height > ROWS:
        sentence(f"{found.height} events match; the newest {ROWS} are shown.")
    table(found.head(ROWS), HEADINGS, reads="Events", rows=14, aside=("old", "new"))
    download(view, found, "audit-log")


def shown(events: pl.DataFrame) -> pl.DataFrame:
    """The events with the time as people in London read it, and their details in words."""
    local = pl.col("at").dt.convert_time_zone(words.LONDON.key)
    return events.with_columns(
        local.dt.to_string("%-d %b %Y %H:%M:%S").alias("when"),
        pl.Series("told", map(detail_text, events["detail"]), dtype=pl.String),
    )


def detail_text(detail: str) -> str:
    """{"role": "site lead", "sites": ["ZZ101"]} as "role: site lead; sites: ZZ101"."""
    told = {
        name.replace("_", " "): ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in json.loads(detail).items()
    }
    return "; ".join(f"{name}: {value}" for name, value in told.items() if value not in (None, ""))


def narrowed(events: pl.DataFrame, asked: str, action: str, since: date | None) -> pl.DataFrame:
    """The events in which the word stands, of this action and from this day on."""
    found = matching(events, asked)
    if action:
        found = found.filter(pl.col("action") == action)
    if since is not None:
        found = found.filter(pl.col("at").dt.convert_time_zone(words.LONDON.key).dt.date() >= since)
    return found
