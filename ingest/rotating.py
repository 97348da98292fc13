"""The storage key is rotated: what stands under it is written anew beside, then takes its place.

Until the ledger is told nothing is changed: stopped before that, the rotation is abandoned and
begun again. After it, whatever was written beside is put in its place, which can be done twice.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.agreement import exclusions_digest
from ingest.feedback import remove_workbook
from ingest.home import HomeError
from ingest.key_ids import (
    FILE,
    STORAGE,
    STORAGE_BEFORE,
    ids_of,
    known_ids,
    storage_ids,
    told_of,
    written,
)
from ingest.rekeying import Rekeying
from ingest.report_kept import packed, unpacked
from ingest.rotating_submissions import Beside, rekey_submissions
from ingest.sealed import seal, unseal
from ingest.tombstones import tombstone_key
from ingest.work import WORKER, Work
from sql import erasures, ledger_answers, rotations
from sql.files import sync
from sql.hashes import digest_of_file
from sql.keyring import Keyring, rotated
from sql.publish_release import numbers
from sql.rekeyed_release import patients_in, rewrite_release
from sql.rotation_tables import BEGUN, DONE, REWRITTEN
from sql.rotations import Rekeyed
from sql.warehouse import release_path

__all__ = ["DONE", "new_keys", "preview", "resume", "rotate"]

FOLDER = "rotation"
Row = Mapping[str, Any]


def new_keys(work: Work) -> Keyring:
    """The keys that are set, where they are those of the registry and one more.

    Raises:
        HomeError: if they are not, with what to set.
    """
    if work.home.is_demo:
        raise HomeError("a demo home's keys are fixed: there is nothing to rotate")
    known = storage_ids(known_ids(work.home.path))
    if not known:
        raise HomeError("no key is on record yet: start the worker once with the one of now")
    keys = work.home.given_storage_keys()
    found = ids_of(keys)
    if found == known:
        raise HomeError(
            f"{STORAGE} is the key that this registry works with: put that into {STORAGE_BEFORE}, "
            f"as its last line, and a new one into {STORAGE}"
        )
    if found[:-1] != known:
        raise HomeError(
            f"{STORAGE_BEFORE} must hold the keys up to now, one a line, the oldest first "
            f"(their ids: {', '.join(known)})"
        )
    if found[-1] in known:
        raise HomeError(f"{STORAGE} was used before: make a new one: openssl rand -base64 48")
    return keys


def preview(work: Work) -> dict[str, int]:
    """Count what a rotation would write anew; the bytes are those that it needs beside."""
    home = work.home.path
    kept = [*(home / "submissions").glob("*/*.parquet"), *_releases(work)]
    stones = erasures.tombstones(work.ledger)
    return {
        "submission": len(list((home / "submissions").glob("*/manifest.json"))),
        "report": len(list((home / "reports").glob("*.report.zip"))),
        "release": len(list(_releases(work))),
        "answer": len(ledger_answers.answers(work.ledger)),
        "tombstone": len(stones),
        "bytes": sum(path.stat().st_size for path in kept),
    }


def rotate(work: Work, *, by: str) -> int:
    """Put all that stands under the storage key under the new one; gives the rotation's number.

    Raises:
        HomeError: if the keys that are set will not do, or an erasure is being carried out.
        ReleaseNotRekeyed: if a release cannot be written anew; nothing is changed then.
    """
    keys = new_keys(work)
    if erasures.erasures(work.ledger, erasures.OPEN):
        raise HomeError("an erasure is being carried out: let the worker finish it, then rotate")
    old, new = ids_of(keys)[-2:]
    with work.moving():
        number = rotations.begin(work.ledger, old, new, by=by, at=work.clock())
        work.step("rotation begun")
        told = _written_beside(work, number, keys, by)
        work.step("written beside")
        rotations.tell_rewritten(work.ledger, number, told, by=by, at=work.clock())
        work.step("rotation told")
        _finish(work, number)
    return number


def resume(work: Work) -> list[Row]:
    """After a stop: end a rotation of which the ledger was told, and let go of one begun.

    Returns:
        Those that were open, as they are now.
    """
    stopped = rotations.rotations(work.ledger, rotations.OPEN)
    for row in stopped:
        with work.moving():
            if row["state"] == REWRITTEN:
                _finish(work, row["number"])
            elif row["state"] == BEGUN:
                _sweep(work)
                rotations.abandon(work.ledger, row["number"], by=WORKER, at=work.clock())
    _sweep(work)
    numbers_of = {row["number"] for row in stopped}
    return [row for row in rotations.rotations(work.ledger) if row["number"] in numbers_of]


def _written_beside(work: Work, number: int, keys: Keyring, by: str) -> Rekeyed:
    """Write everything under the new key, each file beside its place."""
    _sweep(work)
    beside = Beside(work.home.path, work.home.path / FOLDER / str(number))
    rekeying = Rekeying(keys[:-1], keys[-1])
    stone = tombstone_key(keys[-1])
    told = Rekeyed(
        finding=rekeying.finding,
        value=rekeying.value,
        event=lambda digest: rotated(keys[-1], digest),
        stone=lambda digest: rotated(stone, digest),
    )
    said = {"rotation": number, "at": work.clock().isoformat(), "by": by}
    told.submissions.update(rekey_submissions(work, beside, rekeying, said))
    _rekey_reports(work, beside, rekeying, told)
    _rekey_lists(work, beside, rekeying)
    _rekey_releases(work, beside, rekeying, told)
    beside.write(FILE, written(known_ids(work.home.path) | told_of(keys)))
    beside.flush()
    return told


def _rekey_reports(work: Work, beside: Beside, rekeying: Rekeying, told: Rekeyed) -> None:
    for row in work.ledger.submissions():
        name, path = row["submission_id"], work.home.report_file(row["submission_id"])
        if not path.is_file():
            continue
        kept = unpacked(path.read_bytes())
        now = rekeying.report(kept, row["site_ods_code"])
        beside.write(beside.of(path), packed(now))
        digests = exclusions_digest(kept.exclusions), exclusions_digest(now.exclusions)
        if digests[0] != digests[1]:
            told.listed[name] = digests
    work.step("reports written beside")


def _rekey_lists(work: Work, beside: Beside, rekeying: Rekeying) -> None:
    """The patients of erasures that were ordered and wait to be confirmed."""
    key = work.home.inbox_key()
    for path in (work.home.path / "erasures").glob("*.list.bin"):
        patients = json.loads(unseal(key, path.read_bytes()))
        now = json.dumps(sorted(map(rekeying.patient, patients))).encode("utf-8")
        beside.write(beside.of(path), seal(key, now))


def _rekey_releases(work: Work, beside: Beside, rekeying: Rekeying, told: Rekeyed) -> None:
    for path in _releases(work):
        for patient in patients_in(path):
            rekeying.patient(patient)
        target = beside.place(beside.of(path))
        rewrite_release(path, target, rekeying.now, beside.root / "scratch")
        target.chmod(path.stat().st_mode)
        told.releases[_number(path)] = digest_of_file(target)
        work.step("release written beside")


def _finish(work: Work, number: int) -> None:
    """Put what was written beside in its place, and remove what else stands under the old key."""
    home = work.home.path
    beside = Beside(home, home / FOLDER / str(number))
    for path in beside.files():
        target = home / path.relative_to(beside.home)
        if path.name.endswith(".report.zip"):  # its workbook shows the first signs of keys
            submission_id = path.name.removesuffix(".report.zip")
            if work.home.workbook_file(submission_id).exists():
                remove_workbook(work.home, submission_id)
                work.workbooks.want(submission_id)
        path.replace(target)
        work.step("file replaced")
    for folder in ("submissions", "reports", "releases", "erasures", "."):
        if (home / folder).is_dir():
            sync(home / folder)
    for passing in (home / "checks").glob("*.told"):
        passing.unlink()
    for bridge in (home / "bridges").glob("*"):
        shutil.rmtree(bridge) if bridge.is_dir() else bridge.unlink()
    work.ledger.compact()
    work.step("all replaced")
    rotations.finish(work.ledger, number, by=WORKER, at=work.clock())
    work.step("rotation done")
    _sweep(work)


def _sweep(work: Work) -> None:
    shutil.rmtree(work.home.path / FOLDER, ignore_errors=True)


def _releases(work: Work) -> Iterator[Path]:
    for number in numbers(work.home.path):
        path = release_path(work.home.path, number)
        if path.is_file():
            yield path


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2])
