"""Home of a site: did the export go in, what to mend first, what is due."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, links, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.finding_counts import open_and_answered, open_findings
from dashboard.pages import submission_findings
from dashboard.sections import compliance_matrix
from ingest.inbox import Report
from sql.reader_periods import DUE, quarter


def show(view: View) -> None:
    """The site's last submission, its findings, what is due, completeness, breaches."""
    st.header("Your last submission", anchor=False)
    _last_submission(view)
    st.header("Due", anchor=False)
    _due(view)
    st.header("Mend these first", anchor=False)
    _findings(view)
    st.header("Compliance with the guidance, rolling 36 months", anchor=False)
    compliance_matrix(view, Selection())
    st.header("Completeness of the key fields, by quarter", anchor=False)
    _completeness(view)


DUE_WORDS = {
    "scan": ("scan", "scans"),
    "questionnaires": ("set of questionnaires", "sets of questionnaires"),
    "vital status": ("vital status", "vital statuses"),
}
MOST_FIRST = 5
CHECKED = ("held", "refused", "accepted", "signed")
# Refused, and nothing to correct: what the site reads instead.
NO_FAULT = {
    "ALREADY_RECEIVED": "already received, nothing changed. Nothing to do.",
    "CANCELLED": "cancelled, nothing of it was kept. Send it again when it is ready.",
}


def last_submission_text(row: dict[str, Any], queries: tuple[int, int] | None = None) -> str:
    """One sentence on a submission, with the next action.

    Args:
        queries: how many are open, and how many are answered; None: not checked yet.
    """
    named = f"{row['filename']}, received {words.moment_text(row['received_at'])}"
    if row["code"] in NO_FAULT:
        return f"{named}: {NO_FAULT[row['code']]}"
    held_rows = row["findings_R"] or 0
    (warned, answered), breached = queries or (row["findings_W"] or 0, 0), row["findings_B"] or 0
    done = f" ({answered} answered)" if answered else ""
    return {
        "received": f"{named}: waiting to be checked. Nothing to do yet.",
        "checking": f"{named}: being checked now. Nothing to do yet.",
        "held": f"{named}: held, {words.counted(held_rows, 'finding')} must be corrected. "
        "Next: send a corrected export, or accept the listed exclusions.",
        "refused": f"{named}: refused ({row['code']}), nothing of it was used. Correct the "
        "export and send it again.",
        "accepted": f"{named}: accepted, {words.counted(row['records_read'] or 0, 'record')} "
        f"read; {words.counted(warned, 'query', 'queries')} to look at{done}, "
        f"{words.counted(breached, 'breach', 'breaches')} counted.",
    }.get(row["state"], f"{named}: {row['state']}.")


def _queries(view: View, submission_id: str) -> tuple[int, int] | None:
    report = _report(view, submission_id)
    return None if report is None else open_and_answered(report.findings)


def _last_submission(view: View) -> None:
    found = view.desk.submissions()
    if not found.height:
        states.nothing("Nothing has been sent yet. Send the first export on Upload.")
        return
    waiting = found.filter(pl.col("state").is_in(["held", "refused"]))
    rows = [found.row(0, named=True)]
    rows += [row for row in waiting.head(1).iter_rows(named=True) if row != rows[0]]
    for row in rows:
        said = last_submission_text(row, _queries(view, row["submission_id"]))
        (st.warning if row["state"] in ("held", "refused") else st.success)(words.plain(said))


def _findings(view: View) -> None:
    for row in view.desk.submissions().iter_rows(named=True):
        if row["state"] in CHECKED and (report := _report(view, row["submission_id"])):
            _of_submission(row, report.findings.filter(pl.col("answer").is_null()))
            break
    found = open_findings(view, by="rule").filter(pl.col("findings") > 0)
    open_ones = words.counted(int(found["findings"].sum()), "open finding")
    sentence(
        f"{words.opened(open_ones)} on current rows, of "
        f"{words.counted(found['rule'].n_unique(), 'rule')}, whichever submission they came with."
    )
    links.to("data-quality", "Findings by rule")


def _of_submission(row: dict[str, Any], findings: pl.DataFrame) -> None:
    """The five findings of a submission that do most, and the way to all."""
    if not findings.height:
        states.nothing(f"{words.plain(row['filename'])}: no finding to mend.")
        return
    several = " The five that do most:" if findings.height > MOST_FIRST else ""
    sentence(f"{row['filename']}: {words.counted(findings.height, 'finding')}.{several}")
    table(
        submission_findings.told(findings.head(MOST_FIRST)),
        {
            "message": "What",
            "place": "Where",
            "fix": "What to do",
            "effect": "Effect",
        },
        reads="The findings that do most",
    )
    links.to("submissions", "All findings of this submission", submission=row["submission_id"])


