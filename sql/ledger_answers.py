"""Answers: what a site says of an unusual value, until the value changes or the answer ends.

No value stands here, only a keyed digest of it; no reason stands in the audit log, which
nothing can be taken out of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import ANSWER, EVENT

LONGEST_DAYS = 366  # 12 months
MOST_CHARACTERS = 500


def answer(
    ledger: Ledger,
    about: Mapping[str, str],
    *,
    reason: str,
    expires: date,
    by: str,
    at: datetime,
) -> int:
    """Enter an answer to a finding; gives its number. A newer answer stands for an older.

    Args:
        about: site_ods_code, finding_id, rule, and the value_digest that it holds for.

    Raises:
        LedgerError: if the reason is empty or too long, or it would end before it begins or
            stand for more than 12 months.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_CHARACTERS:
        raise LedgerError(f"an answer needs a reason, of at most {MOST_CHARACTERS} characters")
    if not 0 <= (expires - at.date()).days <= LONGEST_DAYS:
        raise LedgerError("an answer stands for 12 months at most, and not in the past")
    with ledger.write() as connection:
        values = {"reason": reason, "expires": expires.isoformat(), "by": by, "at": utc(at)}
        made = connection.execute(ANSWER.insert().values(**about, **values))
        number = number_of(made)
        told = {"site": about["site_ods_code"], "rule": about["rule"], "expires": values["expires"]}
        append(connection, at, by, "finding answered", f"answer {number}", "open", "answered", told)
    return number


def take_back(ledger: Ledger, number: int, *, by: str, at: datetime) -> None:
    """End an answer before its time: the finding is an open query again.

    Raises:
        LedgerError: if no such answer stands.
    """
    with ledger.write() as connection:
        ended = connection.execute(
            ANSWER.update()
            .where(ANSWER.c.number == number, ANSWER.c.taken_back_at.is_(None))
            .values(taken_back_at=utc(at), taken_back_by=by)
        )
        if not ended.rowcount:
            raise LedgerError(f"no answer {number} stands")
        append(connection, at, by, "answer taken back", f"answer {number}", "answered", "open", {})


def answers(
    ledger: Ledger, sites: Collection[str] | None = None, as_of: datetime | None = None
) -> Sequence[Mapping[str, Any]]:
    """The answers of these sites (None: all) in order, those that have ended too.

    With `as_of`, as they stood at that moment: later ones, and later endings, are not seen.
    """
    query = sa.select(ANSWER).order_by(ANSWER.c.number)
    if sites is not None:
        query = query.where(ANSWER.c.site_ods_code.in_(sites))
    if as_of is not None:
        query = query.where(ANSWER.c.at <= utc(as_of))
    with ledger.read() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_of is not None:
        for row in rows:
            if row["taken_back_at"] is not None and row["taken_back_at"] > utc(as_of):
                row["taken_back_at"] = row["taken_back_by"] = None
    return rows


def known_to(ledger: Ledger, release: int, at: datetime) -> Sequence[Mapping[str, Any]]:
    """The answers as a release knew them: at its moment, and entered before it was.

    The order of the log decides where a clock stands still, as that of a demo home does.
    """
    entered = sa.select(sa.func.min(EVENT.c.number)).where(
        EVENT.c.subject == f"release {release}", EVENT.c.action.in_(("published", "rebuilt"))
    )
    told = sa.select(EVENT.c.action, EVENT.c.subject).where(
        EVENT.c.action.in_(("finding answered", "answer taken back")),
        EVENT.c.number > entered.scalar_subquery(),
    )
    with ledger.read() as connection:
        since = {(row.action, row.subject) for row in connection.execute(told)}
    rows = []
    for row in answers(ledger, as_of=at):
        subject = f"answer {row['number']}"
        if ("answer taken back", subject) in since:
            row = {**row, "taken_back_at": None, "taken_back_by": None}
        if ("finding answered", subject) not in since:
            rows.append(row)
    return rows


def moved(ledger: Ledger) -> tuple[int, int]:
    """How many answers were given and taken back so far: another pair, another answer."""
    counted = sa.select(sa.func.count(), sa.func.count(ANSWER.c.taken_back_at))
    with ledger.read() as connection:
        given, taken_back = connection.execute(counted).one()
    return given, taken_back


def standing(rows: Sequence[Mapping[str, Any]], on: date) -> Sequence[Mapping[str, Any]]:
    """Of a list of answers those that stand on a day, the newest of each finding."""
    newest = {row["finding_id"]: row for row in rows}
    return [
        row
        for row in newest.values()
        if row["taken_back_at"] is None and row["expires"] >= on.isoformat()
    ]
