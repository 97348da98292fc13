"""What people decide of a submission, carried out: accept as held, withdraw, roll back.

Each holds the walk's lock, so that what was shown is what is decided.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from ingest import acceptance, inbox
from ingest.agreement import Decision, digest_of, exclusions_digest, settle
from ingest.difference import State
from ingest.rollback import RollBack, state_digest, store_state
from ingest.touched import touched_days, touches
from ingest.work import Row, Work
from sql.ledger import IN_THE_WALK, LedgerError
from sql.locks import locked
from sql.requests import Kind
from sql.walk import Accepted, current

__all__ = ["Kind", "accept", "enter_unknown", "roll_back", "withdraw"]


def accept(work: Work, decision: Decision, shown: str | None) -> None:
    """Accept a held submission with its listed exclusions.

    It is checked again first. What was shown is what is accepted: where the list of
    exclusions is another one now, nothing is, and the new list stands in the report.

    Args:
        shown: the digest of the list that the person saw; None for that of the report.

    Raises:
        LedgerError: if it is not held, the list is another one, or one of the two who
            must agree to a protected exclusion is still to do so.
    """
    submission_id = decision.submission_id
    with work.moving():
        row = work.ledger.submission(submission_id)
        if row["state"] != "held":
            raise LedgerError(f"submission {submission_id} is {row['state']}, not held")
        shown = shown or inbox.report(work.home.path, submission_id).exclusions_digest
        raw = inbox.content(work.home, submission_id)
        verdict = work.judge(row, raw)
        inbox.write_report(work.home, submission_id, verdict.kept)
        work.workbooks.want(submission_id)
        if verdict.assessment is None or verdict.verdict == "refused":
            raise LedgerError(
                f"submission {submission_id} would be refused now ({verdict.kept.words['code']}):"
                " see its findings, and send it again"
            )
        listed = exclusions_digest(verdict.kept.exclusions)
        if listed != shown:
            raise LedgerError(
                "what would be left out is not what was shown: the registry's records have"
                " changed since; look at the new list and decide again"
            )
        why_two = _why_two(verdict.kept.exclusions)
        agreed = settle(work.ledger, decision, listed, why_two=why_two)
        acceptance.keep(work, row, verdict, raw, agreed, {"exclusions": listed})


def _why_two(exclusions: pl.DataFrame) -> str | None:
    protected = exclusions.filter("is_protected")
    if not protected.height:
        return None
    some = protected.head(5).iter_rows(named=True)
    places = ", ".join(f"{one['table']} line {one['line']}" for one in some)
    return (
        f"{protected.height} of the exclusions {'concerns' if protected.height == 1 else 'concern'}"
        " a complication, a death or a procedure"
        f" that has either ({places})"
    )


def withdraw(work: Work, decision: Decision) -> None:
    """Take an accepted submission out of the walk.

    Raises:
        LedgerError: if no reason is given, the submission is not accepted, or it touches a
            locked period and one of the two who must agree is still to do so.
    """
    if not decision.reason.strip():
        raise LedgerError("a withdrawal needs a reason")
    submission_id = decision.submission_id
    with work.moving():
        row = work.ledger.submission(submission_id)
        if row["state"] not in IN_THE_WALK:
            raise LedgerError(f"submission {submission_id} is {row['state']}, not accepted")
        before = work.walk(site=row["site_ods_code"])
        after = [one for one in before if one.submission_id != submission_id]
        is_locked = _overlaps_lock(work, row) or _touches_lock(work, before, after)
        digest = digest_of("withdraw", submission_id, *(one.submission_id for one in before))
        agreed = settle(work.ledger, decision, digest, why_two=LOCKED if is_locked else None)
        reason = f"withdrawn: {submission_id}"
        acceptance.void_touched(work, row["site_ods_code"], before, after, reason)
        detail = {"reason": decision.reason, "agreed_by": agreed.agreed_by}
        detail["digest"] = row["canonical_digest"]
        work.move(submission_id, "withdrawn", detail, by=agreed.by, note=decision.reason)
        work.is_published = False


LOCKED = "it changes a locked period"


def roll_back(work: Work, decision: Decision) -> str:
    """Bring back the state of a site in which a submission was the newest accepted.

    The rows of that state are stored as a new full submission; nothing is deleted.

    Returns:
        The id of the new submission.

    Raises:
        LedgerError: if no reason is given, that state is the present one, or the change
            needs the registry team and one of the two is still to agree.
    """
    if not decision.reason.strip():
        raise LedgerError("a roll-back needs a reason")
    with work.moving():
        row = work.ledger.submission(decision.submission_id)
        if row["acceptance_number"] is None:
            raise LedgerError(f"submission {row['submission_id']} was never accepted")
        site = row["site_ods_code"]
        before = work.walk(site=site)
        target = work.walk(site=site, after=row["acceptance_number"])
        old, new = current(before), current(target)
        if state_digest(old) == state_digest(new):
            raise LedgerError("nothing to roll back: that is the present state")
        digest = digest_of("roll back", row["submission_id"], *(s.submission_id for s in before))
        why_two = _why_two_to_roll_back(work, before, target, old, new)
        agreed = settle(work.ledger, decision, digest, why_two=why_two)
        said = RollBack(
            submission_id=f"{decision.at:%Y%m%d}-{secrets.token_hex(8)}",
            to=next(s for s in target if s.submission_id == row["submission_id"]),
            by=agreed.by,
            at=decision.at,
            reason=decision.reason,
            agreed_by=agreed.agreed_by,
            agreed_reason=agreed.agreed_reason,
        )
        number = work.ledger.next_acceptance_number()
        told = store_state(work.home, target, said, number, work.step)
        _enter(work, told, {})
        work.step("acceptance told")
    return said.submission_id


def enter_unknown(work: Work) -> None:
    """Enter the roll-backs whose folder stands and of which the ledger never heard."""
    known = {row["submission_id"] for row in work.ledger.submissions()}
    for manifest in sorted((work.home.path / "submissions").glob("*/manifest.json")):
        told = _told(manifest)
        if told["submission_id"] not in known and "rolled_back_to" in told:
            _enter(work, told, {"recovered": True})


def _told(manifest: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
    return found


def _enter(work: Work, told: dict[str, Any], detail: dict[str, Any]) -> None:
    """Enter a roll-back as received, checked and accepted: its folder stands already."""
    submission_id = told["submission_id"]
    work.ledger.receive(
        submission_id,
        site=told["site_ods_code"],
        filename=told["filename"],
        size=0,
        sha256=told["sha256"],
        by=told["received_by"],
        at=work.clock(),
    )
    work.move(submission_id, "checking", detail)
    back = told["rolled_back_to"]
    said = {"rolled_back_to": back["acceptance_number"], "reason": back["reason"]}
    row = work.ledger.submission(submission_id)
    acceptance.tell_accepted(work, row, told, detail=detail | said)


def _why_two_to_roll_back(
    work: Work, before: Sequence[Accepted], target: Sequence[Accepted], old: State, new: State
) -> str | None:
    if _touches_lock(work, before, target):
        return LOCKED
    if _loses_harm(old, new):
        return "it takes away a complication, a death or a procedure that has either"
    return None


def _loses_harm(old: State, new: State) -> bool:
    """True where a complication, a death, or a procedure that has either, would go."""

    def gone(table: str) -> Any:
        return old[table].join(new[table], on="record_key", how="anti")

    deaths = [state["vital_status"].filter(status="DEAD") for state in (old, new)]
    if gone("complication").height or deaths[0].join(deaths[1], on="record_key", how="anti").height:
        return True
    procedures = gone("procedure")
    with_complication = procedures.join(old["complication"], on="procedure_id", how="semi")
    return bool(
        with_complication.height or procedures.join(deaths[0], on="patient_key", how="semi").height
    )


def _touches_lock(work: Work, before: Sequence[Accepted], after: Sequence[Accepted]) -> bool:
    periods = locked(work.ledger)
    return bool(periods) and touches(touched_days(current(before), current(after)), periods)


def _overlaps_lock(work: Work, row: Row) -> bool:
    return any(
        row["period_start"] <= end.isoformat() and start.isoformat() <= row["period_end"]
        for start, end in locked(work.ledger)
    )
