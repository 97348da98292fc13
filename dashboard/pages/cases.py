"""Cases: outlier cases with their clocks, and the sentinel events that are reviewed singly."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import choices, states, words
from dashboard.data import View
from dashboard.figures import table
from dashboard.pages import case_detail, cases_board, cases_sentinel
from ingest.inbox import Desk


def is_listed(desk: Desk) -> bool:
    """True for those with rows; for a commissioner once a case is published."""
    return desk.viewer.may("see rows") or bool(desk.cases())


def show(view: View) -> None:
    """The board, one case and the sentinel events; to a commissioner published cases alone."""
    if not view.viewer.may("see rows"):
        _published(view)
        return
    found = view.desk.cases()
    cases, events = choices.tabs(["Outlier cases", "Sentinel events"])
    with cases:
        cases_board.show(view, found)
        if found:
            _one(view, found)
        cases_board.provisional(view)
        cases_board.stages()
    with events:
        cases_sentinel.show(view)


def _one(view: View, found: cases_board.Cases) -> None:
    st.header("One case", anchor=False)
    numbers = {str(row["number"]): row for row in cases_board.in_order(view, found)}
    named = {number: cases_board.named(row) for number, row in numbers.items()}
    picked = choices.picked("case", "Case", named, next(iter(named)), is_always_said=True)
    case_detail.show(view, numbers[picked], found)


PUBLISHED = {
    "site": "Site",
    "title": "Indicator",
    "period": "Period",
    "kind_text": "Kind",
    "decision": "Decision",
    "stage": "Stage",
    "published_on": "Published",
}


def _published(view: View) -> None:
    """What a commissioner sees: that a case was published, and no figure of it."""
    found = view.desk.cases()
    if not found:
        states.nothing("No outlier case has been published.")
        return
    titles = {name: entry["title"] for name, entry in view.reader.definitions().items()}
    names = dict(view.reader.compliance_status()["site_id", "site_name"].unique().iter_rows())
    rows = [
        {
            **row,
            "site": f"{names.get(row['site_ods_code'], '')} ({row['site_ods_code']})".strip(),
            "title": titles.get(row["indicator_id"], row["indicator_id"]),
            "kind_text": cases_board.kind_text(row["kind"]),
            "published_on": cases_board.day_of(row["published_at"]),
        }
        for row in found
    ]
    shown = pl.DataFrame(rows, infer_schema_length=None).select(*PUBLISHED)
    st.text(f"{words.opened(words.counted(len(rows), 'outlier case'))} published.")
    table(shown, PUBLISHED, reads="Published outlier cases")
    st.caption("Figures and the trust's response stand in the registry's published report.")
