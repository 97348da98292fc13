"""Publication: build a release, write its public file, then point to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import duckdb

from sql.answered import Answers
from sql.catalog import SCHEMA_VERSION
from sql.files import discard, finish, unfinished
from sql.hardening import HARDENED
from sql.ledger_events import Head
from sql.publish import write_public
from sql.warehouse import Accepted, BuildError, build, release_path
from sql.written_alone import without

KEPT = 20  # releases beside the served one

Step = Literal["built", "public written", "pointer written"]
STEPS: tuple[Step, ...] = ("built", "public written", "pointer written")


@dataclass(frozen=True)
class Release:
    """A published release: its number, its two files, and how far its data go.

    superseded: the submissions in the walk of which no row is current; a nil return says
    nothing that another could replace.
    """

    number: int
    full: Path
    public: Path
    data_date: date
    superseded: frozenset[str]


def publish(
    home: Path,
    accepted: Sequence[Accepted],
    *,
    register: Path,
    number: int,
    today: date,
    built_at: datetime,
    as_of: datetime | None = None,
    answers: Answers = (),
    policy: Path | None = None,
    log_head: Head | None = None,
    erased: Collection[str] = (),
    step: Callable[[Step], None] = lambda _: None,
) -> Release:
    """Build a release and serve it; a crash at any step leaves the old one served.

    Args:
        as_of: the moment whose state is rebuilt; such a release is made, and not served.
        number: of the release: above that of the served one.
        answers: to queries, those that stand today.
        policy: one load of the registry's own policy values; None: those shipped.
        log_head: how far the audit log goes, to be kept in the release.
        erased: what this process has read of erased patients: none of it may be left.
        step: called after each step that a crash may follow.

    Raises:
        BuildError: if an audit does not hold, or the number is in use.
    """
    current = served(home)
    if current is not None and number <= current:
        raise BuildError(f"number: release {number} is not after the served one, {current}")
    full = build(
        home,
        accepted,
        register=register,
        number=number,
        today=today,
        built_at=built_at,
        as_of=as_of,
        answers=answers,
        policy=policy,
        log_head=log_head,
        erased=erased,
    )
    step("built")
    public = public_path(home, number)
    written = unfinished(public)
    write_public(full, written)
    without(written, erased)
    finish(written, public)
    step("public written")
    release = _made(number, full, public)
    if as_of is None:
        publish_pointer(home, number, data_date=release.data_date, published_at=built_at)
        step("pointer written")
    return release


def publish_pointer(home: Path, number: int, *, data_date: date, published_at: datetime) -> None:
    """Point to a release: the commit point of publication.

    Raises:
        BuildError: if one of the release's two files is not there.
    """
    for path in (release_path(home, number), public_path(home, number)):
        if not path.is_file():
            raise BuildError(f"pointer: {path.name} is not there")
    pointer = pointer_path(home)
    said = {
        "release": number,
        "schema_version": SCHEMA_VERSION,
        "data_date": data_date.isoformat(),
        "published_at": published_at.astimezone(UTC).isoformat(),
    }
    written = unfinished(pointer)
    written.write_text(json.dumps(said) + "\n", "utf-8")
    finish(written, pointer)


def served(home: Path) -> int | None:
    """The number of the served release; none before the first."""
    try:
        return int(json.loads(pointer_path(home).read_text("utf-8"))["release"])
    except FileNotFoundError:
        return None


def next_number(home: Path) -> int:
    """A number above that of every release file, so that no name is used twice."""
    return max([0, *numbers(home)]) + 1


def recover(home: Path) -> list[str]:
    """Remove what a killed build left unfinished; give the names of the files removed.

    A finished release that nothing points to stays: it may be published again.
    """
    return discard(home / "releases")


def prune(
    home: Path,
    keep: int = KEPT,
    named: Collection[int] = (),
    rebuilt: Collection[int] = (),
) -> list[int]:
    """Remove all but the newest releases, the served one and those named; give the numbers removed.

    An open Reader keeps the files that it has read; any release can be built again.

    Args:
        keep: how many of those published, and as many of those rebuilt for a past moment.
        named: releases that a snapshot is, or that an outlier case rests on.
        rebuilt: those rebuilt: however many people ask for, they push no other out.
    """
    every = numbers(home)
    published = [number for number in every if number not in rebuilt]
    asked_for = [number for number in every if number in rebuilt]
    kept = {*published[-keep:], *asked_for[-keep:], *named, served(home)}
    removed = [number for number in every if number not in kept]
    for number in removed:
        for path in (release_path(home, number), public_path(home, number)):
            path.unlink(missing_ok=True)
    return removed


def numbers(home: Path) -> list[int]:
    """The numbers of all release files, in order."""
    found = (home / "releases").glob("release-*.duckdb")
    return sorted({int(path.name.split("-")[1].split(".")[0]) for path in found})


def pointer_path(home: Path) -> Path:
    return home / "releases" / "CURRENT"


def public_path(home: Path, number: int) -> Path:
    return home / "releases" / f"release-{number}.public.duckdb"


def _made(number: int, full: Path, public: Path) -> Release:
    with duckdb.connect(str(full), read_only=True, config=HARDENED) as connection:
        data_date = connection.execute("select data_date from release").fetchall()[0][0]
        replaced = connection.execute(
            "select submission_id from stg_submission where not is_current"
        ).fetchall()
    return Release(number, full, public, data_date, frozenset(one for (one,) in replaced))
