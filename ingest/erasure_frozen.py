"""The releases that hold the patients of an erasure: removed, and a snapshot's built anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

import duckdb

from ingest import bridges
from ingest.accepted_of import accepted_of
from ingest.bridge_plan import known_answers
from ingest.erasure_plan import Plan
from ingest.snapshot_taking import READ_ONLY
from ingest.work import WORKER, Work
from sql.change_bridge import Made, made
from sql.hashes import code_hash, full_hash, public_hash, rules_hash
from sql.keyring import Keyring
from sql.publish_release import next_number, numbers, public_path, publish
from sql.reader_safety import EVENTS
from sql.sentinel_reviews import NAMED_BY, event_key
from sql.snapshot_rebuilt import enter, made_since_rewriting
from sql.snapshot_tables import TAKEN
from sql.snapshots import snapshots
from sql.warehouse import release_path

Row = Mapping[str, Any]


def holding(work: Work, submissions: Collection[str]) -> tuple[list[int], list[Row]]:
    """The kept releases made of any of these submissions, and the snapshots among them."""
    every = numbers(work.home.path)
    releases = [number for number in every if _holds(work, number, submissions)]
    taken = [row for row in snapshots(work.ledger) if row["state"] == TAKEN]
    return releases, [row for row in taken if row["release"] in releases]


def _holds(work: Work, number: int, submissions: Collection[str]) -> bool:
    was = _made(work, number)  # of what cannot be read nobody knows what it holds
    return was is None or bool(was.submissions & set(submissions))


def _made(work: Work, number: int) -> Made | None:
    try:
        return made(release_path(work.home.path, number))
    except duckdb.Error:
        return None


def remove_releases(
    work: Work, submissions: Collection[str], erased: Sequence[Row]
) -> dict[str, Any]:
    """Build anew the snapshots that hold them, then remove every release that does.

    Args:
        erased: the erasures by which the submissions were rewritten.

    Returns:
        For the log: how many releases were removed, and the snapshots that were built anew.
    """
    releases, frozen = holding(work, submissions)
    since = made_since_rewriting(work.ledger)
    old = [number for number in releases if number not in since]
    anew = [row for row in frozen if row["release"] in old]
    for row in anew:
        _build_anew(work, row, erased)
        work.step("snapshot built anew")
    for number in old:
        for path in (release_path(work.home.path, number), public_path(work.home.path, number)):
            path.unlink(missing_ok=True)
    bridges.forget(work.home.path)
    return {"releases_removed": len(old), "snapshots_rebuilt": [row["number"] for row in anew]}


def _build_anew(work: Work, row: Row, erased: Sequence[Row]) -> None:
    """Build the state that a snapshot froze, of the submissions as they are now."""
    home, ledger, was = work.home.path, work.ledger, _made(work, row["release"])
    if was is None:
        return  # what cannot be read any more cannot be built anew; the snapshot's check says so
    known = {one["submission_id"]: one for one in ledger.submissions()}
    walk = sorted((known[name] for name in was.submissions), key=itemgetter("acceptance_number"))
    release = publish(
        home,
        accepted_of(work.home, walk),
        register=home / "register" / str(was.register),
        number=next_number(home),
        today=was.today,
        built_at=work.clock(),
        as_of=was.at,
        answers=known_answers(ledger, was, was.today.isoformat()),
        policy=home / "policy" / str(was.policy) if was.policy else None,
        log_head=ledger.head(),
        erased=work.erased,
        step=work.step,
    )
    for path in (release.full, release.public):
        path.chmod(READ_ONLY)
    hashes = {
        "full_sha256": full_hash(home, release.number),
        "public_hash": public_hash(home, release.number),
        "rules_hash": rules_hash(),
        "code_hash": code_hash(),
    }
    records = sum(one["records"] for one in erased)
    told = {"erasure": erased[-1]["number"], "records": records}
    releases = {"replaced": row["release"], "release": release.number}
    enter(ledger, row["number"], told | releases | hashes, by=WORKER, at=work.clock())


def reviews_of(storage_keys: Keyring, plan: Plan) -> list[str]:
    """The keys of every sentinel event that may have been reviewed of the patients."""
    return [
        event_key(
            dict(zip(NAMED_BY, (site, procedure, complication, event), strict=True)), storage_keys
        )
        for site, of in plan.ids.items()
        for procedure in of.get("procedure", [])
        for complication in ("", *of.get("complication", []))
        for event in EVENTS
    ]
