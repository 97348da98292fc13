"""Rate tiles and rate tables: n/N, per cent with interval, benchmark, what is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import words
from dashboard.data import View
from dashboard.figures import indicator_definition
from dashboard.unfolding import unfolds
from sql.sentences import FEWEST_FOR_PERCENT

PER_ROW = 3
COMPLICATIONS = ("S1_90", "S2_30", "S3_1", "S4_24M", "S5_30", "S7_90")


def tiles(view: View, rates: pl.DataFrame, published: pl.DataFrame) -> None:
    """One tile an indicator, own rate first, the national figure below it."""
    national = {row["indicator_id"]: row for row in published.iter_rows(named=True)}
    rows = list(rates.iter_rows(named=True))
    known = view.reader.definitions()
    for start in range(0, len(rows), PER_ROW):
        for place, row in zip(st.columns(PER_ROW), rows[start : start + PER_ROW], strict=False):
            with place, st.container(border=True, height="stretch"):
                _own_tile(row, known[row["indicator_id"]])
                _national_line(national.get(row["indicator_id"]))
                definition(view, row["indicator_id"])


def tile(view: View, rates: pl.DataFrame, published: pl.DataFrame) -> None:
    """One tile, for the one row of `rates`."""
    row = rates.row(0, named=True)
    with st.container(border=True, height="stretch"):
        _own_tile(row, view.reader.definitions()[row["indicator_id"]])
        _national_line(next(published.iter_rows(named=True), None))
        definition(view, row["indicator_id"])


# The columns of published rates in a table.
PUBLISHED: Mapping[str, str] = {
    "title": "Indicator",
    "events_text": "n (rounded)",
    "eligible_text": "N (rounded)",
    "unknown_text": "Unknown (rounded)",
    "percent": "%",
    "lower": "from %",
    "upper": "to %",
    "note": "Note",
}


def published_tiles(view: View, published: pl.DataFrame) -> None:
    """Tiles of national figures alone, as published: rounded, whole per cents."""
    rows = list(published.iter_rows(named=True))
    known = view.reader.definitions()
    for start in range(0, len(rows), PER_ROW):
        for place, row in zip(st.columns(PER_ROW), rows[start : start + PER_ROW], strict=False):
            with place, st.container(border=True, height="stretch"):
                figure = "–" if row["note"] else f"{row['events_text']}/{row['eligible_text']}"
                number(row["title"], figure)
                entry = known[row["indicator_id"]]
                st.text(words.held(_of_units(entry["unit"], published_text(row))))
                benchmark(entry)
                definition(view, row["indicator_id"])


def published_text(row: Mapping[str, Any]) -> str:
    """A published figure in words: 7 % (5–10 %), or why there is none."""
    if row["note"]:
        return str(row["note"])
    if row["percent"] is None:
        return "per cent not given (see the legend)"
    return f"{row['percent']} % (95 % interval {row['lower']}–{row['upper']} %)"


def number(title: str, value: str | int) -> None:
    """A number under its title; the title wraps where a metric's own label would be cut."""
    st.markdown(f"**{words.plain(title)}**")
    st.metric(title, value, label_visibility="collapsed")


def numbers(named: Sequence[tuple[str, str | int]]) -> None:
    """Small tiles in a row, two beside each other on a phone."""
    with st.container(horizontal=True):
        for title, value in named:
            with st.container(border=True, width=NUMBER_WIDTH, height="stretch"):
                number(title, value)


NUMBER_WIDTH = 165  # pixels


