"""Returns and case ascertainment: what was due and sent, and whether every case is there."""

from __future__ import annotations

import polars as pl

from dashboard import states
from dashboard.data import View
from dashboard.figures import footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.words import counted, joined
from sql.reader_periods import period

INDICATOR = "D1"
HEADINGS = {
    "site_id": "Site",
    "due": "Quarters due",
    "reported": "Sent",
    "nil": "Nil returns",
    "late": "Late",
    "missing": "Missing",
    "n_of": "n/N",
    "said": "% of expected",
}
PUBLISHED = {
    "site_name": "Site",
    "procedures_text": "Procedures (rounded)",
    "expected_text": "Expected (rounded)",
    "percent": "%",
    "note": "Note",
}
MOST_SENTENCES = 3
NO_SHARE = "a per cent is given of all sites together only"


def returns(view: View, chosen: Selection) -> None:
    """Own sites: quarters due, sent, nil, late and missing, and cases against those expected."""
    span = period(chosen.period, view.reader.release().data_date)
    within = pl.col("quarter_start").is_between(span.start, span.end)
    quarters = chosen.of_site(view.reader.participation().filter(within))
    cases = chosen.of_site(view.reader.ascertainment(period=chosen.period))
    shown = returns_frame(quarters, cases)
    if shown.is_empty():
        states.nothing("No quarter of this period was due.")
        return
    for said in sentences(shown):
        sentence(said)
    table(shown, HEADINGS, reads="Returns and case ascertainment by site")
    footer(view, shown, "returns", indicator_definition(view, INDICATOR))


def returns_frame(quarters: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """One row a site: the columns of HEADINGS, and site_name, procedures, expected.

    Args:
        quarters: of Reader.participation. cases: of Reader.ascertainment.
    """
    state = pl.col("state")
    by_site = (
        quarters.filter(state != "not due")
        .group_by("site_id", "site_name", maintain_order=True)
        .agg(
            due=pl.len(),
            reported=(state == "reported").sum(),
            nil=(state == "nil return").sum(),
            late=pl.col("is_late").sum(),
            missing=(state == "missing").sum(),
        )
    )
    found = by_site.join(
        cases.select("site_id", "procedures", "expected"), on="site_id", how="left"
    )
    has_count = pl.col("expected") > 0
    counts = pl.format("{}/{}", "procedures", "expected")
    percent = pl.format("{} %", (100 * pl.col("procedures") / pl.col("expected")).round(1))
    return found.with_columns(
        n_of=pl.when(has_count).then(counts).otherwise(pl.lit("no count")),
        said=pl.when(has_count & (pl.col("expected") >= 10)).then(percent).otherwise(pl.lit("–")),
    )


def sentences(shown: pl.DataFrame) -> list[str]:
    """Each site's returns and cases, as sentences; of many sites one, the table has each."""
    if shown.height > MOST_SENTENCES:
        return [_together(shown)]
    told = []
    for row in shown.iter_rows(named=True):
        late = f"{row['late']} late, " if row["late"] else ""
        cases = (
            f"; {row['procedures']} procedures in the registry for {row['expected']} that its "
            "hospital statistics count"
            if row["expected"]
            else "; it gave no count of its hospital statistics"
        )
        told.append(
            f"{row['site_name']} ({row['site_id']}): {counted(row['due'], 'quarter')} due, "
            f"{row['reported']} reported, {counted(row['nil'], 'nil return')}, {late}"
            f"{row['missing'] or 'none'} missing{cases}."
        )
    return told


def _together(shown: pl.DataFrame) -> str:
    """The returns of many sites, and which of them miss one."""
    due, sent, nil, late = (int(shown[name].sum()) for name in ("due", "reported", "nil", "late"))
    at = shown.filter(pl.col("missing") > 0)["site_id"].to_list()
    missing = f"{shown['missing'].sum()} missing, of {joined(at)}" if at else "none missing"
    return (
        f"{counted(shown.height, 'site')}: {counted(due, 'quarter')} due, {sent} reported, "
        f"{counted(nil, 'nil return')}, {late} late, {missing}."
    )


def published_ascertainment(view: View) -> None:
    """Every site's cases against those expected, rounded; a per cent nationally alone."""
    is_site = pl.col("site_name").is_not_null()
    found = view.reader.published_ascertainment().with_columns(
        pl.col("site_name").fill_null("All sites"),
        pl.when(is_site).then(pl.lit(NO_SHARE)).otherwise("note").fill_null("–").alias("note"),
    )
    table(found, PUBLISHED, reads="Case ascertainment by site, rounded", rows=12)
    footer(view, found, "ascertainment-national", indicator_definition(view, INDICATOR))
