"""Outbox: what was written to whom by role, whether it was sent, and when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table

COLUMNS = {
    "number": "No.",
    "state_text": "State",
    "role": "Recipient",
    "sites_text": "Sites",
    "made": "Written",
    "tries": "Attempts",
    "next": "Sent, or next try",
    "error": "Last answer",
}
STATES = {"queued": "○ queued", "sent": "● sent", "failed": "■ failed"}


def show(view: View) -> None:
    """How many are queued, sent and failed; then each message, newest first."""
    st.caption(
        "A message names things, days and pages, and no fact of a patient; what it says is not "
        "shown here. It is tried up to five times, with growing waits; an attempt that nothing was "
        "heard of is made once more. What failed to arrive is said again in the next digest."
    )
    found = view.desk.outbox()
    if not found:
        states.nothing("No message has been written.")
        return
    sentence(counts_text(found))
    shown = frame(found)
    table(shown, COLUMNS, reads="Messages, newest first", rows=12)
    download(view, shown.select(*COLUMNS), "outbox")


def counts_text(found: Sequence[Mapping[str, Any]]) -> str:
    """How the messages stand, in one sentence; what has failed is said first."""
    counts = {state: sum(row["state"] == state for row in found) for state in STATES}
    told = [f"{count} {state}" for state, count in reversed(counts.items()) if count]
    return f"{words.opened(words.counted(len(found), 'message'))}: {', '.join(told)}."


def frame(found: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The messages as people read them: the columns of COLUMNS."""
    rows = [
        {
            "number": row["number"],
            "state_text": STATES[row["state"]],
            "role": f"{row['role']}{' (removed)' if row['is_removed'] else ''}",
            "sites_text": ", ".join(row["sites"]) or "all",
            "made": _moment(row["made_at"]),
            "tries": f"{row['attempts']} of {row['most_attempts']}",
            "next": _next(row),
            "error": row["last_error"] or "–",
        }
        for row in found
    ]
    return pl.DataFrame(rows).select(*COLUMNS)


def _next(row: Mapping[str, Any]) -> str:
    if row["sent_at"]:
        return f"sent {_moment(row['sent_at'])}"
    return f"next {_moment(row['next_at'])}" if row["next_at"] else "–"


def _moment(told: str) -> str:
    return words.moment_text(datetime.fromisoformat(told))
