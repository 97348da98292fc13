"""Home of a governance lead: is anyone harmed or treated outside the guidance?"""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import board_pack, links, states, words
from dashboard.data import View
from dashboard.figures import footer, sentence, table
from dashboard.filters import Selection
from dashboard.finding_counts import quality_line
from dashboard.pages import home_decisions
from dashboard.sections import compliance_matrix
from dashboard.tiles import numbers, tiles
from expectations.rules import catalogue

WATCHED = ("S5_30", "S5_90", "S7_90")


def show(view: View) -> None:
    """What waits for a decision, the bundle by site, harm, exclusions, data quality."""
    events = view.reader.sentinel_events(period="12 months")
    home_decisions.show(view)
    st.header("Needs your attention, last 12 months", anchor=False)
    _attention(view, events)
    st.header("Guidance followed, by site, rolling 36 months", anchor=False)
    compliance_matrix(view, Selection())
    st.header("Harm, rolling 36 months, all own sites", anchor=False)
    tiles(
        view,
        view.reader.rates(WATCHED, by="all"),
        view.reader.published_rates(WATCHED),
    )
    st.header("Events to review singly, last 12 months", anchor=False)
    _sentinel(view, events)
    st.header("Left out by an accepted exclusion", anchor=False)
    _exclusions(view)
    st.header("Data quality", anchor=False)
    for note in view.reader.sites()["note"].drop_nulls():
        sentence(note)
    sentence(quality_line(view))
    if view.viewer.may("make a board pack"):
        board_pack.buttons(view, view.viewer.trust)


def _attention(view: View, events: pl.DataFrame) -> None:
    breaches = view.reader.compliance(period="12 months")
    bundle = breaches.filter(pl.col("rule_id") == "C11")
    outside = int(bundle["not_met"].sum() or 0)
    unclear = int(bundle["cannot_tell"].sum() or 0)
    deaths = events.filter(pl.col("event") == "death within 90 days").height
    total = int(bundle["eligible"].sum() or 0)
    numbers(
        [
            ("Events to review singly", events.height),
            ("Deaths within 90 days", deaths),
            ("Procedures outside the guidance", f"{outside}/{total}"),
            ("Procedures one cannot tell for", f"{unclear}/{total}"),
        ]
    )


def _sentinel(view: View, events: pl.DataFrame) -> None:
    if not events.height:
        states.nothing("None in the last 12 months.")
        return
    table(events, SENTINEL_COLUMNS, reads="Events to review singly", rows=8)
    links.to_records(events, "events")
    footer(view, events, "events-to-review", reviewed_singly)


def reviewed_singly() -> None:
    """Which events are listed one by one, and in which order."""
    st.markdown(
        "**Reviewed singly**, whatever any chart says: a death within 90 days of a procedure; a "
        "complication of Clavien-Dindo IV or V; needle-tract seeding; ventricular tachycardia or "
        "fibrillation. Newest procedure first, also of quarters that are not complete yet."
    )


SENTINEL_COLUMNS = {
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "event": "Event",
    "day": "Day",
    "category": "Category",
    "subtype": "Subtype, cause",
    "grade": "Grade",
    "relatedness": "Relation",
}


def _exclusions(view: View) -> None:
    found = view.reader.exclusions()
    if not found.height:
        states.nothing("Nothing has been left out by an accepted exclusion.")
        return
    protected = found.filter(pl.col("is_protected")).height
    sentence(
        f"{words.counted(found.height, 'row or value', 'rows or values')} left out; "
        f"{protected} of them a complication, a death, or a procedure with either."
    )
    of_row = pl.concat_str("table_name", pl.lit(", the row"))
    of_value = pl.concat_str("table_name", pl.lit("."), "column_name")
    table(
        found.with_columns(pl.coalesce(of_value, of_row).alias("what"), _titles(found["rule"])),
        {
            "site_id": "Site",
            "procedure_id": "Procedure",
            "what": "Left out",
            "title": "What should hold",
            "is_protected": "Harm left out",
            "accepted_by": "Accepted by",
            "agreed_by": "Agreed by",
        },
        reads="Rows and values left out",
        rows=8,
    )
    footer(view, found, "exclusions", None)


def _titles(rules: pl.Series) -> pl.Series:
    known = catalogue()
    said = [known[rule].title.rstrip(".") if rule in known else rule for rule in rules]
    return pl.Series("title", said, dtype=pl.String)
