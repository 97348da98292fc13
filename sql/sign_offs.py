"""Sign-offs: a site lead's attestation that a period of the site is complete and right."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sql.ledger import IN_THE_WALK, Ledger, LedgerError, move
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import SIGN_OFF, SUBMISSION
from sql.reader_periods import Period, quarters


def sign_off(ledger: Ledger, site: str, period: Period, *, by: str, at: datetime, text: str) -> int:
    """Sign a site's period: its accepted submissions of that period become signed.

    Returns:
        The number of the sign-off.

    Raises:
        LedgerError: if there is no text, a quarter of the period is missing, a submission
            of it waits, or the period is signed already.
    """
    if not text.strip():
        raise LedgerError("a sign-off needs the text that is attested")
    start, end = period.start.isoformat(), period.end.isoformat()
    with ledger.write() as connection:
        of_period = [row for row in _submissions(connection, site) if _overlaps(row, start, end)]
        _require_whole(of_period, period)
        if any(one["period_start"] <= start and end <= one["period_end"]
               for one in _standing(connection, site)):  # fmt: skip
            raise LedgerError(f"{site} {period.label} is signed already")
        signed = [r["submission_id"] for r in of_period if r["state"] in ("accepted", "signed")]
        made = connection.execute(
            SIGN_OFF.insert().values(
                site_ods_code=site,
                period_start=start,
                period_end=end,
                signed_by=by,
                signed_at=utc(at),
                text=text,
                submissions=json.dumps(signed),
            )
        )
        number = number_of(made)
        detail = {"site": site, "period_start": start, "period_end": end, "text": text}
        append(connection, at, by, "signed off", f"sign-off {number}", None, "signed", detail)
        for row in of_period:
            if row["state"] == "accepted":
                moved = {"sign_off": number}
                move(connection, row["submission_id"], "signed", by=by, at=at, detail=moved)
    return number


def void(ledger: Ledger, number: int, *, by: str, at: datetime, reason: str) -> None:
    """End a sign-off; its submissions that no other sign-off covers are accepted again."""
    with ledger.write() as connection:
        query = sa.select(SIGN_OFF).where(SIGN_OFF.c.number == number)
        one = connection.execute(query).mappings().one()
        connection.execute(
            SIGN_OFF.update()
            .where(SIGN_OFF.c.number == number)
            .values(voided_at=utc(at), voided_by=by, void_reason=reason)
        )
        subject, detail = f"sign-off {number}", {"reason": reason}
        append(connection, at, by, "sign-off voided", subject, "signed", "voided", detail)
        still = _signed(_standing(connection, one["site_ods_code"]))
        for row in _submissions(connection, one["site_ods_code"]):
            is_of_it = row["submission_id"] in json.loads(one["submissions"])
            if is_of_it and row["state"] == "signed" and row["submission_id"] not in still:
                moved = {"sign_off": number, "reason": reason}
                move(connection, row["submission_id"], "accepted", by=by, at=at, detail=moved)


def sign_offs(ledger: Ledger, sites: Collection[str] | None = None) -> Sequence[Mapping[str, Any]]:
    """Every sign-off of these sites, in order; one that stands has no voided_at."""
    query = sa.select(SIGN_OFF).order_by(SIGN_OFF.c.number)
    if sites is not None:
        query = query.where(SIGN_OFF.c.site_ods_code.in_(sites))
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def standing(ledger: Ledger, site: str) -> Sequence[Mapping[str, Any]]:
    """The sign-offs of a site that nothing has voided."""
    with ledger.read() as connection:
        return _standing(connection, site)


def signed(ledger: Ledger, site: str) -> frozenset[str]:
    """The submissions of a site that a standing sign-off covers."""
    return _signed(standing(ledger, site))


def have_signed(
    connection: sa.Connection, expected: Mapping[str, Collection[Period]]
) -> tuple[list[str], list[str]]:
    """Of the sites of which quarters are expected, those that signed all of them, and the rest."""
    found: tuple[list[str], list[str]] = ([], [])
    for site, owed in sorted(expected.items()):
        signs = _standing(connection, site)
        is_whole = all(
            any(
                one["period_start"] <= quarter.start.isoformat()
                and quarter.end.isoformat() <= one["period_end"]
                for one in signs
            )
            for quarter in owed
        )
        found[0 if is_whole else 1].append(site)
    return found


def _standing(connection: sa.Connection, site: str) -> list[Mapping[str, Any]]:
    query = sa.select(SIGN_OFF).where(SIGN_OFF.c.site_ods_code == site)
    query = query.where(SIGN_OFF.c.voided_at.is_(None)).order_by(SIGN_OFF.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def _signed(found: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(name for one in found for name in json.loads(one["submissions"]))


def _submissions(connection: sa.Connection, site: str) -> list[Mapping[str, Any]]:
    query = sa.select(SUBMISSION).where(SUBMISSION.c.site_ods_code == site)
    return [dict(row) for row in connection.execute(query).mappings()]


def _overlaps(row: Mapping[str, Any], start: str, end: str) -> bool:
    if row["state"] in ("received", "checking"):
        return True  # its period is not known yet
    if row["period_start"] is None or row["state"] not in ("held", *IN_THE_WALK):
        return False
    return bool(row["period_start"] <= end and start <= row["period_end"])


def _require_whole(rows: Sequence[Mapping[str, Any]], period: Period) -> None:
    waiting = [row["filename"] for row in rows if row["state"] not in IN_THE_WALK]
    if waiting:
        raise LedgerError(
            f"{len(waiting)} of the site's submissions ({waiting[0]}) wait to be checked or"
            " decided; sign when they are"
        )
    reports = [row for row in rows if row["submission_type"] != "CORRECTION"]
    for quarter in quarters(period.start, period.end):
        start, end = quarter.start.isoformat(), quarter.end.isoformat()
        if not any(r["period_start"] <= start and end <= r["period_end"] for r in reports):
            raise LedgerError(f"nothing is accepted for {quarter.label}; send it, or a nil return")
