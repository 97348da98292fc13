"""Does one verdict stand in the chart, the table, the sentence and the download?"""

from __future__ import annotations

import io
from collections.abc import Iterable

import polars as pl

from dashboard.downloads import csv_bytes
from dashboard.tiles import funnel_points, rate_table
from sql.reader_rates import rate_row
from sql.sentences import judgement
from sql.statistics.funnel import boundary, judge

TARGETS = (0.02, 0.069, 0.12)
LARGEST = 500
FLAGGED = ("alarm", "alert")


def disagreements(target: float, sizes: Iterable[int]) -> tuple[int, list[str]]:
    """(pairs compared, those that say two things), over every number of events in each n."""
    wrong, pairs = [], 0
    for n in sizes:
        verdicts = [judge(events, n, target) for events in range(n + 1)]
        shown = _shown(target, n)
        stands = _stands(target, n, shown)
        exported = _exported(shown)
        rows = shown.iter_rows(named=True)
        for events, (verdict, row) in enumerate(zip(verdicts, rows, strict=True)):
            said, level = judgement(verdict, target), verdict.level
            agree = (
                stands[events] == (level if level in FLAGGED else None)
                and row["verdict"] == row["state"] == level
                and row["verdict_text"].endswith(f" {level}")
                and row["sentence"].endswith(f"; {said}.")
                and exported[events] == (level, row["verdict_text"], row["sentence"])
            )
            if not agree:
                wrong.append(f"{events}/{n} against {target}")
        pairs += len(verdicts)
    return pairs, wrong


def _shown(target: float, n: int) -> pl.DataFrame:
    entry = {"id": "S", "title": "Outcome", "kind": "rate", "unit": "procedure", "direction": ""}
    place = {"site_id": "ZZ101", "site_name": "Site"}
    rows = [
        place | rate_row(entry | {"target": target}, (n, events, 0, 0), 0, "Site")
        for events in range(n + 1)
    ]
    return rate_table(pl.DataFrame(rows, infer_schema_length=None))


def _stands(target: float, n: int, shown: pl.DataFrame) -> list[str | None]:
    """What a reader of the funnel sees: which line each point lies above."""
    _, alert, alarm, _ = boundary(LARGEST, target)[n - 1]
    return [
        "alarm" if rate > (alarm - 0.5) / n else "alert" if rate > (alert - 0.5) / n else None
        for rate in funnel_points(shown)["rate"]
    ]


def _exported(shown: pl.DataFrame) -> list[tuple[str, str, str]]:
    content = csv_bytes(shown, data_to="30 Sep 2026", release=1)
    read = pl.read_csv(io.BytesIO(content), infer_schema=False)
    return list(read.select("verdict", "verdict_text", "sentence").iter_rows())
