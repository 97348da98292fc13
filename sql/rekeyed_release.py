"""A release's full file under another storage key: the same rows in the same order, other keys.

What DuckDB writes may hold, between its rows, what lay in its memory before (seen: keys of the
file just read). So one process reads a release and writes its tables changed, and another, which
has never seen the old keys, makes a file of them; and that is looked through.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sql.hardening import HARDENED, Settings

KEY = re.compile("[0-9a-f]{64}")
KEY_DIGITS = 64
_RUN = re.compile(rb"[0-9a-f]{64,}")
_OBJECTS = "objects.json"
# Tables pass through files of the scratch folder; nothing else that is hardened is loosened.
_ALONE: Settings = {"enable_external_access": "true", "threads": "1", "checkpoint_threshold": "1KB"}


class ReleaseNotRekeyed(Exception):
    """A release could not be written anew; the message says which, and nothing of it."""


def patients_in(release: Path) -> pl.Series:
    """The keys of all patients in a release.

    Raises:
        duckdb.Error: if it cannot be read.
    """
    with duckdb.connect(str(release), read_only=True, config=HARDENED) as connection:
        named = connection.execute(
            "select table_name from duckdb_columns() where column_name = 'patient_key'"
            " and table_name in (select table_name from duckdb_tables())"
        )
        selects = [f'select patient_key from "{name}"' for (name,) in named.fetchall()]
        found: pl.DataFrame = connection.sql(
            " union ".join([*selects, "select null::varchar as patient_key"])
        ).pl()
    return found["patient_key"].drop_nulls()


def rewrite_release(release: Path, written: Path, now: Mapping[str, str], scratch: Path) -> None:
    """Write a release anew, with another key in the place of each that is known.

    Args:
        release: the full file as it is.
        written: where the other is to be; there is no file yet.
        now: what each key is from now on.
        scratch: a folder that may be made and is removed.

    Raises:
        ReleaseNotRekeyed: if it cannot be read, or a key of before is left.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _in_child({"take": str(release), "to": str(scratch), "now": dict(now)}, release.name)
        _in_child({"make": str(written), "of": str(scratch)}, release.name)
    finally:
        shutil.rmtree(scratch)
    if holds_any(written, now):
        raise ReleaseNotRekeyed(f"{release.name}: a key of before would be left in it")


def holds_any(file: Path, keys: Collection[str]) -> bool:
    """True where one of these keys stands in a file's bytes, between its rows too."""
    for run in _RUN.finditer(file.read_bytes()):
        text = run[0].decode("ascii")
        starts = range(len(text) - KEY_DIGITS + 1)
        if any(text[start : start + KEY_DIGITS] in keys for start in starts):
            return True
    return False


def _in_child(asked: Mapping[str, Any], name: str) -> None:
    passed = ("PYTHONPATH", "PATH", "LD_LIBRARY_PATH")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sql.rekeyed_release"],
        input=json.dumps(asked).encode("utf-8"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8"} | {n: os.environ[n] for n in passed if n in os.environ},
        check=False,
    )
    if done.returncode != 0:
        raise ReleaseNotRekeyed(f"{name}: it could not be written under the new key")


def main() -> None:
    """Do one half of it, in a process of its own; what is asked comes on standard input."""
    asked = json.loads(sys.stdin.buffer.read())
    if "take" in asked:
        _take(Path(asked["take"]), Path(asked["to"]), asked["now"])
    else:
        _make(Path(asked["make"]), Path(asked["of"]))


def _take(release: Path, folder: Path, now: Mapping[str, str]) -> None:
    """Write every table with its keys changed, and how tables and views were made."""
    with duckdb.connect(str(release), read_only=True, config=HARDENED | _ALONE) as connection:
        size = connection.execute("select block_size from pragma_database_size()").fetchall()[0][0]
        tables = connection.execute(
            "select table_name, sql from duckdb_tables() order by table_oid"
        ).fetchall()
        views = connection.execute(
            "select sql from duckdb_views() where not internal order by view_oid"
        ).fetchall()
        for number, (table, _) in enumerate(tables):
            _take_table(connection, table, folder / f"{number}.parquet", now)
    told = {"block_size": size, "tables": tables, "views": [text for (text,) in views]}
    (folder / _OBJECTS).write_text(json.dumps(told), "utf-8")


def _take_table(
    connection: duckdb.DuckDBPyConnection, table: str, written: Path, now: Mapping[str, str]
) -> None:
    found = connection.execute(
        "select column_name, data_type = 'VARCHAR' from duckdb_columns()"
        " where table_name = ? order by column_index",
        [table],
    ).fetchall()
    keyed = [name for name, is_text in found if is_text and _has_key(connection, table, name)]
    shown, joins = [], ""
    if keyed:
        connection.register("told", _told(connection, table, keyed, now).to_arrow())
    for place, (name, _) in enumerate(found):
        if name in keyed:
            joins += f' left join told as told_{place} on told_{place}.cell = here."{name}"'
            shown.append(f'told_{place}.now as "{name}"')
        else:
            shown.append(f'here."{name}"')
    connection.execute(
        f'copy (select {", ".join(shown)} from "{table}" as here {joins} order by here.rowid)'
        f" to '{_quoted(written)}' (format parquet)"
    )
    if keyed:
        connection.unregister("told")


def _told(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], now: Mapping[str, str]
) -> pl.DataFrame:
    """Each text of some columns once, and what it is from now on."""
    every = " union ".join(f'select "{name}" as cell from "{table}"' for name in columns)
    found: pl.DataFrame = connection.sql(
        f"select distinct cell from ({every}) where cell is not null"
    ).pl()
    texts = [KEY.sub(lambda key: now.get(key[0], key[0]), text) for text in found["cell"]]
    return found.with_columns(pl.Series("now", texts, dtype=pl.String))


def _has_key(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    query = f"""select 1 from "{table}" where regexp_matches("{column}", ?) limit 1"""
    return bool(connection.execute(query, [KEY.pattern]).fetchall())


def _make(written: Path, folder: Path) -> None:
    told = json.loads((folder / _OBJECTS).read_text("utf-8"))
    block = {"default_block_size": str(told["block_size"])}
    with duckdb.connect(str(written), config=HARDENED | _ALONE | block) as connection:
        connection.execute("begin")
        for number, (table, text) in enumerate(told["tables"]):
            connection.execute(text)
            taken = _quoted(folder / f"{number}.parquet")
            connection.execute(f"insert into \"{table}\" from read_parquet('{taken}')")
        for text in told["views"]:
            connection.execute(text)
        connection.execute("commit")
        connection.execute("checkpoint")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


if __name__ == "__main__":
    main()
