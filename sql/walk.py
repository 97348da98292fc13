"""The walk: from the accepted submissions of each site to its current rows (stg_ tables)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import Table, register_tables, site_tables, stored_columns
from sql.accepted import Accepted, live, reports, submissions
from sql.frames import make, schema_of

__all__ = ["Accepted", "BuildError", "Walked", "current", "stage"]

# Bounds the memory of a build; the tables of a realistic registry fit into one batch.
BATCH_ROWS = 250_000

PLACE = {"record_key": "varchar", "source_file": "varchar", "source_line": "bigint"}

PATH = "path"  # of the file that a row was read from
ROW = "row_number"  # over all files of a table
OF: Mapping[str, pl.DataType] = {
    PATH: pl.String(),
    "site_id": pl.String(),
    "submission_id": pl.String(),
    "acceptance_number": pl.Int64(),
}
SUBMISSION_KEYS = ("submission_id", "acceptance_number")

Keep = Callable[[str, pl.DataFrame], pl.DataFrame]

# What a submission's folder holds beside its tables; each becomes a walk_ table.
BESIDE: Mapping[str, Mapping[str, str]] = {
    "removed": {"table_name": "varchar", "record_key": "varchar", "reason": "varchar"},
    "finding": {
        "finding_id": "varchar",
        "rule": "varchar",
        "table_name": "varchar",
        "source_file": "varchar",
        "source_line": "bigint",
        "column_name": "varchar",
        "record_key": "varchar",
        "value_digest": "varchar",
    },
    "exclusion": {
        "rule": "varchar",
        "table_name": "varchar",
        "record_key": "varchar",
        "column_name": "varchar",
        "is_protected": "boolean",
        "source_line": "bigint",
        "procedure_id": "varchar",
        "patient_key": "varchar",
        "event_date": "date",
        "accepted_by": "varchar",
        "agreed_by": "varchar",
    },
}
BESIDE_FILES = {"removed": "removed", "finding": "findings", "exclusion": "exclusions"}


class BuildError(Exception):
    """The release cannot be built: an audit does not hold. Names the audit; our own bug."""


@dataclass(frozen=True)
class Walked:
    """What became of one table's rows: read = current + superseded + removed."""

    table: str
    declared: int
    read: int
    current: int
    superseded: int
    removed: int


def stage(
    connection: duckdb.DuckDBPyConnection, accepted: Sequence[Accepted], register: Path
) -> list[Walked]:
    """Make the stg_ tables of the dictionary, and the walk_ tables behind the others.

    Returns:
        What became of each site table's rows, in dictionary order.
    """
    walk = live(accepted)
    make(connection, "walk_submission", submissions(accepted, walk))
    make(connection, "walk_report", reports(accepted))
    for table in register_tables().values():
        _stage_register(connection, table, register / f"{table.name}.parquet")
    files = {
        # An exclusion of harm outlives the full export that comes after it.
        name: Files(BESIDE_FILES[name], accepted if name == "exclusion" else walk, columns)
        for name, columns in BESIDE.items()
    }
    files |= {
        name: Files(name, walk, _site_columns(table)) for name, table in site_tables().items()
    }
    if sum(one.rows(name) for one in walk for name in site_tables()) <= BATCH_ROWS:
        Files.read_together(files.values())
    for name in BESIDE:
        make(connection, f"walk_{name}", files[name].whole().drop(ROW))
    removed = files["removed"].whole()
    walked = [
        _stage_site(connection, table, walk, files[table.name], removed)
        for table in site_tables().values()
    ]
    selects = (
        f"select '{name}' as table_name, site_id, record_key, submission_id, "
        f"acceptance_number from stg_{name}"
        for name in site_tables()
    )
    connection.execute(f"create temp table current_record as {' union all '.join(selects)}")
    return walked


def current(
    accepted: Sequence[Accepted], keep: Keep = lambda name, rows: rows
) -> dict[str, pl.DataFrame]:
    """The current rows of each site table, without a database: for one site, or a few.

    Args:
        keep: gives, of all rows of a table that were ever sent, those to walk.

    Returns:
        Every site table in dictionary order: its stored columns (site_ods_code where it has
        one), PLACE, and SUBMISSION_KEYS.
    """
    walk = live(accepted)
    files = {name: Files(name, walk, _site_columns(table)) for name, table in site_tables().items()}
    removing = Files("removed", walk, BESIDE["removed"])
    Files.read_together([*files.values(), removing])
    removed = removing.whole()
    rows = {name: keep(name, found.whole()) for name, found in files.items()}
    return {
        name: _current(rows[name], removed.filter(table_name=name))[1].drop(ROW, "site_id")
        for name in files
    }


