"""A report as it is kept: one file that holds its words and, as frames, its lists."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import polars as pl

from ingest.effect_words import with_sentences
from ingest.report_frames import (
    CUT_SCHEMA,
    EXCLUSION_SCHEMA,
    FINDING_SCHEMA,
    KEPT_SCHEMA,
    Report,
    Since,
    counted,
    with_answers,
)

WORDS = "report.json"
SHOWN = ("findings", "exclusions", "resolved")
FRAMES = (*SHOWN, "unlisted")


@dataclass(frozen=True)
class Kept:
    """What a check said; it holds places and rules, never a value."""

    words: Mapping[str, Any]  # verdict, code, records, notices, not_evaluated, not_evaluable, …
    findings: pl.DataFrame  # KEPT_SCHEMA, those listed
    exclusions: pl.DataFrame  # EXCLUSION_SCHEMA, all
    resolved: pl.DataFrame  # KEPT_SCHEMA, of the earlier ones that were listed
    unlisted: pl.DataFrame  # KEPT_SCHEMA; what the next submission's are compared with

    @property
    def cut(self) -> pl.DataFrame:
        """The kinds of which not all findings are listed, CUT_SCHEMA."""
        return pl.DataFrame(self.words.get("cut", []), schema=CUT_SCHEMA, orient="row")

    @property
    def counts(self) -> dict[str, int]:
        """All findings by severity, listed or not."""
        return {severity: counted(self.findings, self.cut, severity) for severity in "FRBW"}

    def told(self) -> dict[str, Any]:
        """The same as one mapping, for a machine to read."""
        told = {**self.words, "findings": self.findings.to_dicts()}
        if "since" in self.words:
            told["resolved"] = self.resolved.to_dicts()
        return told | {"exclusions": self.exclusions.to_dicts()}


def kept_of(told: Mapping[str, Any]) -> Kept:
    """A report from one mapping, of which every finding is listed."""
    lists = {"findings": KEPT_SCHEMA, "exclusions": EXCLUSION_SCHEMA, "resolved": KEPT_SCHEMA}
    frames = {
        name: pl.DataFrame(told.get(name, []), schema=schema, orient="row")
        for name, schema in lists.items()
    }
    words = {name: said for name, said in told.items() if name not in lists}
    return Kept(words, **frames, unlisted=pl.DataFrame(schema=KEPT_SCHEMA))


def packed(kept: Kept) -> bytes:
    """The report as one file: written whole or not at all, its lists never apart."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(WORDS, json.dumps(dict(kept.words), ensure_ascii=False))
        for name in FRAMES:
            frame = getattr(kept, name)
            if frame.height:
                written = BytesIO()
                frame.write_parquet(written)
                archive.writestr(f"{name}.parquet", written.getvalue())
    return file.getvalue()


def unpacked(data: bytes, names: Collection[str] = FRAMES) -> Kept:
    """The report in such a file, with these of its lists."""
    with ZipFile(BytesIO(data)) as archive:
        words = json.loads(archive.read(WORDS))
        there = set(archive.namelist())
        frames = {
            name: pl.read_parquet(archive.read(f"{name}.parquet"))
            for name in names
            if f"{name}.parquet" in there
        }
    empty = dict.fromkeys(FRAMES, pl.DataFrame(schema=KEPT_SCHEMA))
    empty["exclusions"] = pl.DataFrame(schema=EXCLUSION_SCHEMA)
    return Kept(words, **(empty | frames))


def report_of(kept: Kept, answers: Sequence[Mapping[str, Any]] | None = None) -> Report:
    """The report that was kept; with `answers`, those that stand for its findings now."""
    told = kept.words
    found = kept.findings if answers is None else with_answers(kept.findings, answers)
    findings = with_sentences(found.select(list(FINDING_SCHEMA)))
    return Report(
        verdict=told["verdict"],
        records=told["records"],
        notices=tuple(told["notices"]),
        not_evaluated=tuple(told["not_evaluated"]),
        not_evaluable=told.get("not_evaluable", {}),
        findings=findings,
        exclusions=kept.exclusions,
        since=_since(kept) if "since" in told else None,
        cut=kept.cut,
    )


def _since(kept: Kept) -> Since:
    last = kept.words["since"]
    return Since(
        submission_id=last["submission_id"],
        received_at=datetime.fromisoformat(last["received_at"]),
        new=last["new"],
        persisting=last["persisting"],
        untouched=last["untouched"],
        resolved=with_sentences(kept.resolved.select(list(FINDING_SCHEMA))),
        not_listed=last["resolved"] - kept.resolved.height,
    )
