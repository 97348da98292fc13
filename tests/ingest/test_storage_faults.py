"""A disk that is full, broken or closed is told with what to do, whoever noticed it."""

import errno
import hashlib
import sqlite3
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ingest import __main__ as command_line
from ingest import commands
from ingest.folder import write_rows
from ingest.storage_faults import advice


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "free some space"),
        (OSError(errno.EDQUOT, "Quota"), "free some space"),
        (sqlite3.OperationalError("database or disk is full"), "free some space"),
        (RuntimeError("IO Error: Could not write file: No space left on device"), "free some"),
        (PermissionError(errno.EACCES, "Permission denied"), "rights in the home"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "rights in the home"),
        (OSError(errno.EIO, "Input/output error"), "have it looked at"),
        (sqlite3.OperationalError("disk I/O error"), "have it looked at"),
        (duckdb.FatalException("FATAL Error: fsync failed!"), "have it looked at"),
    ],
)
def test_a_write_that_failed_is_told_with_what_to_do(error, says):
    told = advice(error) or ""
    assert says in told
    assert told.endswith("what was published before is still served")


def test_the_cause_behind_another_error_is_found():
    error = RuntimeError("could not finish")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert "free some space" in (advice(error) or "")


@pytest.mark.parametrize(
    "rows",
    [
        pl.DataFrame({"a": range(100_000)}),
        pl.DataFrame({f"column {number}": [1] for number in range(1_000)}),  # in what describes it
        pl.DataFrame({"a": [1]}),  # when the file is closed
    ],
    ids=["long", "wide", "small"],
)
def test_rows_that_do_not_fit_on_the_disk_are_told_so(tmp_path, rows):
    full = tmp_path / "procedure.parquet"
    full.symlink_to(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left") as raised:
        write_rows(full, rows)
    assert "free some space" in (advice(raised.value) or "")


def test_the_digest_of_written_rows_is_that_of_their_file(tmp_path):
    rows = pl.DataFrame({"a": range(1_000), "b": ["é"] * 1_000})
    path = tmp_path / "procedure.parquet"
    assert write_rows(path, rows) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pl.read_parquet(path).equals(rows)


def test_another_fault_has_no_such_advice():
    assert advice(ValueError("x")) is None


def test_the_command_line_says_it_in_one_line_without_a_path(monkeypatch, capsys, tmp_path):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "ledger.sqlite"))

    monkeypatch.setattr(commands, "submissions", fail)
    assert command_line.main(["submissions", "--home", str(tmp_path)]) == commands.OURS
    said = capsys.readouterr().err.strip()
    assert said.startswith("ire-audit: the disk of the home is full: free some space, then")
    assert "\n" not in said
    assert str(tmp_path) not in said
