"""What follows from a case's row and the day: how late it is, which moves are open, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sql.access import Viewer
from sql.case_moves import MOVES, Move
from sql.case_stages import policy
from sql.reader_periods import day
from sql.sentences import counted
from sql.working_days import working_days_between

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Clock:
    """How long a case's stage has left, or how far it is over, in working days.

    Attributes:
        due: None where nothing runs.
        days_left: negative where it is over.
    """

    due: date | None
    days_left: int

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.days_left < 0

    @property
    def said(self) -> str:
        """due 1 Dec 2026, 3 working days left; or LATE: due 1 Dec 2026, 3 working days over."""
        if self.due is None:
            return "no deadline"
        if self.days_left < 0:
            over = counted(-self.days_left, "working day", "working days")
            return f"LATE: due {day(self.due)}, {over} over"
        if self.days_left == 0:
            return f"due {day(self.due)}, today"
        return f"due {day(self.due)}, {counted(self.days_left, 'working day', 'working days')} left"


def clock(row: Row, today: date) -> Clock:
    """The clock of a case on a day."""
    return running(row["due"], row["nation"], today)


def running(due: str | None, nation: str, today: date) -> Clock:
    """The clock of a deadline, as the ledger keeps one."""
    if due is None:
        return Clock(None, 0)
    day_due = date.fromisoformat(due)
    left = working_days_between(today, day_due, nation)
    # A weekend past a deadline is no working day, and late all the same.
    return Clock(day_due, min(left, -1) if today > day_due else left)


def why_not(row: Row, legal: Move, viewer: Viewer, today: date) -> str:
    """Why a viewer may not make a move now, in words; empty where it is open."""
    if not viewer.may(legal.action, row["site_ods_code"]):
        if legal.action == "respond to a case":
            return "for the governance lead of the site's trust"
        return "for the registry team"
    now = clock(row, today)
    if legal.is_for_late and not now.is_late:
        until = f" {day(now.due)}" if now.due else ""
        return f"open once the deadline{until} has passed"
    return ""


def moves(row: Row, viewer: Viewer, today: date) -> list[tuple[Move, str]]:
    """The moves from a case's stage, each with why it is closed to the viewer (empty: open)."""
    legal = [move for move in MOVES if move.old == row["stage"]]
    return [(move, why_not(row, move, viewer, today)) for move in legal]


def waits_for(row: Row, viewer: Viewer) -> bool:
    """True where the case waits for this viewer."""
    owner = policy().stages[row["stage"]].owner
    return owner == viewer.role and viewer.may("see cases", row["site_ods_code"])


def flagged_in_a_row(rows: Sequence[Row], row: Row) -> int:
    """How many periods on end, up to this case's, its site was flagged for its indicator.

    A flag that turned out to be a data error was none; years and half-years are counted apart.
    """
    ends = {
        one["period_end"]: one["period_start"]
        for one in rows
        if (one["site_ods_code"], one["indicator_id"])
        == (row["site_ods_code"], row["indicator_id"])
        and one["decision"] != "data error"
        and len(one["period"]) == len(row["period"])
    }
    number, end = 0, row["period_end"]
    while end in ends:
        number += 1
        end = (date.fromisoformat(ends[end]) - timedelta(days=1)).isoformat()
    return number
