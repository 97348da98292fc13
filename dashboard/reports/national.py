"""The national board pack: published figures alone, as a commissioner may read them."""

from __future__ import annotations

import polars as pl

from dashboard import tiles
from dashboard.data import View
from dashboard.pages.compliance_returns import PUBLISHED
from dashboard.reports.parts import Section, table

LEGEND = (
    "Counts are rounded: 1 to 7 are shown as *, of all sites together up to 12 and more where "
    "nearly all are of one site; others to the nearest 5; per cents are whole, and given from a "
    "rounded 20 on."
)

COUNTS = ("procedures_text", "breaches_text")
MORE = ("cannot_tell_text", "percent")


def sections(view: View) -> list[Section]:
    """The sections in order; the first page says where the guidance is not followed."""
    return [_status(view), _direction(view), _complications(view), _survival(view), _reports(view)]


def _status(view: View) -> Section:
    found = view.reader.compliance_status()
    breached = found.filter(pl.col("status") == "breaches")["site_id"].n_unique()
    unclear = found.filter(pl.col("status") == "cannot tell")["site_id"].n_unique()
    shown = found.with_columns(
        pl.concat_str("symbol", pl.lit(" "), "status").alias("mark"),
        pl.col("breaches_text").fill_null("–"),
    )
    columns = {
        "site_name": "Site",
        "title": "Rule",
        "mark": "Status",
        "procedures_text": "Procedures (rounded)",
        "breaches_text": "Breaches (rounded)",
    }
    return Section(
        "Decisions needed",
        [
            f"Sites with breaches of at least one rule of HTG532 in 36 months: {breached} of "
            f"{found['site_id'].n_unique()}. Ask each for its plan.",
            f"Sites of which one cannot tell for at least one rule: {unclear}.",
        ],
        [table(f"Status of each site, rolling 36 months. {LEGEND}", shown, columns, right=COUNTS)],
    )


def _direction(view: View) -> Section:
    found = view.reader.compliance_national()
    columns = {
        "title": "Rule",
        "financial_year": "Year",
        "procedures_text": "Procedures",
        "breaches_text": "Breaches",
        "cannot_tell_text": "Cannot tell",
        "percent": "% met",
        "note": "Note",
    }
    return Section(
        "Direction of travel",
        [LEGEND],
        [table("National, by financial year", found, columns, right=(*COUNTS, *MORE))],
    )


def _complications(view: View) -> Section:
    found = view.reader.published_rates(tiles.COMPLICATIONS)
    told = [tiles.published_text(row) for row in found.iter_rows(named=True)]
    shown = found.with_columns(pl.Series("said", told, dtype=pl.String))
    columns = {
        "title": "Indicator",
        "events_text": "n (rounded)",
        "eligible_text": "N (rounded)",
        "unknown_text": "Unknown (rounded)",
        "said": "% (95 % interval)",
    }
    return Section(
        "Complications, national",
        found["sentence"].to_list(),
        [table("Rolling 36 months", shown, columns, right=list(columns)[1:4])],
    )


def _survival(view: View) -> Section:
    found = view.reader.published_survival()
    columns = {
        "years": "Years",
        "entered_text": "Entered (rounded)",
        "events_text": "Deaths (rounded)",
        "at_risk_text": "At risk (rounded)",
        "percent": "% alive",
        "lower": "From",
        "upper": "To",
        "note": "Note",
    }
    return Section(
        "Survival, national",
        [LEGEND],
        [table("At whole years", found, columns, right=list(columns)[1:-1])],
    )


def _reports(view: View) -> Section:
    quarters = {
        "site_name": "Site",
        "quarters_expected": "Quarters due",
        "quarters_reported": "Reported",
        "quarters_nil": "Nil returns",
        "quarters_late": "Late",
        "quarters_missing": "Missing",
        "complete_to": "Complete to",
    }
    counts = [name for name in quarters if name.startswith("quarters")]
    counted = view.reader.published_ascertainment().with_columns(
        pl.col("site_name").fill_null("All sites")
    )
    return Section(
        "Who reports",
        (),
        [
            table("Quarters", view.reader.published_participation(), quarters, right=counts),
            table("Case ascertainment", counted, PUBLISHED, right=list(PUBLISHED)[1:4]),
        ],
    )
