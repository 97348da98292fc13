"""Outlier cases: one a site, indicator and period, from potential to closed.

Every move is checked against the stage that the person saw, and recorded in the audit log in
the same transaction; what was said stands in the case's steps, its digest in the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from sql.accepted import LONDON
from sql.access import Viewer
from sql.case_clock import why_not
from sql.case_moves import BY_NAME
from sql.case_stages import FIRST_STAGE, LAST_STAGE, policy
from sql.case_tables import CASE, CASE_STEP
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import EVENT
from sql.reader_periods import Period
from sql.working_days import due_date

Kind = Literal["alarm", "alert", "non-participation", "poor data"]
MOST_CHARACTERS = 2000
OPENED = "opened"

# What a commissioner is shown of a published case: never a figure, never what was said.
PUBLISHED_COLUMNS = (
    *("number", "site_ods_code", "indicator_id", "period", "kind", "stage", "decision"),
    *("opened_at", "published_at", "closed_at"),
)


@dataclass(frozen=True)
class Found:
    """What an analysis found, and what it rests on: figures of a site, no patient."""

    site: str
    nation: str
    indicator_id: str
    kind: Kind
    period: Period
    evidence: Mapping[str, Any]
    release: int | None = None


def open_cases(ledger: Ledger, found: Sequence[Found], *, by: str, at: datetime) -> list[int]:
    """Open a potential case of each that has none yet; gives the numbers of those opened."""
    with ledger.write() as connection:
        return [_open(connection, one, by, at) for one in found if _of(connection, one) is None]


def _of(connection: sa.Connection, found: Found) -> int | None:
    query = sa.select(CASE.c.number).where(
        CASE.c.site_ods_code == found.site,
        CASE.c.indicator_id == found.indicator_id,
        CASE.c.period_start == found.period.start.isoformat(),
        CASE.c.period_end == found.period.end.isoformat(),
    )
    number: int | None = connection.execute(query).scalar()
    return number


def _open(connection: sa.Connection, found: Found, by: str, at: datetime) -> int:
    if found.kind not in get_args(Kind):
        raise ValueError(f"no such kind of case: {found.kind}")
    evidence = json.dumps(found.evidence, sort_keys=True, ensure_ascii=False)
    about = {
        "site_ods_code": found.site,
        "indicator_id": found.indicator_id,
        "period": found.period.label,
        "kind": found.kind,
        "evidence_digest": _digest(evidence),
        "release": found.release,
    }
    made = connection.execute(
        CASE.insert().values(
            **about,
            period_start=found.period.start.isoformat(),
            period_end=found.period.end.isoformat(),
            nation=found.nation,
            opened_at=utc(at),
            opened_by=by,
            evidence=evidence,
            stage=FIRST_STAGE,
            **_clock(FIRST_STAGE, found.nation, at, None),
        )
    )
    number = number_of(made)
    _record(connection, number, (OPENED, None, FIRST_STAGE), by, at, "", None, about)
    return number


def move(
    ledger: Ledger,
    number: int,
    name: str,
    *,
    seen: str,
    viewer: Viewer,
    at: datetime,
    text: str = "",
) -> str:
    """Move a case on; gives its new stage.

    Args:
        name: of the move, as sql.case_moves names it.
        seen: the stage that the person saw when deciding.

    Raises:
        LedgerError: if the case has moved since it was seen, the move is not legal from its
            stage, not this viewer's, not open yet, or lacks its words.
    """
    text = text.strip()
    with ledger.write() as connection:
        row = one(connection, number)
        if row["stage"] != seen:
            raise LedgerError(
                f"case {number} is at {row['stage']} now: somebody moved it since you looked; "
                "look again"
            )
        legal = BY_NAME.get((seen, name))
        if legal is None:
            raise LedgerError(f"a case at {seen} has no move {name}")
        closed = why_not(row, legal, viewer, at.astimezone(LONDON).date())
        if closed:
            raise LedgerError(f"{name}: {closed}")
        if legal.asks and not text:
            raise LedgerError(f"{name}: say {legal.asks[:1].lower()}{legal.asks[1:]}")
        if len(text) > MOST_CHARACTERS:
            raise LedgerError(f"at most {MOST_CHARACTERS} characters; found {len(text)}")
        values: dict[str, Any] = {}
        if legal.new != legal.old:
            values = {"stage": legal.new} | _clock(legal.new, row["nation"], at, row["due"])
        if legal.decision is not None:
            values["decision"] = legal.decision
        if legal.new in ("published", LAST_STAGE) and legal.new != legal.old:
            values[f"{legal.new}_at"] = utc(at)
        if values:
            connection.execute(CASE.update().where(CASE.c.number == number).values(**values))
        by = viewer.by
        told = {"site_ods_code": row["site_ods_code"]}
        told |= {"decision": legal.decision} if legal.decision else {}
        _record(connection, number, (name, seen, legal.new), by, at, text, row["due"], told)
    return legal.new


def _clock(stage: str, nation: str, at: datetime, due: str | None) -> dict[str, str | None]:
    """When a stage began, and by when it is due; a stage that runs on keeps its deadline."""
    declared, today = policy().stages[stage], at.astimezone(LONDON).date()
    if declared.days is not None:
        due = due_date(today, declared.days, nation).isoformat()
    elif not declared.runs_on:
        due = None
    return {"stage_began": utc(at), "due": due}


def _record(
    connection: sa.Connection,
    number: int,
    moved: tuple[str, str | None, str],
    by: str,
    at: datetime,
    text: str,
    was_due: str | None,
    detail: Mapping[str, Any],
) -> None:
    name, old, new = moved
    step = {"case_number": number, "move": name, "old": old, "new": new, "by": by, "at": utc(at)}
    said = {"was_due": was_due, "text_digest": _digest(text)}
    connection.execute(CASE_STEP.insert().values(**step, **said, text=text))
    append(connection, at, by, f"case: {name}", f"case {number}", old, new, {**detail, **said})


def cases(ledger: Ledger, viewer: Viewer) -> Sequence[Mapping[str, Any]]:
    """The cases that a viewer may see, newest first.

    A viewer without rows gets published ones only, PUBLISHED_COLUMNS.
    """
    reach = viewer.reach("see cases")
    query = sa.select(CASE).order_by(CASE.c.number.desc())
    if reach == "none":
        return []
    if reach == "own":
        query = query.where(CASE.c.site_ods_code.in_(viewer.sites))
    if not viewer.may("see rows"):
        columns = [CASE.c[name] for name in PUBLISHED_COLUMNS]
        query = query.with_only_columns(*columns).where(CASE.c.published_at.is_not(None))
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def steps(ledger: Ledger, viewer: Viewer, number: int) -> Sequence[Mapping[str, Any]]:
    """What was done with a case and said of it, in order; nothing where it may not be seen."""
    if not viewer.may("see rows") or number not in {row["number"] for row in cases(ledger, viewer)}:
        return []
    query = sa.select(CASE_STEP).where(CASE_STEP.c.case_number == number)
    with ledger.read() as connection:
        found = connection.execute(query.order_by(CASE_STEP.c.number)).mappings()
        return [dict(row) for row in found]


def releases(ledger: Ledger) -> frozenset[int]:
    """The releases that cases were opened from: they are kept."""
    query = sa.select(CASE.c.release).where(CASE.c.release.is_not(None)).distinct()
    with ledger.read() as connection:
        return frozenset(connection.execute(query).scalars())


def one(connection: sa.Connection, number: int) -> Mapping[str, Any]:
    """A case's row.

    Raises:
        LedgerError: if there is none of that number.
    """
    row = connection.execute(sa.select(CASE).where(CASE.c.number == number)).mappings()
    found = row.one_or_none()
    if found is None:
        raise LedgerError(f"no case {number}")
    return dict(found)


def is_intact(row: Mapping[str, Any]) -> bool:
    """True where a case's evidence is what it was opened with."""
    return bool(_digest(row["evidence"]) == row["evidence_digest"])


ANALYSED, ANALYSIS = "analysed", "analysis of "


def analysed(ledger: Ledger) -> frozenset[str]:
    """The periods of which an analysis has opened cases, or found that there is none."""
    query = sa.select(EVENT.c.subject).where(EVENT.c.action == ANALYSED).distinct()
    with ledger.read() as connection:
        found = connection.execute(query).scalars()
        return frozenset(subject.removeprefix(ANALYSIS) for subject in found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
