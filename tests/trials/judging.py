"""Judge one file as `ire-audit check` does, and say what came of it in the words of a trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingest.form import Form
from ingest.pipeline import Verdict, judge
from ingest.read import read_export
from ingest.submission import Registry
from tests.trials.bad_files import BadFile, Place

NOW = datetime.fromisoformat("2026-11-16T12:00:00+00:00")
# Parts of the clean file's values, of Python's tracebacks and of this machine's paths.
NEVER_SAID = ("P0000", "0123456789ABCDEF", "OP1", "Traceback", "Error(", 'File "', "/tmp", "/home")


@dataclass(frozen=True)
class Seen:
    """What a person is told of a file, and what would be kept of it."""

    verdict: str  # as in BadFile
    places: frozenset[Place]
    said: str  # every sentence
    digest: str | None
    typed: pl.DataFrame | None
    read: int
    rows: int


def see(bad: BadFile, folder: Path) -> Seen:
    """What judging the file gives, once it lies in `folder` as it was sent."""
    path = folder / bad.filename
    path.write_bytes(bad.sent)
    try:
        found = judge(
            lambda: read_export(path, table=bad.table),
            lambda site: Registry(),
            now=NOW,
            form=Form(bad.table) if bad.table is not None else None,
        )
    finally:
        path.unlink()
    return _seen(found)


def _seen(found: Verdict) -> Seen:
    report, assessment = found.report, found.assessment
    severity = {"held": "R", "refused": "F"}.get(found.verdict)
    ours = [f for f in report["findings"] if f["severity"] == severity]
    typed = assessment.typed if assessment else {}
    return Seen(
        verdict=_verdict(found, ours),
        places=frozenset((f["rule"], f["line"], f["column"]) for f in ours),
        said=_said(report),
        digest=assessment.digest if assessment else None,
        typed=typed.get("procedure"),
        read=sum(report["records"].values()),
        rows=sum(frame.height for frame in typed.values()),
    )


def _verdict(found: Verdict, ours: list[dict[str, Any]]) -> str:
    if found.verdict == "refused":
        return f"REJECT:{found.report['code']}"
    if found.verdict == "held":
        return f"HOLD:{len({(f['file'], f['line']) for f in ours})}"
    return "ACCEPT"


def _said(report: dict[str, Any]) -> str:
    findings = [f"{f['message']} {f['fix']} {f['column']}" for f in report["findings"]]
    return "\n".join([*report["notices"], *findings])


def faults(bad: BadFile, seen: Seen, clean: str) -> list[str]:
    """Everything in which what was seen is not what was expected; `clean` is a digest."""
    found = []
    if seen.verdict != bad.verdict:
        found.append(f"{seen.verdict}, not {bad.verdict}: {sorted(seen.places, key=str)}")
    elif bad.places != seen.places:
        found.append(f"places {sorted(seen.places, key=str)}, not {sorted(bad.places, key=str)}")
    if bad.is_clean != (seen.digest == clean):
        found.append("the digest is not the clean file's" if bad.is_clean else "a clean digest")
    if bad.says not in seen.said:
        found.append(f"does not say {bad.says!r}: {seen.said}")
    found += [f"says {word!r}" for word in (*NEVER_SAID, bad.secret) if word and word in seen.said]
    if bad.cell is not None and _cell(seen, *bad.cell[:2]) != bad.cell[2]:
        found.append(f"reads {_cell(seen, *bad.cell[:2])!r}, not {bad.cell[2]!r}")
    if seen.read != seen.rows:
        found.append(f"{seen.read} records read, {seen.rows} kept or listed")
    return found


def _cell(seen: Seen, line: int, column: str) -> str | None:
    if seen.typed is None:
        return None
    found = seen.typed.filter(pl.col("source_line") == line)[column]
    return str(found[0]) if found.len() else None
