"""The worker erases: it plans, sets tombstones, rewrites, publishes anew, and removes the old.

Each step is found again after a stop: the plan lies sealed until the end, every file is replaced
whole, and the ledger says how far it came. Nothing is built from what is half rewritten: a build
begins with what is left of this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from expectations.dictionary import PATIENT_KEY, site_tables
from ingest import inbox
from ingest.canonical import canonical_digest
from ingest.conform import conform
from ingest.entries import of_verdict
from ingest.erasure_frozen import holding, remove_releases, reviews_of
from ingest.erasure_order import list_path, listed, plan_path
from ingest.erasure_others import add_moved
from ingest.erasure_plan import Plan, Touched, of_sites, plan_of, planned, theirs
from ingest.erasure_rewrite import digest_of, measure, rewrite, rewrite_report
from ingest.feedback import remove_workbook
from ingest.files import write_whole
from ingest.pseudonym import patient_keys
from ingest.reading import ExportRefused
from ingest.sealed import seal, unseal
from ingest.tombstones import tombstones
from ingest.work import WORKER, Work
from sql import erased, erasures
from sql.erased import Rewritten
from sql.erasure_tables import ASKED, BEGUN, CONFIRMED, EXPORT, PREVIEWED, REWRITTEN
from sql.walk import Files

SCOPE, ERASE = "withdrawal_scope", "ERASE"
Row = Mapping[str, Any]


def is_pending(work: Work) -> bool:
    """True while one that nobody needs to confirm any more is not done."""
    return bool(erasures.erasures(work.ledger, erasures.OPEN))


def preview(work: Work, number: int) -> str:
    """Count what an order would touch; gives what came of it."""
    patients = listed(work.home, number)
    plan = _planned(work, patients)
    if not plan.records:
        why = "the list did not arrive; order it again" if not patients else NOBODY
        erasures.refuse(work.ledger, number, why, by=WORKER, at=work.clock())
        list_path(work.home, number).unlink(missing_ok=True)
        return why
    erasures.preview(work.ledger, number, _counts(work, plan), by=WORKER, at=work.clock())
    return "done"


NOBODY = "the registry holds no patient of these ids"


def begin_all(work: Work) -> None:
    """Rewrite, without their patients, what is confirmed and what accepted exports ask for.

    One after the other: each plan is made of what the one before has left.
    """
    for row in erasures.erasures(work.ledger, (BEGUN,)):
        _rewrite(work, row["number"], _kept_plan(work, row["number"]))
    for row in erasures.erasures(work.ledger, (CONFIRMED,)):
        _carry_out(work, row)
    while asking := _withdrawing(work):  # who is erased by one site asks at none any more
        number = erasures.withdrawn(work.ledger, min(asking), by=WORKER, at=work.clock())
        _carry_out(work, erasures.erasure(work.ledger, number))


def _carry_out(work: Work, row: Row) -> None:
    plan = _begun(work, row)
    work.previewed = None  # it names patients who go
    if plan is not None:
        _rewrite(work, row["number"], plan)


def finish_all(work: Work) -> None:
    """After a release without the patients is served: remove the others, and every trace."""
    rows = erasures.erasures(work.ledger, (REWRITTEN,))
    if not rows:
        return
    work.is_published = False  # whatever stops this, it is done again
    plans = [_kept_plan(work, row["number"]) for row in rows]
    for plan in plans:
        work.erased |= plan.words
    touched = {name for plan in plans for name in plan.submissions}
    told = remove_releases(work, touched, rows)
    work.ledger.compact()
    work.step("releases removed")
    for row in rows:
        number = row["number"]
        erasures.finish(work.ledger, number, told | _records(row), by=WORKER, at=work.clock())
        work.step("erasure told")
    sweep(work)
    work.is_published = True


def sweep(work: Work) -> None:
    """Remove the lists and plans of erasures that have ended."""
    states = (ASKED, PREVIEWED, *erasures.OPEN)
    waiting = {row["number"] for row in erasures.erasures(work.ledger, states)}
    for path in (work.home.path / "erasures").glob("*"):
        if int(path.name.partition(".")[0]) not in waiting:
            path.unlink()


def _records(row: Row) -> dict[str, Any]:
    return {"records": row["records"], "submissions": row["submissions"]}


def _begun(work: Work, row: Row) -> Plan | None:
    """Plan it, then set the tombstones; None where there is nothing to erase."""
    number = row["number"]
    patients = listed(work.home, number)
    if row["source"] == EXPORT:
        patients = _withdrawing(work).get(row["site_ods_code"], [])
    plan = _planned(work, patients)
    if not plan.records:
        erasures.refuse(work.ledger, number, NOBODY, by=WORKER, at=work.clock())
        return None
    for submission_id, touched in plan.submissions.items():
        if not touched.is_of_others:
            _measure(work, plan, submission_id, touched)
    path = plan_path(work.home, number)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, seal(work.home.inbox_key(), plan.told()))
    work.step("erasure planned")
    stones = tombstones(work.home.storage_keys(), ())
    digests = {stones.of_patient(key) for key in plan.patients} | {
        stones.of_record(site, table, key)
        for site, of in plan.ids.items()
        for table, keys in of.items()
        for key in keys
    }
    erasures.begin(work.ledger, number, _counts(work, plan), digests, by=WORKER, at=work.clock())
    work.step("erasure begun")
    return plan


def _rewrite(work: Work, number: int, plan: Plan) -> None:
    """Rewrite submissions and reports, then tell the ledger in one transaction."""
    work.erased |= plan.words
    row = erasures.erasure(work.ledger, number)
    by = row["confirmed_by"] or row["asked_by"]
    said = {"erasure": number, "at": work.clock().isoformat(), "by": by}
    entries = {}
    for submission_id, touched in sorted(plan.submissions.items()):
        folder = work.home.submission_folder(submission_id)
        entries[submission_id] = rewrite(folder, touched, plan, said)
        work.step("submission rewritten")
    for one in work.ledger.submissions(list(plan.records)):
        name, site = one["submission_id"], one["site_ods_code"]
        if work.home.workbook_file(name).exists():
            remove_workbook(work.home, name)
            work.workbooks.want(name)
        path = work.home.report_file(name)
        if path.is_file():
            rewrite_report(path, plan.submissions.get(name, Touched()), plan, site, number)
        if one["state"] == "held":
            _check_again(work, one)
    work.step("reports rewritten")
    erased.tell_rewritten(
        work.ledger,
        number,
        {name: _told(work, name, entry) for name, entry in entries.items()},
        findings=plan.findings,
        reviews=reviews_of(work.home.storage_keys(), plan),
        ids={site: [one for some in of.values() for one in some] for site, of in plan.ids.items()},
        by=WORKER,
        at=work.clock(),
    )
    work.is_published = False
    work.step("erasure rewritten")


def _told(work: Work, name: str, entry: Row) -> Rewritten:
    """The ledger's columns of a submission, and the event that chains its manifest's entry."""
    folder = work.home.submission_folder(name)
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    same = ("canonical_digest", "records_read", "records_excluded")
    values = {column: told[column] for column in same}
    values |= {f"findings_{severity}": n for severity, n in told["findings"].items()}
    detail = {key: entry[key] for key in ("erasure", "rows", "old", "new")}
    return Rewritten(values, detail | {"manifest_sha256": digest_of(folder)})


def _check_again(work: Work, row: Row) -> None:
    """A held export is told of anew: what was found at the patients' rows is found no more."""
    name = row["submission_id"]
    verdict = work.judge(row, inbox.content(work.home, name))
    inbox.write_report(work.home, name, verdict.kept)
    work.workbooks.want(name)
    erased.tell_checked_again(work.ledger, name, of_verdict(verdict, work.clock()))


