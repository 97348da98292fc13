"""The board pack of one trust: what its governance lead takes to the committee."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard import charts_time, tiles, words
from dashboard.columns import OF_KNOWN
from dashboard.data import View
from dashboard.finding_counts import quality_line
from dashboard.pages.cases_board import clock_text, kind_text, named, title_of, today
from dashboard.pages.cases_sentinel import in_words
from dashboard.pages.compliance_standing import ending
from dashboard.reports.parts import Section, Table, chart, table
from sql.case_clock import clock

OUTCOMES = (
    *("S1_90", "S2_30", "S3_1", "S4_24M", "S5_30", "S5_90", "S7_30", "S7_90"),
    *("E1", "E2_M1"),
)
BUNDLE = "C11"
FLAGGED = ("alert", "alarm")
CASES = {
    "number": "Case",
    "site_ods_code": "Site",
    "title": "Indicator",
    "period": "Period",
    "kind": "Kind",
    "stage": "Stage",
    "clock": "Clock",
}


def sections(view: View, cases: Sequence[Mapping[str, Any]], events: pl.DataFrame) -> list[Section]:
    """The sections in order; the first page holds the decisions that are needed.

    Args:
        cases: the trust's outlier cases as the ledger has them.
        events: the sentinel events of the rolling 36 months, each with the review that stands.
    """
    open_cases = [row for row in cases if row["closed_at"] is None]
    return [
        _decisions(view, open_cases, events.filter(pl.col("by").is_null())),
        _compliance(view),
        _standing(view),
        _sentinel(events),
        _outcomes(view),
        _quality(view),
        _open_cases(view, open_cases),
    ]


WAITING = {
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "event": "Event",
    "grade": "Grade",
    "days_elapsed": "Days since",
}
MOST_WAITING = 20  # on the first page; all stand in their section


def _decisions(
    view: View, open_cases: Sequence[Mapping[str, Any]], waiting: pl.DataFrame
) -> Section:
    """What the committee must decide or be told of, the gravest first."""
    told = list(_needed(view, open_cases, waiting)) or ["Nothing waits for a decision."]
    oldest = waiting.sort("days_elapsed", descending=True, nulls_last=True).head(MOST_WAITING)
    more = waiting.height - oldest.height
    title = "Sentinel events without a review, the longest waiting first"
    title += f"; {more} more in their section" if more else ""
    tables = [table(title, oldest, WAITING, right=("days_elapsed",))] if oldest.height else []
    return Section("Decisions needed", told, tables, is_of_ledger=True)


def _needed(
    view: View, open_cases: Sequence[Mapping[str, Any]], waiting: pl.DataFrame
) -> Iterator[str]:
    if waiting.height:
        verb = "has no review" if waiting.height == 1 else "have no review"
        yield (
            f"{words.counted(waiting.height, 'sentinel event')} of the rolling 36 months {verb}: "
            "each is reviewed singly, whatever any chart says (listed below)."
        )
    rates = view.reader.rates(OUTCOMES)
    for row in rates.filter(pl.col("verdict").is_in(FLAGGED)).iter_rows(named=True):
        yield f"{words.opened(row['verdict'])}, provisional: {row['sentence']}"
    for case in sorted(open_cases, key=lambda case: not _clock(view, case).startswith("■")):
        yield f"{named(case)}. {_clock(view, case)}."
    for site in view.reader.sites()["site_id"]:
        spans = view.reader.spans(site)
        yield from (f"{site}: {said}" for said in ending(spans, view.reader.release().data_date))
    bundle = view.reader.compliance(period="12 months").filter(pl.col("rule_id") == BUNDLE)
    for row in bundle.iter_rows(named=True):
        if row["not_met"]:
            yield (
                f"{row['site_name']}: {row['not_met']} of "
                f"{words.counted(row['eligible'], 'procedure')} of the last 12 months did not "
                "follow the NICE recommendation (section Compliance)."
            )
    yield from view.reader.sites()["note"].drop_nulls()


def _compliance(view: View) -> Section:
    found = view.reader.compliance()
    rates = [
        words.rate_text(rate, lower, upper, n)
        for rate, lower, upper, n in found["rate", "lower", "upper", "eligible"].rows()
    ]
    shown = found.with_columns(
        pl.concat_str("met", pl.lit("/"), "eligible").alias("n_of"),
        pl.Series("said", rates, dtype=pl.String),
        pl.Series("mark", [words.mark_text(state) for state in found["status"]], dtype=pl.String),
    )
    columns = {
        "site_id": "Site",
        "title": "Rule",
        "mark": "Status",
        "n_of": "Met/all",
        "said": "% met (95 % interval)",
        "cannot_tell": "Cannot tell",
    }
    breaches = view.reader.breaches(BUNDLE, period="12 months")
    listed = {
        "site_id": "Site",
        "procedure_id": "Procedure",
        "procedure_date": "Date",
        "result": "Result",
        "reason": "Reason",
        "remedy": "What would make it met",
    }
    beside = view.reader.breaches_beside(period="12 months")
    others = {name: listed[name] for name in listed if name not in ("result", "remedy")}
    others |= {"remedy": "What to do"}
    return Section(
        "Compliance with HTG532",
        found.filter(pl.col("rule_id") == BUNDLE)["sentence"].to_list(),
        [
            table(
                *("Rules by site, rolling 36 months", shown, columns),
                right=("n_of", "said", "cannot_tell"),
            ),
            table("Breaches of the last 12 months, by procedure", breaches, listed),
            table("Other breaches of the last 12 months", beside, others),
        ],
    )


def _standing(view: View) -> Section:
    until = view.reader.release().data_date
    tables, drawn = [], []
    for site in view.reader.sites()["site_id"]:
        spans, treated = view.reader.spans(site), view.reader.treated(site)
        columns = {"lane": "What", "named": "Which", "first_day": "From", "last_day": "To"}
        tables.append(table(f"{site}: what allows it to treat", spans, columns))
        if treated.height:
            first = treated["procedure_date"].min()
            assert isinstance(first, date)
            rows = charts_time.rows_of(spans, treated, first.replace(month=1, day=1), until)
            drawn.append(chart("time_line", f"{site}: approvals and procedures over time", rows))
    return Section("Approvals, and when they end", (), tables, drawn)


REVIEWED = {
    "state": "Review",
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "happened": "What happened",
    "reported": "Reported",
    "found": "What the review found",
}


def _sentinel(events: pl.DataFrame) -> Section:
    """Every sentinel event with what is on record of it and what its review found."""
    waits = pl.col("by").is_null()
    state = pl.when(waits).then(pl.lit("▲ waits")).otherwise(pl.lit("● reviewed"))
    shown = (
        in_words(events)
        .with_columns(state.alias("state"))
        .sort(~waits, "procedure_date", descending=[False, True], maintain_order=True)
    )
    count = events.filter(~waits).height
    told = (
        f"{words.opened(words.counted(events.height, 'sentinel event'))} of the rolling 36 months "
        f"and since; {count} reviewed, {events.height - count} without a review."
    )
    tables = [table("By case, those without a review first", shown, REVIEWED)]
    return Section("Sentinel events", [told], tables, is_of_ledger=True)


def _outcomes(view: View) -> Section:
    together = tiles.rate_table(view.reader.rates(OUTCOMES, by="all"))
    known = view.reader.definitions()
    shown = together.with_columns(
        pl.Series(
            "benchmark",
            [known[one]["benchmark"] for one in together["indicator_id"]],
            dtype=pl.String,
        )
    )
    columns = {
        "title": "Indicator",
        "n_of": OF_KNOWN,
        "said": "% (95 % interval)",
        "unknown": "Unknown",
        "benchmark": "Benchmark",
    }
    by_site = tiles.rate_table(view.reader.rates(OUTCOMES))
    each = {
        "title": "Indicator",
        "site_id": "Site",
        "n_of": OF_KNOWN,
        "said": "% (95 % interval)",
        "verdict_text": "Verdict",
    }
    survival = [curve.sentence for curve in view.reader.survival(by="all")]
    drawn = [
        chart(
            "rate_rows",
            f"{title}: rate of each site with its 95 % interval",
            tiles.chart_rows(found),
            axis=f"{title}, 95 % interval",
        )
        for title, found in _judged(view)
    ]
    return Section(
        "Outcomes against benchmark",
        [f"Rolling 36 months: {view.reader.period_sentence()}.", *survival],
        [
            table("All own sites", shown, columns, right=("n_of", "said", "unknown")),
            table("Each site", by_site, each, right=("n_of", "said")),
        ],
        drawn,
    )


def _judged(view: View) -> Iterator[tuple[str, pl.DataFrame]]:
    for indicator in ("S5_30", "S7_90"):
        found = view.reader.rates([indicator]).filter(pl.col("eligible") > 0)
        if found.height:
            yield found["title"][0], found


def _quality(view: View) -> Section:
    since = view.reader.release().data_date - timedelta(days=730)
    quarters = view.reader.participation().filter(pl.col("quarter_end") > since)
    columns = {
        "site_id": "Site",
        "quarter": "Quarter",
        "due_date": "Due",
        "state": "State",
        "received_at": "Received",
    }
    tables = [table("Quarters of the last two years", quarters, columns)]
    if view.viewer.may("see exclusions"):
        left_out = {
            "site_id": "Site",
            "procedure_id": "Procedure",
            "table_name": "Table",
            "column_name": "Value (–: whole row)",
            "rule": "Rule",
            "accepted_by": "Accepted by",
            "agreed_by": "Agreed by",
        }
        tables.append(
            table("Left out by an accepted exclusion", view.reader.exclusions(), left_out)
        )
    return Section("Data quality", [quality_line(view)], tables)


def _open_cases(view: View, open_cases: Sequence[Mapping[str, Any]]) -> Section:
    told = [words.opened(f"{words.counted(len(open_cases), 'outlier case')} open.")]
    rows = [
        {**case, "title": title_of(case), "kind": kind_text(case["kind"])}
        | {"clock": _clock(view, case)}
        for case in open_cases
    ]
    texts = [[str(row[name]) for name in CASES] for row in rows]
    return Section("Outlier cases", told, [Table("", list(CASES.values()), texts)], (), True)


def _clock(view: View, case: Mapping[str, Any]) -> str:
    """How long a case has left on the day of the pack; after ■ where it is late."""
    return clock_text(clock(case, today(view)))
