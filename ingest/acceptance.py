"""Accepting: decide on what was checked, keep it for good, and tell the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ingest import inbox
from ingest.agreement import Agreed
from ingest.entries import of_manifest, of_verdict
from ingest.left_out import left_out_text
from ingest.pipeline import Verdict
from ingest.repeats import repeated
from ingest.store import Receipt, store
from ingest.touched import touched_days, touches
from ingest.work import WORKER, Row, Standing, Work
from sql import sign_offs
from sql.walk import Accepted, current

ALREADY = "ALREADY_RECEIVED"


def decide(work: Work, row: Row, raw: bytes, verdict: Verdict, checked_against: Standing) -> None:
    """Refuse, hold or accept a submission that was checked.

    Where the site's walk, a lock or the register has moved since, it is checked again
    first: never does the last writer win.
    """
    submission_id = row["submission_id"]
    with work.moving():
        if work.standing(row["site_ods_code"]) != checked_against:
            verdict = work.judge(row, raw)
        before = _repeat_of(work, row, verdict)
        inbox.write_report(work.home, submission_id, verdict.kept)
        work.workbooks.want(submission_id)
        if before is not None:
            _say_already(work, submission_id, verdict, before)
        elif verdict.verdict == "refused":
            refuse(work, submission_id, str(verdict.kept.words["code"]), "", verdict)
        elif verdict.verdict == "held":
            work.move(submission_id, "held", **of_verdict(verdict, work.clock()))
            _replace_older(work, submission_id)
        else:
            keep(work, row, verdict, raw, Agreed(row["received_by"]))


def keep(
    work: Work,
    row: Row,
    verdict: Verdict,
    raw: bytes,
    agreed: Agreed,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Store an accepted submission and tell the ledger; the caller holds the walk's lock."""
    assert verdict.assessment is not None
    receipt = Receipt(
        submission_id=row["submission_id"],
        filename=row["filename"],
        sha256=row["sha256"],
        received_at=row["received_at"],
        received_by=row["received_by"],
        accepted_at=work.clock(),
        accepted_by=agreed.by,
        agreed_by=agreed.agreed_by,
        agreed_reason=agreed.agreed_reason,
    )
    number = work.ledger.next_acceptance_number()
    told = store(work.home, verdict.assessment, receipt, raw, number, work.step)
    tell_accepted(work, row, told, detail=detail or {})
    work.step("acceptance told")


def tell_accepted(
    work: Work, row: Row, told: Mapping[str, Any], *, detail: Mapping[str, Any]
) -> None:
    """Tell the ledger of a submission whose folder stands, as its manifest says."""
    submission_id = row["submission_id"]
    if row["state"] == "received":  # the folder was renamed; the ledger never heard
        work.move(submission_id, "checking", {"recovered": True})
    before = work.walk(site=row["site_ods_code"])
    arrived = Accepted(
        submission_id=submission_id,
        site_ods_code=row["site_ods_code"],
        acceptance_number=told["acceptance_number"],
        submission_type=told["submission_type"],
        folder=work.home.submission_folder(submission_id),
    )
    void_touched(
        work, row["site_ods_code"], before, [*before, arrived], f"new rows: {submission_id}"
    )
    said = {"digest": told["canonical_digest"]} | dict(detail)
    if told.get("agreed_by"):
        said |= {"agreed_by": told["agreed_by"], "agreed_reason": told["agreed_reason"]}
    work.move(submission_id, "accepted", said, by=told["accepted_by"], **of_manifest(told))
    inbox.remove(work.home, submission_id)
    if "rolled_back_to" not in told:
        _replace_older(work, submission_id)
    work.is_published = False


def void_touched(
    work: Work, site: str, before: Sequence[Accepted], after: Sequence[Accepted], why: str
) -> None:
    """End the sign-offs of periods in which this change makes rows new, other or gone."""
    standing = sign_offs.standing(work.ledger, site)
    if not standing:
        return
    days = touched_days(current(before), current(after))
    for one in standing:
        period = (date.fromisoformat(one["period_start"]), date.fromisoformat(one["period_end"]))
        if touches(days, [period]):
            sign_offs.void(work.ledger, one["number"], by=WORKER, at=work.clock(), reason=why)


def refuse(
    work: Work, submission_id: str, code: str, note: str, verdict: Verdict | None = None
) -> None:
    """Refuse a submission; of its content nothing but hash, size and code is kept."""
    columns = of_verdict(verdict, work.clock()) if verdict is not None else {}
    if note:
        columns["note"] = note
    work.drop(submission_id, "refused", {"code": code}, code=code, **columns)


def _repeat_of(work: Work, row: Row, verdict: Verdict) -> Accepted | None:
    if verdict.assessment is None:
        return None
    walk = work.walk(site=row["site_ods_code"])
    return repeated(walk, verdict.assessment.digest)


def _say_already(work: Work, submission_id: str, verdict: Verdict, before: Accepted) -> None:
    received = before.manifest["received_at"][:10]
    note = f"already received as {before.submission_id} on {received}; nothing changed"
    erased = verdict.assessment.erased if verdict.assessment is not None else 0
    notices = [note, left_out_text(erased)] if erased else [note]
    said = {"verdict": "repeated", "code": ALREADY, "notices": notices}
    kept = replace(verdict.kept, words={**verdict.kept.words, **said})
    inbox.write_report(work.home, submission_id, kept)
    columns = of_verdict(verdict, work.clock()) | {"note": note}
    detail = {"code": ALREADY, "same_as": before.submission_id}
    detail["digest"] = before.manifest["canonical_digest"]
    work.drop(submission_id, "refused", detail, code=ALREADY, **columns)


def _replace_older(work: Work, submission_id: str) -> None:
    """An older held submission of the same site and period is replaced by this one."""
    row = work.ledger.submission(submission_id)
    for other in work.ledger.submissions([row["site_ods_code"]], states=("held",)):
        is_same_period = other["period_end"] == row["period_end"]
        if is_same_period and other["received_at"] < row["received_at"]:
            work.drop(other["submission_id"], "replaced", {"by": submission_id})
