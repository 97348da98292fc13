"""Check one table's file in a process of its own; print seconds and peak memory as JSON."""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl

from ingest import assess as assessing
from ingest.canonical import canonical_digest
from ingest.form import Form
from ingest.pipeline import told
from ingest.read import read_export
from ingest.reading import SERVER
from ingest.submission import Registry, Submission
from tests.benchmarks.peers.measured import peak

AT = datetime.fromisoformat("2026-11-16T12:00:00+00:00")
SITE = "ZZ101"


def check(path: Path, table: str = "procedure") -> dict[str, Any]:
    """Seconds to read, to conform and check, for the digest, and to tell; and what was found."""
    start = time.perf_counter()
    export = read_export(path, table=Form(table).table, limits=SERVER)
    read = time.perf_counter()
    timed = _TimedDigest()
    with patch.object(assessing, "canonical_digest", timed):
        assessment = assessing.assess(export, _submission(table), Registry())
    checked = time.perf_counter()
    most = peak()
    verdict = told(assessment, Registry())
    return {
        "read": read - start,
        "checked": checked - start - timed.seconds,
        "digest": timed.seconds,
        "told": time.perf_counter() - start,
        "rows": export.records[table],
        "findings": sum(verdict.kept.counts.values()),
        "cells": _cells(assessment.findings),
        "peak": most,
        "peak_told": peak(),
    }


class _TimedDigest:
    """The canonical digest, which is no part of the check, and what it took."""

    seconds = 0.0

    def __call__(self, *about: Any) -> str:
        start = time.perf_counter()
        digest = canonical_digest(*about)
        self.seconds = time.perf_counter() - start
        return digest


def _submission(table: str) -> Submission:
    return Submission(
        site=SITE,
        period_start=None,
        period_end=None,
        submission_type="INCREMENTAL",
        extract_datetime=AT,
        nil_return=None,
        single_table=table,
    )


def _cells(findings: pl.DataFrame) -> dict[str, int]:
    """By column, the cells that break a rule that looks at nothing else."""
    is_of_column = pl.col("rule").str.count_matches(".", literal=True) == 2
    of_columns = findings.filter(is_of_column & ~pl.col("rule").str.ends_with(".DATE_FUTURE"))
    return dict(of_columns.group_by("column_name").len().iter_rows())


if __name__ == "__main__":
    small, large, *of = sys.argv[1:]  # and, of another table than procedure, its name
    check(Path(small), *of)  # warms the suite and the rules
    print(json.dumps(check(Path(large), *of)))
