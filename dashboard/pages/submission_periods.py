"""Quarter by quarter: what is due, who is late, sign-off by the lead, locked years."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from sql.ledger import LedgerError

ATTESTATION = (
    "I have reviewed what this site has sent for the period, and to the best of my knowledge "
    "it is complete and right."
)
DUE = {
    "site_ods_code": "Site",
    "quarter": "Quarter",
    "due_date": "Due",
    "state_text": "State",
    "received_at": "Received",
    "signed": "Signed off",
}


def show(view: View) -> None:
    """Due and late quarters, and what the viewer may sign or lock."""
    st.header("Quarters", anchor=False)
    due = view.desk.due()
    if not due.height:
        states.nothing("No quarter is due yet.")
        return
    signed = view.desk.signed_off().filter(pl.col("voided_at").is_null())
    due = due.with_columns(_signed(due, signed), _state()).sort(
        ["quarter_end", "is_late_today", "site_ods_code"], descending=[True, True, False]
    )
    late = due.filter("is_late_today")
    sentence(
        "Nobody is late."
        if not late.height
        else f"Late today: {', '.join(f'{s} {q}' for s, q in _pairs(late))}."
    )
    _validated(view)
    table(due, DUE, reads="What each quarter owes, newest and late first", rows=6)
    download(view, due, "quarters")
    _sign(view, due)
    _locks(view)


def _validated(view: View) -> None:
    """The reporting years that sites validate now, and whose signature is still missing."""
    for one in view.desk.validated():
        sentence(
            f"{one.year} is validated up to {words.day(one.last_day)}, then frozen: check it and "
            f"sign its quarters. Not signed yet: {', '.join(one.not_signed) or 'none'}."
        )


def _pairs(late: pl.DataFrame) -> list[tuple[str, str]]:
    return list(late.select("site_ods_code", "quarter").iter_rows())


def _state() -> pl.Expr:
    late = pl.when("is_late").then(pl.lit(", late")).otherwise(pl.lit(""))
    missing = pl.when("is_late_today").then(pl.lit("▲ ")).otherwise(pl.lit(""))
    return pl.concat_str(missing, "state", late).alias("state_text")


def _signed(due: pl.DataFrame, signed: pl.DataFrame) -> pl.Series:
    """Who signed each quarter, and when; empty where nobody did."""
    standing = list(signed.iter_rows(named=True))

    def said(site: str, start: date, end: date) -> str | None:
        for one in standing:
            is_covered = one["period_start"] <= start and one["period_end"] >= end
            if one["site_ods_code"] == site and is_covered:
                return f"{one['signed_by']}, {words.moment_text(one['signed_at'])}"
        return None

    asked = due["site_ods_code", "quarter_start", "quarter_end"].iter_rows()
    return pl.Series("signed", [said(*one) for one in asked], dtype=pl.String)


def _sign(view: View, due: pl.DataFrame) -> None:
    """The lead's attestation of a quarter."""
    sites = [site for site in view.viewer.sites if view.viewer.may("sign off", site)]
    open_quarters = due.filter(
        pl.col("site_ods_code").is_in(sites)
        & pl.col("signed").is_null()
        & pl.col("state").is_in(["received", "nil return"])
    )
    if not open_quarters.height:
        return
    with st.expander("Sign off a quarter"):
        pairs = _pairs(open_quarters)
        site, quarter = st.selectbox(
            "Site and quarter", pairs, format_func=lambda pair: f"{pair[0]}, {pair[1]}"
        )
        text = st.text_area("What you attest", ATTESTATION, max_chars=1000).strip()
        st.text("New rows for a signed quarter void the sign-off. Signing changes no figure.")
        is_sure = st.checkbox("I attest this as the site's lead.", key=f"sign-{site}-{quarter}")
        if st.button("Sign off", disabled=not (is_sure and text), type="primary"):
            _try(lambda: view.desk.sign_off(site, quarter, text=text))


def _locks(view: View) -> None:
    """The locked years, and for the registry team the way to lock and unlock."""
    locks = view.desk.locked_periods()
    standing = locks.filter(pl.col("unlocked_at").is_null())
    for row in standing.iter_rows(named=True):
        sentence(
            f"Locked: {words.day(row['period_start'])} to {words.day(row['period_end'])}, "
            f"by {row['locked_by']}, “{row['reason'].rstrip('.')}”. A locked year takes "
            "corrections with a reason only."
        )
    if not view.viewer.may("lock a period"):
        return
    with st.expander("Lock or unlock a reporting year"):
        year = st.text_input("Reporting year, such as 2025/26", key="lock-year").strip()
        reason = st.text_input(
            "Reason (kept for good; every site reads it: name none)",
            max_chars=300,
            key="lock-reason",
        ).strip()
        if st.button("Lock", disabled=not (year and reason)):
            _try(lambda: view.desk.lock(year, reason=reason))
        for row in standing.iter_rows(named=True):
            label = f"Unlock {words.day(row['period_start'])} to {words.day(row['period_end'])}"
            if st.button(label, disabled=not reason, key=f"unlock-{row['number']}"):
                number = row["number"]
                _try(lambda number=number: view.desk.unlock(number, reason=reason))


def _try(decide: object) -> None:
    """Carry out a decision; where the ledger refuses, its sentence is shown."""
    assert callable(decide)
    try:
        decide()
    except (LedgerError, ValueError) as refusal:
        st.warning(words.plain(str(refusal)))
        return
    st.rerun()
