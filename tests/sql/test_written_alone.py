"""What lay in the memory of who wrote a database file does not stay between its rows."""

import duckdb
import pytest

from sql import written_alone
from sql.rekeyed_release import ReleaseNotRekeyed
from sql.written_alone import without

KEY = "ab" * 32


@pytest.fixture
def file(tmp_path):
    """A database of one table and a view."""
    path = tmp_path / "release-1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table one as select range as n, 'left' as word from range(9)")
        connection.execute("create view two as select n from one where n > 4")
    return path


def with_slack(path, *words):
    """The words where DuckDB reads nothing: in a block of which no table knows."""
    with path.open("ab") as stream:
        stream.write("|".join(words).encode().ljust(262_144, b"\0"))


def rows(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = [
            connection.execute(f"from {name} order by all").fetchall() for name in ("one", "two")
        ]
    return tables


def test_what_stands_between_the_rows_is_gone_and_the_rows_are_the_same(file):
    before = rows(file)
    with_slack(file, KEY, "ZZ102-P0015-1")
    without(file, {KEY, "ZZ102-P0015-1"})
    assert rows(file) == before
    for word in (KEY, "ZZ102-P0015-1"):
        assert word.encode() not in file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("words", [(), {"left"}, {KEY}], ids=["none", "too short", "not there"])
def test_a_file_that_holds_nothing_of_it_stays_as_it_is(file, words, monkeypatch):
    monkeypatch.setattr(written_alone, "rewrite_release", None)
    before = file.read_bytes()
    without(file, words)
    assert file.read_bytes() == before


def test_a_key_that_is_a_value_of_a_row_is_not_published(file):
    with duckdb.connect(str(file)) as connection:
        connection.execute("update one set word = ? where n = 1", [KEY])
    with pytest.raises(ReleaseNotRekeyed):
        without(file, {KEY})
    assert [path.name for path in file.parent.iterdir()] == [file.name]
