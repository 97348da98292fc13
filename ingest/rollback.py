"""Rolling back: a new full submission that holds the rows of an earlier state.

Nothing is deleted: the earlier state's rows are stored once more, each with the place it
came from, and what was excluded or found in them stays listed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import polars as pl

from expectations import dictionary, rules
from expectations.dictionary import site_tables, stored_columns
from ingest.difference import State
from ingest.folder import FolderOf, Step
from ingest.home import Home
from sql.accepted import reports
from sql.walk import Accepted, current

PLACE = ("record_key", "source_file", "source_line")


@dataclass(frozen=True)
class RollBack:
    """Which state is brought back, by whom, when and why."""

    submission_id: str  # of the new submission
    to: Accepted
    by: str
    at: datetime
    reason: str
    agreed_by: str | None = None
    agreed_reason: str | None = None


def state_digest(state: State) -> str:
    """The SHA-256 of a state's records, whatever submissions and files they came from."""
    digest = hashlib.sha256()
    for name, table in site_tables().items():
        columns = ["record_key", *stored_columns(table)]
        text = state[name].select(pl.col(column).cast(pl.String) for column in columns)
        rows = text.select(pl.concat_str(pl.all().fill_null("\x00"), separator="\x1f"))
        for row in sorted(rows.to_series().to_list()):
            digest.update(f"\x1d{name}\x1e{row}".encode())
    return digest.hexdigest()


def whole_state(stored: State) -> dict[str, pl.DataFrame]:
    """The rows of a roll-back, of every table: of one that has none, none."""
    return {
        name: stored[name]
        if name in stored
        else pl.DataFrame(schema=dict.fromkeys(("record_key", *stored_columns(table)), pl.String))
        for name, table in site_tables().items()
    }


def store_state(
    home: Home, walk: Sequence[Accepted], said: RollBack, number: int, step: Step
) -> dict[str, Any]:
    """Keep the state that a walk gives as a new submission; the rename is the commit.

    Returns:
        The manifest as written.
    """
    state = current(walk)
    with FolderOf(home, said.submission_id, step) as folder:
        tables = {
            name: folder.write_table(name, _rows(rows, name))
            for name, rows in state.items()
            if rows.height
        }
        folder.write("findings", _carried(walk, state, "findings"))
        folder.write("exclusions", _values_left_out(walk, state))
        step("tables written")
        manifest = _manifest(walk, state, said, number, tables)
        folder.write_manifest(manifest)
    return manifest


def _rows(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Rows as stored, the file named with the submission that brought it."""
    origin = pl.concat_str("submission_id", pl.lit("/"), "source_file")
    is_named = pl.col("source_file").str.contains("/", literal=True)
    placed = rows.with_columns(
        pl.when(is_named).then("source_file").otherwise(origin).alias("source_file")
    )
    return placed.select(*stored_columns(site_tables()[table]), *PLACE)


def _carried(walk: Sequence[Accepted], state: State, name: str) -> pl.DataFrame:
    """The findings, or exclusions, of rows that are current in the state."""
    found = [
        pl.read_parquet(one.folder / f"{name}.parquet").with_columns(
            pl.lit(one.acceptance_number, dtype=pl.Int64).alias("acceptance_number")
        )
        for one in walk
    ]
    rows = pl.concat(found, how="diagonal")
    records = pl.concat(
        frame.select(pl.lit(table).alias("table_name"), "record_key", "acceptance_number")
        for table, frame in state.items()
    )
    is_current = ["table_name", "record_key", "acceptance_number"]
    return rows.join(records, on=is_current, how="semi").drop("acceptance_number")


def _values_left_out(walk: Sequence[Accepted], state: State) -> pl.DataFrame:
    """The values that accepted exclusions left empty; rows left out stay listed by the walk."""
    return _carried(walk, state, "exclusions").filter(pl.col("column_name").is_not_null())


def _manifest(
    walk: Sequence[Accepted],
    state: State,
    said: RollBack,
    number: int,
    tables: Mapping[str, Any],
) -> dict[str, Any]:
    reported = json.loads(reports(walk).write_json())
    periods = [one.manifest for one in walk]
    at = said.at.astimezone(UTC).isoformat()
    digest = state_digest(state)
    rows = sum(table["rows"] for table in tables.values())
    return {
        "submission_id": said.submission_id,
        "filename": f"roll back to {said.to.submission_id}",
        "sha256": digest,
        "received_at": at,
        "received_by": said.by,
        "accepted_at": at,
        "accepted_by": said.by,
        "agreed_by": said.agreed_by,
        "agreed_reason": said.agreed_reason,
        "acceptance_number": number,
        "site_ods_code": said.to.site_ods_code,
        "period_start": min(one["period_start"] for one in periods),
        "period_end": max(one["period_end"] for one in periods),
        "submission_type": "FULL",
        "extract_datetime": max(
            (one["extract_datetime"] for one in periods), key=datetime.fromisoformat
        ),
        "nil_return": False,
        "hes_ire_count": None,
        "canonical_digest": digest,
        "rolled_back_to": {
            "submission_id": said.to.submission_id,
            "acceptance_number": said.to.acceptance_number,
            "reason": said.reason,
        },
        "reports": reported,
        "tables": tables,
        "records_read": rows,
        "records_excluded": 0,
        "duplicates": 0,
        "notices": [],
        "not_evaluated": [],
        "findings": dict.fromkeys(("F", "R", "B", "W"), 0),
        "versions": {
            "dictionary": dictionary.VERSION,
            "rules": rules.VERSION,
            "code": version("ire-liver-audit"),
        },
    }
