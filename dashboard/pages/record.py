"""One procedure: where it counts, what was sent of it, and what was found in it."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import choices, links, states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.finding_counts import SEVERITIES
from dashboard.tiles import COMPLICATIONS
from expectations.rules import catalogue
from sql.reader_record import Record

AGAINST, UNKNOWN, OTHER = range(3)
DEFINED = "definitions"


def show(view: View) -> None:
    """The procedure that the address names, or that is asked for."""
    sites = dict(view.reader.sites()["site_id", "site_name"].iter_rows())
    site, procedure = _asked(list(sites))
    if not procedure:
        states.nothing("Give the id of a procedure, or open one from a list of procedures.")
        return
    found = view.reader.record(site, procedure)
    if found is None:
        states.nothing(
            "This site has no current procedure of this id. Look for it as it stands in the export."
        )
        return
    _who(found, site, sites[site], procedure)
    st.header("Where it counts", anchor=False)
    _counts(view, found, procedure)
    st.header("Findings on its rows", anchor=False)
    _findings(found)
    st.header("What was sent", anchor=False)
    _stored(view, found, procedure)


def _asked(sites: list[str]) -> tuple[str, str]:
    site = sites[0]
    with st.container(horizontal=True):
        if len(sites) > 1:
            named = dict(zip(sites, sites, strict=True))
            site = choices.picked("site", "Site", named, sites[0], is_always_said=True, width=200)
        else:
            choices.keep("site", site, None)
        procedure = choices.typed("procedure", "Procedure", width=320)
    return site, procedure


def _who(found: Record, site: str, name: str, procedure: str) -> None:
    days = dict(found.procedures.iter_rows())
    sentence(f"{procedure}, {words.day(days[procedure])}, {name} ({site}).")
    others = [one for one in days if one != procedure]
    if others:
        st.caption("The same patient's other procedures here:")
        for other in others:
            label = f"{other}, {words.day(days[other])}"
            links.to("record", words.plain(label), site=site, procedure=other)


def _counts(view: View, found: Record, procedure: str) -> None:
    named = view.reader.indicators().select("direction", indicator_id="id")
    each = found.counts.group_by("indicator_id", maintain_order=True).agg(
        pl.col("title", "kind", "unit").first(), pl.struct(pl.all()).alias("each")
    )
    rows = named.join(each, on="indicator_id", how="inner", maintain_order="left")
    if not rows.height:
        states.nothing("No indicator counts it: it is after the last quarter that is complete.")
        return
    told = [
        {
            "result": result_text(row["each"]),
            "why": "; ".join(dict.fromkeys(one["reason"] for one in row["each"] if one["reason"])),
            "rank": rank(row["kind"], row["direction"], [one["value"] for one in row["each"]]),
        }
        for row in rows.iter_rows(named=True)
    ]
    shown = (
        pl.concat([rows.drop("each", "direction"), pl.DataFrame(told)], how="horizontal")
        .sort("rank", maintain_order=True)
        .drop("rank")
    )
    against = sum(one["rank"] == AGAINST for one in told)
    sentence(
        f"It stands in {words.counted(shown.height, 'indicator')}: against it in {against}, which "
        f"come first, and not known in {sum(one['rank'] == UNKNOWN for one in told)}."
    )
    table(
        shown,
        {"title": "Indicator", "unit": "Counted per", "result": "Result", "why": "Why"},
        reads="Every indicator that counts this procedure, its patient or its lesions",
        rows=8,
    )
    download(view, shown, f"counts-{procedure}")
    _on(shown)


def rank(kind: str, direction: str, values: list[int | None]) -> int:
    """What comes first: an event or a breach, then what is not known, then the rest.

    Who is still followed has had no end, and a share or an amount describes: neither is against.
    """
    bad = {"lower": 1, "higher": 0}.get(direction) if kind in ("rate", "compliance") else None
    bad = 1 if kind in ("survival", "incidence") else bad
    if bad is not None and bad in values:
        return AGAINST
    return UNKNOWN if None in values else OTHER


def _on(shown: pl.DataFrame) -> None:
    """The way from an indicator of the record to the page that shows it."""
    rows = {row["indicator_id"]: row for row in shown.iter_rows(named=True)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(
            "Indicator", list(rows), format_func=lambda name: rows[name]["title"], width=420
        )
        if picked is not None:
            path, query = place_of(rows[picked])
            links.to(path, "Open its page" if path != DEFINED else "Open its definition", **query)


def place_of(row: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The page that follows an indicator, with its choice there; of others the definition."""
    if row["kind"] == "compliance":
        return "compliance", {"rule": row["indicator_id"]}
    if row["indicator_id"] in COMPLICATIONS:
        return "complications", {"outcome": row["indicator_id"]}
    if row["kind"] in ("survival", "incidence"):
        return "outcomes", {}
    return DEFINED, {"search": row["title"]}


