"""Complications, case by case: those behind the outcome chosen, events to review, all."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import counted_figures, links, states, words
from dashboard.data import View
from dashboard.figures import footer, indicator_definition, table
from dashboard.filters import Selection
from dashboard.pages.home_governance import SENTINEL_COLUMNS, reviewed_singly

CASE_COLUMNS = {
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "category": "Category",
    "grade": "Grade",
    "review": "On record",
    "yellow_card": "Yellow Card",
    "day": "Day",
    "subtype": "Subtype",
    "intervention": "Intervention",
    "relatedness": "Relation",
    "site_id": "Site",
    "source_file": "File",
    "source_line": "Line",
}
ASIDE = ("relatedness", "source_file", "source_line")
FIELDS = ("nice_category", "subtype", "clavien_dindo", "relatedness", "onset_date")
REVIEWED = {
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "event": "Event",
    "grade": "Grade",
    "review": "On record",
    "yellow_card": "Yellow Card",
} | SENTINEL_COLUMNS
WHERE = (
    f"On record: a report to {words.LFPSE}, a duty of candour letter. File and line "
    "name the record as it was sent; its submission has its findings."
)


def counted(view: View, chosen: Selection, picked: str, title: str) -> None:
    """The cases behind the numerator of the outcome chosen."""
    cases = view.reader.cases(picked, period=chosen.period, site=chosen.site, **chosen.case_mix)
    st.markdown(f"**The cases counted: {words.plain(words.lowered(title))}**")
    if not cases.height:
        states.nothing("No case in this selection.")
        return
    table(cases, CASE_COLUMNS, reads=f"Cases: {title}", rows=10, aside=ASIDE)
    st.caption(WHERE)
    links.to_records(cases, "cases")
    footer(view, cases, f"cases-{picked}", indicator_definition(view, picked))


def to_review(view: View, chosen: Selection) -> None:
    """Every event that is reviewed singly, whatever the case mix chosen."""
    st.markdown("**Events to review singly**")
    if any(chosen.case_mix.values()):
        # A list of single events has no denominator: it is kept whole, so that none is missed.
        st.caption("Of all tumour types, approaches and sizes: no such filter hides an event.")
    events = chosen.of_site(view.reader.sentinel_events(period=chosen.period))
    if not events.height:
        states.nothing(
            "No death within 90 days, life-threatening complication, needle-tract "
            "seeding or ventricular arrhythmia in this period."
        )
        return
    table(events, REVIEWED, reads="Events to review singly", rows=10, aside=ASIDE[:1])
    links.to_records(events, "events")
    footer(view, events, "events-to-review", reviewed_singly)


def every(view: View, listed: pl.DataFrame) -> None:
    """All complications of the selection."""
    if not listed.height:
        return
    with st.expander(f"All {words.counted(listed.height, 'complication')} of this selection"):
        table(listed, CASE_COLUMNS, reads="All complications", rows=12, aside=ASIDE)
        links.to_records(listed, "complications")
        footer(view, listed, "complications", counted_figures.fields("complication", FIELDS))
