"""The days that a change of a site's rows touches: what voids a sign-off, or meets a lock.

A record belongs to the day of its own event, or of the procedure that it is about: a
review, an enrolment, a lesion or a patient to the procedures that rest on it. A scan in
July of a procedure in May is July's; a questionnaire before a procedure is the procedure's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from expectations.dictionary import PATIENT_KEY
from ingest.difference import State, cells_between

EVENTS = {
    "procedure": "procedure_date",
    "complication": "onset_date",
    "followup_imaging": "imaging_date",
    "subsequent_treatment": "treatment_date",
    "vital_status": "status_date",
    "prom": "completed_date",
}
# Of a record that is told anew each time only where it stands now matters.
LATEST = "vital_status"
# By which column other tables belong to a procedure.
OF_PROCEDURE = {
    "lesion_treatment": "procedure_id",
    "pulse_delivery": "procedure_id",
    "mdt_review": "mdt_id",
    "research_enrolment": "enrolment_id",
    "governance_approval": "approval_id",
    "patient": PATIENT_KEY,
}

Days = tuple[date, date]


def touched_days(before: State, after: State) -> frozenset[date]:
    """The days to which the records belong that are new, changed or gone."""
    cells = cells_between(before, after)
    procedures = pl.concat([before["procedure"], after["procedure"]]).unique()
    days: set[date] = set()
    for (name,), part in cells.group_by("table"):
        table = str(name)
        keys = part["record_key"].unique().implode()
        states = [before, after]
        if table == LATEST and (part["change"] != "dropped").any():
            states = [after]
        rows = pl.concat(
            [state[table].filter(pl.col("record_key").is_in(keys)) for state in states]
        )
        days |= _days(table, rows, procedures, (before, after))
    return frozenset(days)


def touches(days: Iterable[date], periods: Sequence[Days]) -> bool:
    """True where one of the days lies within one of the periods."""
    return any(start <= day <= end for day in days for start, end in periods)


def _days(
    table: str, rows: pl.DataFrame, procedures: pl.DataFrame, states: Sequence[State]
) -> set[date]:
    if table in EVENTS:
        event = rows.with_columns(pl.col(EVENTS[table]).alias("day"))
        if "procedure_id" in rows.columns and table != "procedure":
            of = procedures.select("procedure_id", "procedure_date")
            event = event.join(of, on="procedure_id", how="left")
            event = event.with_columns(pl.max_horizontal("day", "procedure_date").alias("day"))
        return set(event["day"].drop_nulls())
    if table == "lesion":
        treated = pl.concat([state["lesion_treatment"] for state in states])
        rows, table = treated.join(rows, on="lesion_id", how="semi"), "lesion_treatment"
    if table == "lesion_response":
        scans = pl.concat([state["followup_imaging"] for state in states])
        return set(scans.join(rows, on="imaging_id", how="semi")["imaging_date"].drop_nulls())
    if table not in OF_PROCEDURE:
        return set()  # an operator's record is of no period
    of = procedures.join(rows, on=OF_PROCEDURE[table], how="semi")
    return set(of["procedure_date"].drop_nulls())