def _own_tile(row: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
    number(row["title"], _n_of(row) if row["known"] else "–")
    st.text(words.held(_rate_line(row)))
    if row["verdict"] is not None and row["eligible"]:
        st.text(words.state_text(row["verdict"]), help=row["verdict_note"])
    benchmark(entry)
    unknown = _unknown_line(row)
    if unknown:
        st.caption(words.held(unknown))


def _rate_line(row: Mapping[str, Any]) -> str:
    if not row["eligible"]:
        return f"No {row['unit']} to judge by yet"
    return _of_units(row["unit"], _per_cent(row))


def _of_units(unit: str, said: str) -> str:
    """What n/N counts, before what is said of it: Procedures: 19.4 % (...)."""
    return f"{words.opened(unit)}s: {said}"


def _per_cent(row: Mapping[str, Any]) -> str:
    if row["eligible"] < FEWEST_FOR_PERCENT:
        return f"per cent from {FEWEST_FOR_PERCENT} on"
    if row["rate"] is None:
        return "no single rate: over 10 % of outcomes unknown"
    limits = words.interval(row["lower"], row["upper"])
    return f"{words.percent(row['rate'])} (95 % interval {limits})"


def _withheld(row: Mapping[str, Any]) -> str:
    """Why some of the unknown outcomes are so; nothing where no record was left out."""
    if not row["withheld"]:
        return ""
    of_them = "" if row["withheld"] == row["unknown"] else f" in {row['withheld']} of them"
    return f",{of_them} as the site left a record out"


def _unknown_line(row: Mapping[str, Any]) -> str:
    told = []
    if row["unknown"]:
        unknown = "cannot tell" if row["kind"] == "compliance" else "outcome unknown"
        told.append(f"{unknown} in {row['unknown']} of {row['eligible']}{_withheld(row)}")
    if left_out := row["excluded_by_site"] - row["withheld"]:
        told.append(f"{left_out} left out by the site")
    if told and row["best"] is not None and row["eligible"] >= FEWEST_FOR_PERCENT:
        best, worst = words.percent(row["best"]), words.percent(row["worst"])
        told.append(f"best case {best}, worst case {worst}")
    if row["immature"]:
        told.append(f"{row['immature']} too recent to count")
    line = "; ".join(told)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def benchmark(entry: Mapping[str, Any]) -> None:
    """The band of published rates and the target of an indicator, with their source."""
    low, high, target = entry.get("low"), entry.get("high"), entry.get("target")
    parts = []
    if low is not None and high is not None:
        band = _short(low) if low == high else f"{_short(low)}–{_short(high)}"
        parts.append(f"published {band} %")
    if target is not None:
        parts.append(f"judged against {_short(target)} %")
    source = words.plain(str(entry.get("source") or ""))
    if parts:
        st.caption(words.held(f"Benchmark: {', '.join(parts)} ({source})"))
    else:
        st.caption("Benchmark: none published")


def _short(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".")


def _national_line(row: Mapping[str, Any] | None) -> None:
    if row is None:
        return
    if row["note"]:
        st.caption(f"National: {words.plain(row['note'])}")
        return
    figure = words.plain(f"{row['events_text']}/{row['eligible_text']}")
    unknown = words.plain(str(row["unknown_text"]))
    of_them = "" if unknown == "0" else f"; not known in {unknown} of them"
    told = f"National, rounded: {figure}, {published_text(row)}{of_them}"
    st.caption(words.held(told))


def definition(view: View, indicator_id: str) -> None:
    """The button that opens an indicator's definition."""
    draw = indicator_definition(view, indicator_id)
    unfolds("Definition", draw, key=f"definition of {indicator_id}")


def rate_table(rates: pl.DataFrame) -> pl.DataFrame:
    """Rates with what a table, a chart's rows and a download say of them.

    Returns:
        the columns of `rates`, plus site, n_of (N: those known, as the per cent is of), said,
        told (both together), verdict_text, state.
    """
    rows = list(rates.iter_rows(named=True))
    said = [words.rate_text(r["rate"], r["lower"], r["upper"], r["eligible"]) for r in rows]
    places = [f"{r['site_name']} ({r['site_id']})" if r["site_id"] else "All sites" for r in rows]
    return rates.with_columns(
        pl.Series("site", places, dtype=pl.String),
        pl.Series("n_of", (counts := [_n_of(row) for row in rows]), dtype=pl.String),
        pl.Series("said", said, dtype=pl.String),
        pl.Series("told", map(words.told, counts, said), dtype=pl.String),
        pl.Series("verdict_text", [words.mark_text(r["verdict"]) for r in rows], dtype=pl.String),
        pl.Series("state", [r["verdict"] or "within" for r in rows], dtype=pl.String),
    )


def _n_of(row: Mapping[str, Any]) -> str:
    # Compliance is met of all: what cannot be told is not met.
    return words.share(row["events"], row["eligible" if row["kind"] == "compliance" else "known"])


def gravest_first(rates: pl.DataFrame) -> pl.DataFrame:
    """The rates of one indicator, alarms first, then alerts, then the rest by site."""
    order = {"alarm": 0, "alert": 1}
    return rates.sort(
        pl.col("verdict").replace_strict(order, default=2, return_dtype=pl.Int64), "site_id"
    )


def chart_rows(rates: pl.DataFrame) -> pl.DataFrame:
    """The rows that `charts.rate_rows` draws: those with a per cent, labelled in words."""
    drawn = rate_table(rates).with_columns(
        pl.when(pl.col("eligible") >= FEWEST_FOR_PERCENT).then(pl.col(name)).alias(name)
        for name in ("rate", "lower", "upper")
    )
    place = pl.col("site_id").fill_null("All sites")
    label = pl.concat_str(place, pl.lit(": "), "told")
    return drawn.select(
        pl.col("site").alias("label"),
        label.alias("said"),
        "rate",
        "lower",
        "upper",
        "state",
    )


def funnel_points(rates: pl.DataFrame) -> pl.DataFrame:
    """The points that `charts.funnel` draws: known events among all procedures, as judged."""
    return rates.filter(pl.col("eligible") > 0).select(
        pl.col("eligible").cast(pl.Float64),
        (pl.col("events") / pl.col("eligible")).alias("rate"),
        pl.col("site_id").alias("label"),
        pl.col("verdict").alias("state"),
    )
