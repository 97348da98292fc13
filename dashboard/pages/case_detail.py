"""One outlier case: where it stands, its frozen evidence, what was said, what may be done now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, states, words
from dashboard.data import View
from dashboard.figures import draw, sentence, table
from dashboard.pages import case_actions, case_documents
from dashboard.pages.cases_board import Case, Cases, clock_text, day_of, day_text, kind_text, today
from sql.analysis import FLAGS
from sql.case_clock import clock, flagged_in_a_row, running
from sql.case_stages import LAST_STAGE, policy
from sql.outlier_cases import is_intact
from sql.reader_trends import boundary_lines
from sql.sentences import FEWEST_FOR_PERCENT

LOG = {
    "when": "When",
    "by": "By",
    "move": "What was done",
    "new": "Stage after",
    "deadline": "Deadline met",
    "text": "What was said",
}


def show(view: View, row: Case, found: Cases) -> None:
    """A case in full, for those who may see its site."""
    evidence: Mapping[str, Any] = json.loads(row["evidence"])
    stage = policy().stages[row["stage"]]
    st.markdown(
        f"**Case {row['number']}: {words.plain(kind_text(row['kind']))}** · "
        f"{words.plain(row['site_ods_code'])} · {words.plain(evidence['title'])} · "
        f"{words.plain(row['period'])}"
    )
    if row["stage"] == LAST_STAGE:
        sentence(f"Closed {day_text(row['closed_at'])}: {row['decision']}.")
    else:
        sentence(
            f"{stage.title} since {day_text(row['stage_began'])}. It waits for "
            f"{stage.waits_for}, owed by the {stage.owner}."
        )
        sentence(clock_text(clock(row, today(view))))
    if _is_flagged(evidence):
        _history(row, found)
    left, right = st.columns([3, 2])
    with left:
        _evidence(view, row, evidence)
    with right:
        case_actions.show(view, row)
    case_documents.show(view, row)
    _log(view, row)


def _is_flagged(evidence: Mapping[str, Any]) -> bool:
    """True where the tail rule of an analysis opened the case, not a due date."""
    return evidence.get("verdict") in FLAGS


def _history(row: Case, found: Cases) -> None:
    """Earlier flags of the same site and indicator, and how many periods on end."""
    same = ("site_ods_code", "indicator_id")
    others = [
        one
        for one in sorted(found, key=lambda one: str(one["period_start"]))
        if one["number"] != row["number"] and all(one[name] == row[name] for name in same)
    ]
    if not others:
        sentence("Not flagged for this in any other period analysed.")
        return
    told = ", ".join(
        f"{one['period']} ({one['kind']}, {one['decision'] or one['stage']})" for one in others
    )
    on_end = words.counted(flagged_in_a_row(found, row), "period")
    sentence(f"Flagged {on_end} on end. Also flagged: {told}.")


FROZEN = {
    "events": "Counted",
    "eligible": "Out of",
    "unknown": "Outcome unknown",
    "excluded_by_site": "Left out by the site",
    "immature": "Too recent to count",
}


def _evidence(view: View, row: Case, evidence: Mapping[str, Any]) -> None:
    st.markdown("**Evidence, frozen when the case was opened**")
    sentence(str(evidence["sentence"]))
    if evidence.get("quarters_missing"):
        sentence(f"Quarters not reported then: {', '.join(evidence['quarters_missing'])}.")
    if "eligible" in evidence:
        _figures(view, row, evidence)
    if _is_flagged(evidence):
        _funnel(row, evidence)
    told = [f"opened {day_text(row['opened_at'])} by {row['opened_by']}"]
    if row["release"] is not None:
        told.append(f"{_rests_on(row, evidence)}, data to {_day(evidence['data_date'])}")
        if row["release_since"]:
            told.append(f"{row['release_since']}: the figures here are those of that day")
        told.append(f"{row['indicator_id']} version {evidence['indicator_version']}")
    told.append(f"SHA-256 {row['evidence_digest'][:12]}")
    st.caption(words.plain(f"{words.opened('; '.join(told))}."))
    if not is_intact(row):
        st.warning("■ This evidence is not what the case was opened with: tell the registry.")


def _rests_on(row: Case, evidence: Mapping[str, Any]) -> str:
    """The release that a case was opened from; "snapshot" is absent in what is older than it."""
    release = f"release {row['release']}"
    if evidence.get("snapshot"):
        return f"{release}, the annual snapshot of {evidence['snapshot']}"
    return f"{release}, no annual snapshot"


def _day(text: str) -> str:
    return words.day(date.fromisoformat(text))


def _figures(view: View, row: Case, evidence: Mapping[str, Any]) -> None:
    """The frozen counts beside those of the release served now."""
    now = view.reader.rates((row["indicator_id"],), period=row["period"]).filter(
        pl.col("site_id") == row["site_ods_code"]
    )
    current = next(now.iter_rows(named=True), {})
    rows = [
        {"what": title, "frozen": str(evidence[name]), "now": str(current.get(name, "–"))}
        for name, title in FROZEN.items()
        if evidence[name] or current.get(name) or name in ("events", "eligible")
    ]
    pair = {"frozen": evidence, "now": current}
    rows += [
        {"what": "% (95 % interval)"} | {name: _rate_text(of) for name, of in pair.items()},
        {"what": "Judged against", "frozen": _target_text(evidence), "now": _target_text(current)},
    ]
    if _is_flagged(evidence):
        verdicts = {name: words.mark_text(of.get("verdict")) for name, of in pair.items()}
        rows.append({"what": "Verdict"} | verdicts)
    release = view.reader.release().number
    when = "now" if view.past is None else "looked back at"
    headings = {"what": "Figure", "frozen": "Frozen", "now": f"Release {release}, {when}"}
    table(pl.DataFrame(rows), headings, reads=f"Figures, frozen and {when}", share=3 / 5)
    if view.past is None:
        sentence(_moved(evidence, current))


def _moved(evidence: Mapping[str, Any], current: Mapping[str, Any]) -> str:
    names = ("events", "eligible", "unknown")
    if all(evidence[name] == current.get(name) for name in names):
        return "The data have not changed these counts since."
    return "The data have changed these counts since; the case rests on the frozen ones."


def _rate_text(figures: Mapping[str, Any]) -> str:
    if not figures:
        return "–"
    n = figures["known"]
    return words.rate_text(figures["rate"], figures["lower"], figures["upper"], n)


def _target_text(figures: Mapping[str, Any]) -> str:
    goal = figures.get("threshold") or figures.get("target")
    return "–" if goal is None else words.percent(goal)


def _funnel(row: Case, evidence: Mapping[str, Any]) -> None:
    """The funnel of the day the case was opened, drawn from the frozen figures alone."""
    n, target = evidence["eligible"], evidence["target"]
    if n < FEWEST_FOR_PERCENT:
        states.too_few(f"A share is drawn from {FEWEST_FOR_PERCENT} {evidence['unit']}s on.")
        return
    lower = evidence["direction"] != "higher"
    lines = boundary_lines(target, n, is_lower_better=lower).select(
        pl.col("eligible").cast(pl.Float64), "alert_line", "alarm_line"
    )
    # Drawn as judged: what is not known counts as no unfavourable outcome.
    good = evidence["events"] if lower else evidence["events"] + evidence["unknown"]
    point = pl.DataFrame(
        {
            "eligible": [float(n)],
            "rate": [good / n],
            "label": [""],  # the only point: a name would cover the limits it is judged by
            "state": [evidence["verdict"]],
        }
    )
    draw(
        charts.funnel,
        pl.concat([lines, point], how="diagonal"),
        reads=f"The site against the limits of chance when the case was opened: {good} of {n}.",
        target=target,
        is_given=False,
        axis=f"Share of {evidence['unit']}s",
        unit=f"{evidence['unit'].capitalize()}s",
    )
    side = "Above" if lower else "Below"
    st.caption(
        f"{words.SYMBOLS.get(evidence['verdict'], '●')} {row['site_ods_code']}: {good} of {n}. "
        f"Dotted: judged against {words.percent(target)}. {side} the dashed line: alert; "
        f"{side.lower()} the full line: alarm."
    )


def _log(view: View, row: Case) -> None:
    st.markdown("**Log**")
    steps = view.desk.case_steps(row["number"])
    if not steps:
        states.nothing("Nothing is on record.")
        return
    rows = [
        {
            "when": words.moment_text(datetime.fromisoformat(step["at"])),
            "by": step["by"],
            "move": words.opened(step["move"]),
            "new": step["new"],
            "deadline": _deadline(step, row["nation"]),
            "text": step["text"] or "–",
        }
        for step in steps
    ]
    table(pl.DataFrame(rows), LOG, reads="What was done with the case")


def _deadline(step: Mapping[str, Any], nation: str) -> str:
    """Whether a stage ended by its deadline: yes; or ■ no, 3 working days over."""
    if step["was_due"] is None:
        return "–"
    on = day_of(step["at"])
    assert on is not None
    past = running(step["was_due"], nation, on)
    if not past.is_late:
        return "yes"
    return f"■ no, {words.counted(-past.days_left, 'working day', 'working days')} over"
