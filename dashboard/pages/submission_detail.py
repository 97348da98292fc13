"""One submission: what the check said, row by row, and what may be decided now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.pages.home_site import last_submission_text
from dashboard.tiles import numbers
from ingest import inbox
from ingest.inbox import Report

FINDINGS = {
    "severity": "Kind",
    "rule": "Rule",
    "file": "File",
    "line": "Line",
    "column": "Column",
    "message": "What",
    "fix": "What to do",
}
KINDS = {"F": "refuses", "R": "to correct", "B": "breach", "W": "query"}


def show(view: View, row: Mapping[str, Any]) -> None:
    """Result in one sentence, four numbers, findings, exclusions, decisions."""
    sentence(last_submission_text(dict(row)))
    if row["note"]:
        st.text(f"Note: {row['note']}")
    numbers([(label, "–" if value is None else value) for label, value in _numbers(row)])
    st.caption(
        f"Received {words.moment_text(row['received_at'])}, checked or decided "
        f"{words.moment_text(row['decided_at'])}."
    )
    st.text(f"SHA-256 of the file: {row['sha256']}")
    if row["canonical_digest"]:
        st.text(f"Digest of the content: {row['canonical_digest']}")
    try:
        report = inbox.report(view.home, row["submission_id"])
    except FileNotFoundError:
        states.nothing("Not checked yet: the findings appear here.")
        return
    _findings(view, row, report)
    _decisions(view, row, report)


def _numbers(row: Mapping[str, Any]) -> tuple[tuple[str, int | None], ...]:
    read, left_out = row["records_read"], row["records_excluded"]
    used = read - (left_out or 0) if read is not None and row["state"] == "accepted" else None
    return (
        ("Rows read", read),
        ("Rows used", used),
        ("Findings to correct", row["findings_R"]),
        ("Breaches", row["findings_B"]),
    )


def _findings(view: View, row: Mapping[str, Any], report: Report) -> None:
    st.markdown("**Findings**")
    gravity = pl.col("severity").replace_strict(list(KINDS), list(range(len(KINDS))))
    found = report.findings.sort(gravity, "rule", "file", "line").with_columns(
        pl.col("severity").replace(KINDS)
    )
    if found.height:
        sentence(
            f"{words.counted(found.height, 'finding')} of "
            f"{words.counted(found['rule'].n_unique(), 'rule')}; the gravest first."
        )
        table(found, FINDINGS, reads="Findings of this submission", rows=8, wraps=True)
        download(view, found, f"findings-{row['submission_id']}")
    else:
        states.nothing("No finding: every row was used as sent.")
    for title, lines in (("Read so", report.notices), ("Not judged", report.not_evaluated)):
        if lines:
            with st.expander(f"{title} ({len(lines)})"):
                for line in lines:
                    st.text(line)


def _decisions(view: View, row: Mapping[str, Any], report: Report) -> None:
    site, state = row["site_ods_code"], row["state"]
    may_accept = view.viewer.may("accept exclusions", site)
    if state == "held" and (may_accept or view.viewer.may("accept protected exclusions", site)):
        _accept(view, row, report)
    if state in ("accepted", "signed", "superseded") and view.viewer.may("withdraw", site):
        _withdraw(view, row)


def _accept(view: View, row: Mapping[str, Any], report: Report) -> None:
    st.markdown("**Accept with the listed exclusions**")
    listed = report.exclusions
    whole = listed.filter(pl.col("column").is_null()).height
    sentence(
        f"{words.counted(whole, 'row')} would be left out and "
        f"{words.counted(listed.height - whole, 'value')} emptied. Everything else is used."
    )
    table(
        listed,
        {
            "table": "Table",
            "line": "Line",
            "column": "Value (empty: whole row)",
            "rule": "Rule",
            "is_protected": "Complication or death",
        },
        reads="What would be left out",
        rows=10,
    )
    is_protected = bool(listed["is_protected"].any())
    if is_protected and not view.viewer.may("accept protected exclusions", row["site_ods_code"]):
        states.not_permitted(
            "A complication, a death, or a procedure that has either is among them: the "
            "registry team must agree, with a reason. Ask the registry team, or correct the "
            "export."
        )
        return
    reason = ""
    if is_protected:
        reason = st.text_input(
            "Why the registry team agrees (kept for good)",
            max_chars=300,
            key=f"agrees-{row['submission_id']}",
        ).strip()
    is_sure = st.checkbox(
        "These may be left out; the indicators will say how many the site left out.",
        key=f"sure-{row['submission_id']}",
    )
    is_told = is_sure and (bool(reason) or not is_protected)
    if st.button("Accept listed exclusions", disabled=not is_told, type="primary"):
        inbox.request_accept(
            view.home,
            row["submission_id"],
            by=_by(view),
            at=view.now,
            registry_reason=reason,
        )
        st.success("Asked for. The submission is used as soon as it has been worked in.")


def _withdraw(view: View, row: Mapping[str, Any]) -> None:
    with st.expander("Withdraw this submission"):
        st.text("Its rows leave all figures; earlier ones of the same records stand again.")
        reason = st.text_input(
            "Reason (kept for good)", max_chars=300, key=f"reason-{row['submission_id']}"
        ).strip()
        if st.button("Withdraw", disabled=not reason):
            inbox.request_withdraw(
                view.home, row["submission_id"], by=_by(view), reason=reason, at=view.now
            )
            st.success("Asked for. The figures follow as soon as it has been worked in.")


def _by(view: View) -> str:
    return f"{view.viewer.name}, {view.viewer.role}"