def _planned(work: Work, patients: list[str]) -> Plan:
    """The plan of what stands now; from a preview to its erasure mostly nothing has moved.

    What is found at the rows of others takes longest: it is asked again only where it may
    have changed.
    """
    rows = work.ledger.submissions()
    plan = planned(work.home, patients, {r["submission_id"]: r["site_ods_code"] for r in rows})
    rests_on = _rests_on(work, plan, rows)
    if work.previewed is not None and work.previewed[0] == rests_on:
        return plan_of(work.previewed[1])
    add_moved(work, plan)
    work.previewed = rests_on, plan.told()
    return plan


def _rests_on(work: Work, plan: Plan, rows: Sequence[Row]) -> str:
    """A digest of all that decides what is found at the rows of others."""
    folders = [one.folder for every in of_sites(work.home).values() for one in every]
    loads = sorted(path.name for path in (work.home.path / "register").iterdir())
    told = [plan.told(), rows, [digest_of(folder) for folder in folders], loads]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _kept_plan(work: Work, number: int) -> Plan:
    sealed = plan_path(work.home, number).read_bytes()
    return plan_of(unseal(work.home.inbox_key(), sealed))


def _withdrawing(work: Work) -> dict[str, list[str]]:
    """The patients whose accepted enrolments ask for erasure, by site."""
    columns = {PATIENT_KEY: "varchar", SCOPE: "varchar"}
    found = {}
    for site, every in of_sites(work.home).items():
        rows = Files("research_enrolment", every, columns).whole()
        keys = rows.filter(pl.col(SCOPE) == ERASE)[PATIENT_KEY].drop_nulls().unique().sort()
        if keys.len():
            found[site] = keys.to_list()
    return found


def _measure(work: Work, plan: Plan, submission_id: str, touched: Touched) -> None:
    """Count what is theirs in a submission, and work its digest out without them."""
    folder: Path = work.home.submission_folder(submission_id)
    row = work.ledger.submission(submission_id)
    site = row["site_ods_code"]
    received = inbox.as_received(work.home.path, submission_id)
    if received is not None:
        try:
            export = work.read(row, received[1])
        except ExportRefused:  # read under older rules: it goes all the same
            export = None
        if export is not None:
            typed = {}
            for name, raw in export.tables.items():
                table = site_tables()[name]
                frame, _, _ = conform(raw, table)
                stored = frame
                if table.holds_patients:
                    keys = patient_keys(frame["patient_pseudo_id"], work.home.storage_keys())
                    stored = frame.with_columns(keys.cast(pl.String).alias(PATIENT_KEY))
                is_theirs = theirs(stored, table, plan, site)
                typed[name] = frame.filter(~is_theirs)
                if is_theirs.any():
                    touched.read[name] = int(is_theirs.sum())
                    lines = frame.filter(is_theirs)["source_line"]
                    touched.lines[name] = sorted(lines.to_list())
            touched.digest = canonical_digest(export.manifest, typed, export.removed)
    measure(folder, touched, plan, site)


def _counts(work: Work, plan: Plan) -> dict[str, Any]:
    releases, snapshots = holding(work, plan.submissions)
    return {
        "sites": json.dumps(sorted(plan.records)),
        "patients": len(plan.patients),
        "records": plan.rows,
        "submissions": len(plan.submissions),
        "releases": len(releases),
        "snapshots": len(snapshots),
        "cases": erased.cases_on(work.ledger, releases),
        "answers": erased.answers_to(work.ledger, plan.findings),
    }
