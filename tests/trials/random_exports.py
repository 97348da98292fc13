"""Files drawn at random from real ones: rows repeated, cells emptied or made unusable."""

from __future__ import annotations

import shutil
from random import Random

import polars as pl

from ingest.exclusions import exclusions
from ingest.form import Form
from ingest.home import Home
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.store import Receipt, store
from ingest.submission import Registry
from tests.trials.judging import NOW
from tests.trials.unseen_archives import EXPORT
from tests.trials.variation_formats import Rows, csv_text

UNUSABLE = ("", "", "", "x", "04/13/2026", "31/02/2026", "9999", "-1", "1,5", "NaN", "NULL", "é",
            "2099-01-01", "Y", "a\nb", '5" x')  # fmt: skip
MOST_ROWS = 8  # of a table


def random_file(random: Random) -> tuple[str, bytes, int]:
    """One table's file: the table, the file, and how many records its maker put into it."""
    table = random.choice(list(EXPORT.tables))
    rows = _drawn(EXPORT.tables[table], random)
    return table, csv_text(rows).encode(), len(rows) - 1


def _drawn(rows: Rows, random: Random) -> Rows:
    """Some of the rows, a few of them twice; of their cells one in thirty is changed."""
    header, *body = rows
    few = body[:MOST_ROWS]
    again = random.choices(few, k=random.choice([0, 0, 0, 1, 2]))
    changed = [
        [random.choice(UNUSABLE) if random.random() < 1 / 30 else cell for cell in row]
        for row in [*few, *again]
    ]
    return [header, *changed]


def unaccounted(home: Home, table: str, content: bytes, made: int) -> str | None:
    """What is wrong with the account of a file's records; "refused" where nothing is kept."""
    verdict = judge(
        lambda: read_content("table.csv", content, table=table),
        lambda site: Registry(),
        now=NOW,
        form=Form(table),
    )
    if verdict.assessment is None or verdict.verdict == "refused":
        return "refused"
    if dict(verdict.assessment.records) != {table: made}:
        return f"{dict(verdict.assessment.records)} read, {made} made"
    receipt = Receipt("one", "table.csv", "0" * 64, NOW.isoformat(), "site", NOW, "site")
    told = store(home, verdict.assessment, receipt, content, 1)
    folder = home.submission_folder("one")
    kept = sum(pl.read_parquet(folder / f"{name}.parquet").height for name in told["tables"])
    listed = exclusions(verdict.assessment)
    gone = listed.filter(pl.col("column_name").is_null()).unique(["table_name", "row_id"]).height
    shutil.rmtree(folder)
    parts = (kept, told["records_excluded"], told["duplicates"])
    if made != sum(parts) or gone != parts[1] + parts[2]:
        return f"{made} records, {parts} kept, excluded and duplicate, {gone} listed"
    return None
