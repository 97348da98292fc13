"""What may be decided on one submission now: accept, withdraw, roll back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.pages.submission_findings import MOST_SHOWN
from expectations.rules import catalogue
from ingest.inbox import Desk, Report

IN_FORCE = ("accepted", "signed", "superseded")
EXCLUSIONS = {
    "table": "Table",
    "key": "Record",
    "line": "Line",
    "why": "Reason",
    "column": "Value (–: the whole row)",
    "is_protected": "Harm left out",
}


def show(view: View, row: Mapping[str, Any], report: Report) -> None:
    """The decisions that this viewer may take, and what was asked before."""
    site, state = row["site_ods_code"], row["state"]
    is_team = view.viewer.may("accept protected exclusions", site)
    may_agree = view.viewer.may("agree to a change", site)
    if state == "held" and (view.viewer.may("accept exclusions", site) or is_team):
        _accept(view, row, report, is_team=is_team)
    asked = view.desk.asked(row["submission_id"])
    if state in IN_FORCE and view.viewer.may("withdraw", site):
        _change(view, row, tuple(CHANGES), for_registry=False)
    if state in IN_FORCE and may_agree:
        _change(view, row, _waiting_for_the_team(asked), for_registry=True)
    _asked(asked)


def _accept(view: View, row: Mapping[str, Any], report: Report, *, is_team: bool) -> None:
    st.header("Accept with the listed exclusions", anchor=False)
    listed = report.exclusions
    whole = listed.filter(pl.col("column").is_null()).height
    sentence(
        f"{words.counted(whole, 'row')} would be left out and "
        f"{words.counted(listed.height - whole, 'value')} emptied. Everything else is used."
    )
    shown = listed.head(MOST_SHOWN).with_columns(_why())
    table(shown, EXCLUSIONS, reads="What would be left out", rows=8)
    if listed.height > MOST_SHOWN:
        sentence(f"The first {MOST_SHOWN:,} are shown; the download holds all.")
    download(view, listed, f"exclusions-{row['submission_id']}")
    is_protected = bool(listed["is_protected"].any())
    if is_team and not is_protected:
        states.nothing("Nothing here is protected: the site decides alone.")
        return
    if is_protected:
        states.nothing(
            "A complication, a death, or a procedure that has either is among them: the site "
            "and the registry team must both agree, the registry team with a reason."
        )
    reason = _reason("Why the registry team agrees (kept for good)", row) if is_team else ""
    is_sure = st.checkbox(
        "These may be left out; the indicators will say how many the site left out.",
        key=f"sure-{row['submission_id']}",
    )
    is_told = is_sure and (bool(reason) or not is_team)
    if st.button("Accept listed exclusions", disabled=not is_told, type="primary"):
        seen = report.exclusions_digest
        if is_team:
            view.desk.agree_to_accept(row["submission_id"], exclusions=seen, reason=reason)
        else:
            view.desk.accept(row["submission_id"], exclusions=seen)
        st.success("Asked for. What comes of it stands below in a moment.")


def _why() -> pl.Expr:
    """What the rule of an exclusion says is wrong."""
    messages = {rule.id: rule.message for rule in catalogue().values()}
    return pl.col("rule").replace_strict(messages, default=pl.col("rule")).alias("why")


# What may be done to an accepted submission: what it does, in words, how the site asks for it,
# and how the registry team agrees.
CHANGES = {
    "Withdraw": (
        "Its rows leave all figures; earlier ones of the same records stand again.",
        Desk.withdraw,
        Desk.agree_to_withdraw,
    ),
    "Roll back": (
        "The site's records become again what they were when this submission was the newest, "
        "as a new full submission. Nothing is deleted.",
        Desk.roll_back,
        Desk.agree_to_roll_back,
    ),
}


def _waiting_for_the_team(asked: pl.DataFrame) -> tuple[str, ...]:
    """The changes that a site asked for and that wait for the registry team's agreement."""
    waiting = asked.filter(pl.col("outcome").str.contains("the registry team must agree"))
    kinds = set(waiting["kind"])
    return tuple(label for label in CHANGES if label.lower() in kinds)


def _change(
    view: View, row: Mapping[str, Any], labels: Sequence[str], *, for_registry: bool
) -> None:
    """Withdraw it, or bring back the state of its day; the registry team agrees to it."""
    for label in labels:
        text, of_site, of_team = CHANGES[label]
        with st.expander(f"Agree: {label.lower()}" if for_registry else label):
            st.text(text)
            reason = _reason("Reason (kept for good)", row, label)
            if st.button(label, disabled=not reason, key=f"{label}-{row['submission_id']}"):
                ask = of_team if for_registry else of_site
                ask(view.desk, row["submission_id"], reason=reason)
                st.success("Asked for. What comes of it stands below in a moment.")


def _reason(label: str, row: Mapping[str, Any], what: str = "reason") -> str:
    key = f"{what}-reason-{row['submission_id']}"
    return st.text_input(label, max_chars=300, key=key).strip()


def _asked(asked: pl.DataFrame) -> None:
    """What was asked about it, by whom, and what came of it."""
    if asked.height:
        st.header("Asked for", anchor=False)
        table(
            asked.with_columns(pl.col("outcome").fill_null("waits for the worker")),
            {
                "at": "When",
                "kind": "What was asked",
                "by": "By",
                "reason": "Reason",
                "outcome": "What came of it",
            },
            reads="What was asked about this submission",
        )