def _stage_register(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    schema = schema_of({name: column.duckdb_type for name, column in table.columns.items()})
    frame = (
        pl.scan_parquet(path, schema=schema, missing_columns="insert", extra_columns="ignore")
        .select(*schema)
        .collect()
        if path.exists()
        else pl.DataFrame(schema=schema)
    )
    if "site_ods_code" in table.columns:
        frame = frame.rename({"site_ods_code": "site_id"})
    make(connection, f"stg_{table.name}", frame, kept=True)


def _stage_site(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    walk: Sequence[Accepted],
    files: Files,
    removed: pl.DataFrame,
) -> Walked:
    columns = _site_columns(table)
    kept = ["site_id", *(c for c in columns if c != "site_ods_code"), *SUBMISSION_KEYS]
    taken = removed.filter(table_name=table.name)
    name = f"stg_{table.name}"
    declared = sum(one.rows(table.name) for one in walk)
    if files.are_none():
        make(connection, name, files.none().select(kept), kept=True)
        return Walked(table.name, declared, read=0, current=0, superseded=0, removed=0)
    if declared <= BATCH_ROWS:
        rows = files.whole()
        latest, current = _current(rows, taken)
        make(connection, name, current.select(kept), kept=True)
    else:
        rows = files.keys()
        latest, current = _current(rows, taken)
        make(connection, name, files.none().select(kept), kept=True)
        for batch in files.batches():
            chosen = batch.join(current.select(ROW), on=ROW, how="semi").select(kept)
            connection.register("frame", chosen.rechunk().to_arrow())
            connection.execute(f"insert into {name} select * from frame")
            connection.unregister("frame")
    stored = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
    return Walked(
        table.name,
        declared=declared,
        read=rows.height,
        current=stored,
        superseded=rows.height - latest.height,
        removed=latest.height - current.height,
    )


def _site_columns(table: Table) -> dict[str, str]:
    types = [column.duckdb_type for column in table.columns.values()]
    return dict(zip(stored_columns(table), types, strict=True)) | PLACE


def _current(rows: pl.DataFrame, removed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last row of each record, and those of them that no removal took away.

    A record replaces the one of its key as a whole; a removal takes away what stood when it
    was accepted, its own submission included.
    """
    key = ["site_id", "record_key"]
    latest = rows.sort("acceptance_number", "source_line", descending=[True, False]).unique(
        key, keep="first", maintain_order=True
    )
    if removed.is_empty():
        return latest, latest
    taken = removed.group_by(key).agg(pl.col("acceptance_number").max().alias("removed_by"))
    is_kept = pl.col("removed_by").is_null() | (pl.col("removed_by") < pl.col("acceptance_number"))
    return latest, latest.join(taken, on=key, how="left").filter(is_kept)


class Files:
    """One table's files, of every submission in the walk.

    Each row says which submission and site it is of, and has a number of its own.
    """

    def __init__(self, name: str, walk: Sequence[Accepted], columns: Mapping[str, str]) -> None:
        sent = [(one.folder / f"{name}.parquet", one) for one in walk]
        present = [(path, one) for path, one in sent if path.exists()]
        self._paths = [path for path, _ in present]
        self._schema = schema_of(columns)
        self._read: pl.DataFrame | None = None
        self._of = pl.DataFrame(
            {
                PATH: [str(path) for path in self._paths],
                "site_id": [one.site_ods_code for _, one in present],
                "submission_id": [one.submission_id for _, one in present],
                "acceptance_number": [one.acceptance_number for _, one in present],
            },
            schema=OF,
        )

    def are_none(self) -> bool:
        return not self._paths

    def whole(self) -> pl.DataFrame:
        if self.are_none():
            return self.none()
        read = self._scan().collect() if self._read is None else self._read
        return self._placed(read)

    @staticmethod
    def read_together(files: Collection[Files]) -> None:
        """Read many tables at once: several hundred small files, on every core."""
        present = [one for one in files if one._paths]
        found = pl.collect_all([one._scan() for one in present])
        for one, read in zip(present, found, strict=True):
            one._read = read

    def none(self) -> pl.DataFrame:
        added = {ROW: pl.UInt64()} | {name: OF[name] for name in OF if name != PATH}
        return pl.DataFrame(schema=self._schema | added)

    def keys(self) -> pl.DataFrame:
        return self._placed(self._scan().select(ROW, PATH, "record_key", "source_line").collect())

    def batches(self) -> Iterator[pl.DataFrame]:
        """Of at least BATCH_ROWS rows but the last."""
        held: list[pl.DataFrame] = []
        for frame in self._scan().collect_batches(chunk_size=BATCH_ROWS):
            held.append(frame)
            if sum(one.height for one in held) >= BATCH_ROWS:
                yield self._placed(pl.concat(held))
                held = []
        if held:
            yield self._placed(pl.concat(held))

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(
            self._paths,
            schema=self._schema,
            missing_columns="insert",  # sent before the dictionary had the column
            extra_columns="ignore",
            include_file_paths=PATH,
            row_index_name=ROW,
        )

    def _placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(self._of, on=PATH, how="left").drop(PATH)
