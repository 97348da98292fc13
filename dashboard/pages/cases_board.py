"""The board of outlier cases by stage, and beside it the flags that are no case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.columns import OF_KNOWN
from dashboard.data import View
from dashboard.figures import download, table
from dashboard.tiles import numbers, rate_table
from sql.analysis import FLAGS, judged_indicators
from sql.case_clock import Clock, clock, waits_for
from sql.case_stages import LAST_STAGE, policy

Case = Mapping[str, Any]
Cases = Sequence[Case]

# The columns of the board: which steps of HQIP's guidance stand in each.
GROUPS = {
    "Registry checks": (1, 2),
    "Trust responds": (3,),
    "Registry reviews": (4, 5),
    "Letter to publication": (6, 7),
}
MOST_LATE = 3  # late cases told in words
# The kinds of cases, gravest first.
SYMBOLS = {"alarm": "■", "alert": "▲", "non-participation": "▲", "poor data": "▲"}
TABLE = {
    "number": "Case",
    "site_ods_code": "Site",
    "title": "Indicator",
    "period": "Period",
    "kind_text": "Kind",
    "stage": "Stage",
    "clock_text": "Clock",
    "decision": "Decision",
    "opened_on": "Opened",
    "closed_on": "Closed",
}


def today(view: View) -> date:
    return view.now.astimezone(words.LONDON).date()


def kind_text(kind: str) -> str:
    """A kind of case after its symbol: ■ alarm."""
    return f"{SYMBOLS[kind]} {kind}"


def day_of(moment: str | None) -> date | None:
    """The day of a moment as the ledger keeps it."""
    return datetime.fromisoformat(moment).astimezone(words.LONDON).date() if moment else None


def day_text(moment: str | None) -> str:
    """The day of a moment as people read it; a dash where there is none."""
    day = day_of(moment)
    return words.day(day) if day else "–"


def title_of(row: Case) -> str:
    return str(json.loads(row["evidence"])["title"])


def named(row: Case) -> str:
    """A case in one line: Case 3, ZZ102, Bleeding of any grade, 30 days, 2025/26: notified."""
    about = f"Case {row['number']}, {row['site_ods_code']}, {title_of(row)}, {row['period']}"
    return f"{about}: {row['stage']}"


def clock_text(now: Clock) -> str:
    """A clock after its symbol where it is over: ■ LATE: due 5 Nov 2026, 7 working days over."""
    return f"■ {now.said}" if now.is_late else words.opened(now.said)


def in_order(view: View, found: Cases) -> list[Case]:
    """Open cases first; among them the late, then those that wait for the viewer, by due date."""

    def place(row: Case) -> tuple[bool, bool, bool, str, int, int]:
        is_closed = row["stage"] == LAST_STAGE
        is_late, waits = clock(row, today(view)).is_late, waits_for(row, view.person)
        due = row["due"] or "9999"
        return is_closed, not is_late, not waits, due, _gravity(row), -row["number"]

    return sorted(found, key=place)


def _gravity(row: Case) -> int:
    return list(SYMBOLS).index(row["kind"])


def show(view: View, found: Cases) -> None:
    """How many are open, late and waiting for the viewer; then by stage, each with its clock."""
    if not found:
        states.nothing("No outlier case is on record for the sites that you see.")
        return
    ordered = in_order(view, found)
    open_cases = [row for row in ordered if row["stage"] != LAST_STAGE]
    late = [row for row in open_cases if clock(row, today(view)).is_late]
    waiting = [row for row in open_cases if waits_for(row, view.person)]
    told = [("Open cases", len(open_cases)), ("Late", len(late))]
    if view.viewer.role in ("registry team", "governance lead"):
        told.append(("Waiting for you", len(waiting)))
    numbers([*told, ("Closed", len(found) - len(open_cases))])
    _late(late, today(view))
    for place, (title, steps) in zip(st.columns(len(GROUPS)), GROUPS.items(), strict=True):
        with place:
            of_group = [row for row in open_cases if policy().stages[row["stage"]].step in steps]
            st.markdown(f"**{title}** ({len(of_group)})")
            for row in of_group:
                _card(view, row)
    _table(view, ordered)


def _late(late: Cases, on: date) -> None:
    """What is late, in one box: the first cases in words, the others counted."""
    if not late:
        return
    gravest = sorted(late, key=_gravity)[:MOST_LATE]
    lines = [words.plain(late_text(row, on)) for row in gravest]
    if len(late) > MOST_LATE:
        lines.append(f"{len(late) - MOST_LATE} more are late: marked ■ LATE below.")
    st.warning("\n\n".join(lines))


def late_text(row: Case, on: date) -> str:
    """What is late, and who owes it, in one sentence."""
    stage = policy().stages[row["stage"]]
    return (
        f"■ Case {row['number']} ({row['site_ods_code']}, {title_of(row)}, {row['period']}) is "
        f"{clock(row, on).said}. It waits for {stage.waits_for}, owed by the {stage.owner}."
    )


def _card(view: View, row: Case) -> None:
    with st.container(border=True):
        now = clock(row, today(view))
        told = words.plain(clock_text(now))
        lines = [
            f"**{words.plain(kind_text(row['kind']))}**, {words.plain(row['site_ods_code'])}, "
            f"{words.plain(row['period'])}",
            words.plain(title_of(row)),
            f"{words.opened(row['stage'])}. {f'**{told}**' if now.is_late else told}",
        ]
        st.markdown("  \n".join(lines))
        st.button(
            f"Open case {row['number']}", key=f"open-{row['number']}", on_click=_open, args=(row,)
        )


@states.pressed
def _open(row: Case) -> None:
    st.query_params["case"] = str(row["number"])
    st.toast(f"Case {row['number']} is open below the board.")


def _table(view: View, ordered: Cases) -> None:
    rows = [
        {
            **{name: row[name] for name in TABLE if name in row},
            "title": title_of(row),
            "kind_text": kind_text(row["kind"]),
            "clock_text": clock_text(clock(row, today(view))),
            "opened_on": day_of(row["opened_at"]),
            "closed_on": day_of(row["closed_at"]),
        }
        for row in ordered
    ]
    schema = {"decision": pl.String, "closed_on": pl.Date}
    shown = pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None).select(*TABLE)
    with st.expander(f"Table: all cases ({len(rows)})"):
        table(shown, TABLE, reads="All cases, open ones first", rows=10)
        download(view, shown, "cases")


PROVISIONAL = {
    "site_id": "Site",
    "title": "Indicator",
    "n_of": OF_KNOWN,
    "said": "% (95 % interval)",
    "verdict_text": "Provisional flag",
}


def provisional(view: View) -> None:
    """What the served release flags today: no case, until an analysis opens one."""
    st.header("Provisional flags, rolling 12 months (they open no case)", anchor=False)
    done = sorted(view.desk.analysed_periods())
    st.caption(
        words.plain(
            "Only the analysis of a year opens a case. "
            + (f"Analysed so far: {', '.join(done)}." if done else "No year is analysed yet.")
        )
    )
    rates = view.reader.rates(tuple(judged_indicators(view.reader)), period="12 months")
    flagged = rates.filter(pl.col("verdict").is_in(FLAGS))
    if not flagged.height:
        states.nothing("Nothing is flagged in the rolling 12 months.")
        return
    table(rate_table(flagged), PROVISIONAL, reads="Provisional flags", rows=8)


STAGES = {
    "title": "Stage",
    "waits_for": "Waits for",
    "owner": "Owed by",
    "days": "Working days",
}


def stages() -> None:
    """The stages with their day counts, where they come from and that they are to be confirmed."""
    told = policy()
    rows = [
        {
            "title": stage.title,
            "waits_for": stage.waits_for,
            "owner": stage.owner,
            "days": "clock runs on" if stage.runs_on else str(stage.days or "–"),
        }
        for stage in told.stages.values()
        if stage.name != LAST_STAGE
    ]
    with st.expander("Stages and their clocks"):
        table(pl.DataFrame(rows), STAGES, reads="Stages of a case")
        to_confirm = "" if told.is_confirmed else f" ○ {told.note}"
        st.caption(
            words.plain(
                f"Source: {told.source}.{to_confirm} Working days leave out weekends and the bank "
                "holidays of the site's nation."
            )
        )
