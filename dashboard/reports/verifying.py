"""Work a board pack out anew, and say each thing that is not as the pack says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from dashboard.reports.drawn import pdf_of
from dashboard.reports.making import NATIONAL, TEAM, attached, lead, make
from dashboard.reports.parts import Pack, Section
from sql.hashes import changed_files
from sql.reader import NoRelease, Reader

HASHES = {
    "data": "The release's file is not the one that the pack was made from.",
    "rules": "The rules are not those that the pack was made with.",
    "code": "The definitions and statistics are not those that the pack was made with.",
}


def problems(home: Path, pdf: bytes) -> list[str]:
    """Everything that does not hold of a pack; empty where it holds.

    Raises:
        PackError: if it is no board pack.
    """
    return list(_problems(home, pdf, attached(pdf)))


def _problems(home: Path, pdf: bytes, told: Pack) -> Iterator[str]:
    if pdf_of(told) != pdf:
        yield "The pages are not what the attached figures print."
    yield from (f"Submission {said}." for said in _changed(home, told))
    try:
        made = make(
            home,
            lead(told.sites, told.scope),
            told.scope,
            datetime.fromisoformat(told.made_at),
            release=told.release,
        )
    except NoRelease:
        yield f"Release {told.release} is no longer kept: its figures were not worked out anew."
        return
    yield from (said for name, said in HASHES.items() if made.hashes[name] != told.hashes[name])
    if _heads(made) != _heads(told):
        yield "Title, sites, period or status differ from those of the release."
    for new, old in zip_longest(made.sections, told.sections):
        if new is None or old is None or new.title != old.title:
            yield f"Section {(old or new).title}: not the section that belongs here."
        else:
            yield from _differences(new, old)


def _heads(pack: Pack) -> Pack:
    return replace(pack, sections=(), hashes={})


def _changed(home: Path, told: Pack) -> Iterator[str]:
    viewer = TEAM if told.scope == NATIONAL else lead(told.sites, told.scope)
    try:
        with Reader.open(home, viewer, release=told.release) as reader:
            submissions = reader.submissions()
    except NoRelease:
        return
    yield from changed_files(home, submissions)


def _differences(new: Section, old: Section) -> Iterator[str]:
    moved = " (or the ledger has moved on since)" if old.is_of_ledger else ""
    if list(new.sentences) != list(old.sentences):
        yield f"{old.title}: a sentence differs{moved}."
    if [one.rows for one in new.charts] != [one.rows for one in old.charts]:
        yield f"{old.title}: the data of a chart differ{moved}."
    for one, other in zip_longest(new.tables, old.tables):
        if one is None or other is None or list(one.headings) != list(other.headings):
            yield f"{old.title}: not the tables that belong here{moved}."
            continue
        for line, (row, was) in enumerate(zip_longest(one.rows, other.rows), 1):
            if row is None or was is None:
                counts = f"{len(other.rows)} rows, not {len(one.rows)}"
                yield f"{old.title}, {other.title}: {counts}{moved}."
                break
            for heading, cell, said in zip(one.headings, row, was, strict=True):
                if cell != said:
                    yield (
                        f"{old.title}, {other.title}, row {line}, {heading}: the pack says {said}, "
                        f"worked out anew {cell}{moved}."
                    )
