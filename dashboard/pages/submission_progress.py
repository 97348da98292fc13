"""What waits to be checked: how far it is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, viewer
from dashboard.data import View
from expectations.dictionary import site_tables
from expectations.rules import catalogue

WAITING = ("received", "checking")


@states.watched(2)
def progress(view: View, waiting: tuple[str, ...]) -> None:
    """Each submission that waits, step by step; the page is drawn anew once one is decided."""
    view = viewer.fresh(view)
    found = view.desk.submissions().filter(pl.col("submission_id").is_in(waiting))
    if not found["state"].is_in(WAITING).all():
        st.rerun()
    for row in found.iter_rows(named=True):
        with st.container(border=True):
            st.text(f"{row['filename']} ({row['site_ods_code']})")
            for line in steps(row, view.desk.progress(row["submission_id"])):
                st.text(line)
            _cancel(view, row)


def steps(row: Mapping[str, Any], done: tuple[str, ...]) -> list[str]:
    """What is done (●) and what is still to do (○), with counts.

    Args:
        done: what the worker has told: "read", then the tables checked.
    """
    if row["state"] == "received":
        return ["○ waits for its turn"]
    checked = [name for name in done if name in site_tables()]
    rules = [rule.table for rule in catalogue().values() if rule.table is not None]
    number, of = sum(rules.count(name) for name in checked), len(rules)
    is_read = bool(checked)
    return [
        f"{'●' if is_read else '○'} read and typed",
        f"{'●' if number == of else '○'} checked by {number} of {of} rules",
        "○ stored",
        "○ published",
    ]


def _cancel(view: View, row: Mapping[str, Any]) -> None:
    if not view.viewer.may("upload", row["site_ods_code"]):
        return
    if st.button("Cancel", key=f"cancel-{row['submission_id']}"):
        view.desk.cancel(row["submission_id"])
        st.text("Asked for: nothing of it will be kept.")
