"""The self-audit of the guidance: what a site checks where no other audit exists."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import tiles, words
from dashboard.data import View
from dashboard.figures import footer, table
from dashboard.filters import Selection

# In the order of a patient's way: told, selected, treated, reviewed, followed.
ASKED = (
    *("C1_TOLD", "C1", "C2", "C6", "C7", "C8"),
    *("O04_30", "C10", "D5_M1", "D5_M12", "D5_VS", "Q3_BASE", "Q3_M12"),
)


def self_audit(view: View, chosen: Selection) -> None:
    """One line an item of the audit: so many of all, and in how many one cannot tell."""
    found = chosen.of_site(view.reader.rates(ASKED, period=chosen.period, by=chosen.by))
    known = view.reader.definitions()
    shown = tiles.rate_table(found).with_columns(
        clause=pl.Series(
            [words.clauses(known[one]["clause"].split()) for one in found["indicator_id"]],
            dtype=pl.String,
        )
    )
    table(
        shown,
        {
            "title": "Asked",
            "unit": "Of each",
            "n_of": "n/N",
            "said": "% so (95 % interval)",
            "unknown": "Cannot tell",
            "clause": "Clause of HTG532",
        },
        reads="Self-audit of the guidance",
        rows=len(ASKED),
    )
    st.caption(
        "What the guidance asks a site to watch. Where one cannot tell, the answer is missing: of "
        "a rule that is judged (met in all procedures) it counts as not met; of the others N is "
        "those known."
    )
    footer(view, shown, "self-audit", None)