def result_text(each: list[dict[str, Any]]) -> str:
    """What an indicator says of a procedure: of one unit in words, of several counted."""
    texts = [_result(one) for one in each]
    if len(texts) == 1:
        return texts[0]
    counted = {text: texts.count(text) for text in dict.fromkeys(texts)}
    return ", ".join(f"{number} {text}" for text, number in counted.items())


def _result(one: dict[str, Any]) -> str:
    value = one["value"]
    if one["time_days"] is not None:
        said = "ended" if value else "followed"
        return f"{said}, day {one['time_days']:.0f}"
    if one["amount"] is not None:
        unit = one["measured_in"]
        return f"{one['amount']:.1f} {unit}" if unit else f"{one['amount']:.1f}"
    if one["kind"] == "compliance":
        return {1: "met", 0: "not met"}.get(value, "cannot tell")
    return {1: "yes", 0: "no"}.get(value, "not known")


def _findings(found: Record) -> None:
    if not found.findings.height:
        states.nothing("No finding on the rows of this procedure and its patient.")
        return
    rules = catalogue()
    rows = list(found.findings.iter_rows(named=True))
    known = [rules.get(row["rule"]) for row in rows]
    shown = found.findings.with_columns(
        pl.Series("kind", [SEVERITIES[row["severity"]] for row in rows]),
        pl.Series(
            "what",
            [rule.title if rule else row["rule"] for rule, row in zip(known, rows, strict=True)],
        ),
        pl.Series("fix", [rule.fix if rule else "" for rule in known]),
        place=place("column_name"),
    )
    table(
        shown,
        {
            "kind": "Kind",
            "what": "What",
            "fix": "What to do",
            "place": "Where",
            "answer": "Answer",
            "rule": "Rule",
        },
        reads="Findings on the rows of this procedure and its patient",
        rows=6,
    )
    _to_submissions(found.findings, "findings")


def place(*more: str) -> pl.Expr:
    """File, line and column of a row, in words."""
    line = pl.concat_str(pl.lit("line "), pl.col("source_line").cast(pl.String))
    return pl.concat_str(["source_file", line, *more], separator=", ", ignore_nulls=True)


def _stored(view: View, found: Record, procedure: str) -> None:
    titles = dict(
        found.stored.select("table_name", "table").unique(maintain_order=True).iter_rows()
    )
    order = list(titles)
    picked = st.selectbox(
        "Table",
        order,
        index=order.index("procedure") if "procedure" in order else 0,
        format_func=lambda name: titles[name],
        key="record-table",
        width=320,
    )
    of_table = found.stored.filter(table_name=picked)
    told = (
        pl.when(pl.col("code").is_null())
        .then("value")
        .otherwise(pl.concat_str("value", pl.lit(" · "), "code"))
    )
    moves = (
        pl.col("moves")
        .str.split(", ")
        .list.eval(pl.element().filter(pl.element() != ""))
        .list.len()
    )
    records = of_table["record"].n_unique()
    sentence(
        f"{titles[picked]}: {words.counted(records, 'record')} of this procedure or its patient, "
        "as stored; empty fields are left out."
    )
    table(
        of_table.with_columns(told=told, place=place(), moved=moves),
        ({"record": "Record"} if records > 1 else {})
        | {
            "field": "Field",
            "told": "Value",
            "moved": "Indicators that it may move",
            "place": "Where it was sent",
        },
        reads=f"{titles[picked]}, as stored",
        rows=12,
    )
    download(view, found.stored, f"record-{procedure}")
    _to_submissions(of_table, "stored")


def _to_submissions(rows: pl.DataFrame, key: str) -> None:
    """The way to the submissions that rows came with."""
    names = rows["submission_id"].unique(maintain_order=True).to_list()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox("Submission", names, key=f"submission-of-{key}", width=320)
        links.to("submissions", "Open it", submission=picked)
