"""Compliance: which sites follow the guidance, and where one does not, why."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import abbreviations, charts, choices, filters, links, states, words
from dashboard.data import View
from dashboard.figures import definition_of, describe, draw, footer, sentence, table
from dashboard.filters import Selection, bar
from dashboard.pages.compliance_audit import self_audit
from dashboard.pages.compliance_returns import published_ascertainment, returns
from dashboard.pages.compliance_standing import standing
from dashboard.pages.home_commissioner import national_trend, published_participation
from dashboard.sections import compliance_matrix, status_matrix

STATES = (("met", "met", 0), ("not_met", "not met", 1), ("cannot_tell", "cannot tell", 2))


def show(view: View) -> None:
    """Sites by rule; a rule opens with its definition, trend, reasons and procedures."""
    if not view.viewer.may("see rows"):
        status_matrix(view)
        st.header("National, by financial year", anchor=False)
        national_trend(view)
        st.header("Returns and case ascertainment", anchor=False)
        published_participation(view)
        published_ascertainment(view)
        return
    chosen = bar(view, case_mix=False)
    compliance_matrix(view, chosen)
    st.header("One rule", anchor=False)
    rules = dict(
        view.reader.compliance(period=chosen.period)["rule_id", "title"]
        .unique(maintain_order=True)
        .iter_rows()
    )
    if not rules:
        return
    named = {name: f"{name} {title}" for name, title in rules.items()}
    rule = choices.picked("rule", "Rule", named, next(iter(named)), is_always_said=True)
    _rule(view, chosen, rule)
    st.header("Other breaches", anchor=False)
    _beside(view, chosen)
    st.header("Returns and case ascertainment", anchor=False)
    returns(view, chosen)
    st.header("Over time, whatever the period", anchor=False)
    standing(view, chosen.site)
    st.header("Self-audit of the guidance", anchor=False)
    self_audit(view, chosen)


def _rule(view: View, chosen: Selection, rule: str) -> None:
    found = view.reader.compliance(period=chosen.period, by=chosen.by)
    for said in chosen.of_site(found.filter(pl.col("rule_id") == rule))["sentence"]:
        sentence(said)
    left, right = st.columns([3, 2])
    with left:
        _trend(view, chosen, rule)
    with right:
        entry = definition_of(view, rule)
        if entry is not None:
            with st.container(border=True):
                describe(entry)
    breaches = view.reader.breaches(rule, site=chosen.site, period=chosen.period)
    if not breaches.height:
        states.nothing("Every procedure of this selection meets this rule.")
        return
    st.markdown("**Reasons, and what would make it met**")
    reasons = view.reader.breach_reasons(rule, site=chosen.site, period=chosen.period)
    table(
        reasons,
        {
            "result": "Result",
            "reason": "Reason",
            "procedures": "Procedures",
            "remedy": "What would make it met",
        },
        reads="Reasons",
    )
    if reasons["procedures"].sum() > breaches.height:
        st.caption("A procedure with several reasons stands in each.")
    st.markdown("**The procedures**")
    table(
        _placed(breaches),
        {
            "site_id": "Site",
            "procedure_id": "Procedure",
            "procedure_date": "Date",
            "result": "Result",
            "reason": "Reason",
            "nice_guidance": "Guidance",
            "place": "File, line",
            "submission_id": "Submission",
        },
        reads="Procedures that do not meet the rule",
        rows=9,
        aside=("submission_id",),
    )
    footer(view, breaches, f"breaches-{rule}", None)
    _on_record(view, breaches)


def _beside(view: View, chosen: Selection) -> None:
    """Breaches of what is asked of some patients or complications only."""
    found = view.reader.breaches_beside(site=chosen.site, period=chosen.period)
    if not found.height:
        states.nothing(
            "No active cardiac device without cardiology sign-off, no suspected device problem "
            "without a Yellow Card, and no incomplete neuromuscular block, in this selection."
        )
        return
    sentence(
        f"{words.opened(words.counted(found.height, 'breach', 'breaches'))} of what is asked of "
        "some procedures or complications only: no rule above counts them."
    )
    table(
        _placed(found),
        {
            "site_id": "Site",
            "procedure_id": "Procedure",
            "procedure_date": "Date",
            "reason": "Reason",
            "remedy": "Remedy",
            "place": "File, line",
        },
        reads="Other breaches",
    )
    footer(view, found, "other-breaches", None)


def _placed(found: pl.DataFrame) -> pl.DataFrame:
    """With the place of each row in its export, in one column."""
    return found.with_columns(place=pl.format("{}, {}", "source_file", "source_line"))


def _on_record(view: View, breaches: pl.DataFrame) -> None:
    """Every rule of one of the procedures, with the facts that it was judged on."""
    listed = {
        (site, procedure): f"{procedure}, {site}, {words.day(on)}"
        for site, procedure, on in breaches["site_id", "procedure_id", "procedure_date"].rows()
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "What is on record of", list(listed), format_func=listed.__getitem__, width=420
        )
        site, procedure = chosen
        links.to("record", "Open its record", site=site, procedure=procedure)
    for rule in view.reader.on_record(*chosen).iter_rows(named=True):
        why = f" ({rule['reason']})" if rule["reason"] else ""
        st.markdown(
            f"**{words.plain(rule['title'])}:** {words.mark_text(rule['result'])}"
            f"{words.plain(why)}. On record: {words.plain(rule['facts'])}."
        )
    st.caption(abbreviations.told("MDT", "HPB", "REC", "ECG"))


def _trend(view: View, chosen: Selection, rule: str) -> None:
    found = view.reader.compliance_trend(rule, site=chosen.site).filter(pl.col("eligible") > 0)
    if not found.height:
        states.nothing("No procedure in a complete quarter yet.")
        return
    stacked = pl.concat(
        found.select(
            "quarter",
            pl.lit(name).alias("state"),
            pl.col(column).cast(pl.Int64).alias("count"),
            pl.lit(position).alias("position"),
        )
        for column, name, position in STATES
    )
    met, all_of = int(found["met"].sum()), int(found["eligible"].sum())
    text = f"Met in {met} of {all_of} procedures over {words.counted(found.height, 'quarter')}."
    with filters.of(view, chosen, filters.all_quarters(found), case_mix=False):
        draw(charts.quarters, stacked, reads=text, axis="Procedures by quarter")
    st.caption("Stacked, from below: met, not met, cannot tell.")
    with st.expander("Table: by quarter"):
        table(
            found,
            {
                "quarter": "Quarter",
                "eligible": "Procedures",
                "met": "Met",
                "not_met": "Not met",
                "cannot_tell": "Cannot tell",
            },
            reads="Compliance by quarter",
        )
    footer(view, found, f"quarters-{rule}", None)