def _report(view: View, submission_id: str) -> Report | None:
    try:
        return view.desk.report(submission_id)
    except FileNotFoundError:
        return None  # not checked yet


def _due(view: View) -> None:
    quarters = view.reader.participation().filter(pl.col("state").is_in(["missing", "not due"]))
    for row in quarters.iter_rows(named=True):
        left = (row["due_date"] - view.today).days
        when = f"{-left} days overdue" if left < 0 else f"in {left} days"
        sentence(f"Upload of {row['quarter']}: due {words.day(row['due_date'])}, {when}.")
    if not quarters.height:
        sentence("Every quarter that is due has been reported.")
    running = quarter(view.today)
    due = running.end + DUE
    left = (due - view.today).days
    sentence(f"Next upload: {running.label}, due {words.day(due)}, in {left} days.")
    _due_of_patients(view)


def _due_of_patients(view: View) -> None:
    found = view.reader.due(view.today)
    if not found.height:
        sentence("No scan, questionnaire or vital status of a patient is due.")
        return
    told = [due_text(row) for row in found.iter_rows(named=True)]
    left = [left_text(row) for row in found.iter_rows(named=True)]
    named = found.with_columns(pl.Series("what", told), pl.Series("left", left))
    sentence(summary_text(found))
    table(
        named,
        {
            "what": "Due",
            "left": "Days left",
            "procedure_id": "First procedure",
            "procedure_date": "On",
            "closes": "Until",
        },
        reads="What is due, patient by patient, the most urgent first",
        rows=8,
    )
    links.to_records(found, "due")
    footer(view, found, "due", _due_definition)


def summary_text(found: pl.DataFrame) -> str:
    """How many things are due, of how many patients, and how many are past their last day."""
    kinds = dict(found.group_by("kind").len().iter_rows())
    parts = [words.counted(kinds[kind], *DUE_WORDS[kind]) for kind in DUE_WORDS if kind in kinds]
    patients = words.counted(found["procedure_id"].n_unique(), "patient")
    said = f"Due: {', '.join(parts)}, of {patients}."
    late = found.filter(pl.col("days_left") < 0).height
    return f"{said} Past the last day: {late}; send what was done in time." if late else said


def due_text(row: dict[str, Any]) -> str:
    """ "Scan, month 1"."""
    return ", ".join(filter(None, (row["kind"].capitalize(), row["visit"])))


def left_text(row: dict[str, Any]) -> str:
    """Days that are left, or since when there are none."""
    days = row["days_left"]
    if days >= 0:
        return str(days)
    return f"{'overdue' if row['visit'] is None else 'closed'}, {words.counted(-days, 'day')}"


def _due_definition() -> None:
    st.markdown(
        "Of patients who are not known to have died and have not withdrawn, from the first "
        "procedure. Scans: month 1 (day 21 to 60), 3 (61 to 135) and 12 (305 to 425). "
        "Questionnaires, where consent to them is on record: month 3, 6 (136 to 225) and 12. "
        "Vital status: when the last one is 183 days old. A window that has closed stays listed "
        "until the data sent reach beyond it. Windows: proposals of this registry [P]."
    )


def _completeness(view: View) -> None:
    found = view.reader.trend("D2").filter(pl.col("eligible") > 0)
    if not found.height:
        states.nothing("No record yet to judge completeness by.")
        return
    last = found.row(-1, named=True)
    said = words.filled_text(last["events"], last["eligible"])
    text = f"{last['quarter']}: {last['events']} of {last['eligible']} key fields filled, {said}."
    sentence(text)
    filled = [words.filled_text(*pair) for pair in found["events", "eligible"].iter_rows()]
    short = [one.removesuffix(" %").removesuffix(".0") for one in filled]
    drawn = found.with_columns(said=pl.Series(short, dtype=pl.String))
    draw(charts.rate_quarters, drawn, reads=text, axis="Key fields filled, per cent")
    with st.expander("Table: by quarter"):
        table(
            found.with_columns(filled=pl.Series(filled, dtype=pl.String)),
            {
                "quarter": "Quarter",
                "events": "Key fields filled",
                "eligible": "Of",
                "filled": "% filled",
            },
            reads="Completeness of the key fields, by quarter",
        )
    footer(view, found, "completeness-by-quarter", indicator_definition(view, "D2"))
