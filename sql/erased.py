"""What an erasure takes out of the ledger, and what of the ledger it touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sql.case_tables import CASE, SENTINEL_REVIEW
from sql.erasure_tables import REWRITTEN
from sql.erasures import move
from sql.ledger import Ledger
from sql.ledger_events import append
from sql.ledger_tables import ANSWER, SUBMISSION
from sql.saved_views import forget_records
from sql.snapshot_rebuilt import REWRITTEN as TOLD

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rewritten:
    """A submission that was rewritten: its columns as they are now, and what its event says."""

    values: Row
    detail: Row


def tell_rewritten(
    ledger: Ledger,
    number: int,
    submissions: Mapping[str, Rewritten],
    *,
    findings: Collection[str],
    reviews: Collection[str],
    ids: Mapping[str, Collection[str]],
    by: str,
    at: datetime,
) -> None:
    """Tell of every rewritten submission, and take out what people said of the patients.

    Args:
        findings: the identities of those on the patients' records: their answers go.
        reviews: the keys of the patients' sentinel events: what was said in a review goes.
        ids: of the patients' records, by site: the views that people saved of them go.
    """
    with ledger.write() as connection:
        for name, told in submissions.items():
            of_it = SUBMISSION.c.submission_id == name
            connection.execute(SUBMISSION.update().where(of_it).values(**told.values))
            state = connection.execute(sa.select(SUBMISSION.c.state).where(of_it)).scalar()
            append(connection, at, by, "records erased", name, state, state, told.detail)
        connection.execute(ANSWER.delete().where(ANSWER.c.finding_id.in_(findings)))
        reviewed = SENTINEL_REVIEW.update().where(SENTINEL_REVIEW.c.event_key.in_(reviews))
        connection.execute(reviewed.values(lesson=""))
        forget_records(connection, ids)
        move(connection, number, REWRITTEN, TOLD, {}, by=by, at=at)


def tell_checked_again(ledger: Ledger, submission_id: str, values: Row) -> None:
    """Keep what a held submission says now that it was checked again."""
    with ledger.write() as connection:
        of_it = SUBMISSION.c.submission_id == submission_id
        connection.execute(SUBMISSION.update().where(of_it).values(**values))


def answers_to(ledger: Ledger, findings: Collection[str]) -> int:
    """How many answers there are to these findings."""
    query = sa.select(sa.func.count()).where(ANSWER.c.finding_id.in_(findings))
    with ledger.read() as connection:
        return int(connection.execute(query).scalar_one())


def cases_on(ledger: Ledger, releases: Collection[int]) -> int:
    """How many outlier cases were opened from these releases."""
    query = sa.select(sa.func.count()).where(CASE.c.release.in_(releases))
    with ledger.read() as connection:
        return int(connection.execute(query).scalar_one())
