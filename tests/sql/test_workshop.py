"""What is made in memory stands in the file as it was made, or the build says why not."""

import duckdb
import pytest

from sql import catalog
from sql.catalog import Model
from sql.workshop import workshop

MADE = "create table {} as select range as n, 'row ' || range as words from range({})"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "release.duckdb.tmp"


def kept(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by all")
        return {
            name: connection.execute(f"select * from {name} order by n").fetchall()
            for (name,) in tables.fetchall()
        }


@pytest.mark.parametrize("is_large", [False, True])
def test_every_table_is_kept_whenever_it_was_made(path, is_large):
    with (
        duckdb.connect(str(path)) as connection,
        workshop(connection, is_large=is_large) as keep,
    ):
        connection.execute(MADE.format("first", 3))
        connection.execute(MADE.format("empty", 0))
        keep()
        connection.execute(MADE.format("second", 2))
        keep()
        connection.execute("create temp table passing as from first")
        connection.execute("create table third as from second")
    second = [(0, "row 0"), (1, "row 1")]
    assert kept(path) == {
        "first": [*second, (2, "row 2")],
        "empty": [],
        "second": second,
        "third": second,
    }


def test_a_view_of_the_catalogue_is_kept_as_a_view(path, monkeypatch):
    view = Model("seen", "indicators", "select n from first", (), frozenset(), ("n",))
    monkeypatch.setattr(catalog, "models", lambda: (view,))
    with duckdb.connect(str(path)) as connection, workshop(connection):
        connection.execute(MADE.format("first", 3))
        connection.execute(f"create view {view.name} as {view.select}")
    with duckdb.connect(str(path), read_only=True) as connection:
        views = connection.execute("select view_name from duckdb_views() where not internal")
        assert views.fetchall() == [("seen",)]
        assert connection.execute("select count(*) from seen").fetchall() == [(3,)]
    assert list(kept(path)) == ["first"]


def made_twice(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table first (n integer)")
        with workshop(connection) as keep:
            connection.execute(MADE.format("first", 3))
            keep()


def test_a_table_that_cannot_be_kept_ends_the_build(path):
    with pytest.raises(duckdb.CatalogException, match="first"):
        made_twice(path)


def failed_after_the_first(path):
    with duckdb.connect(str(path)) as connection, workshop(connection) as keep:
        connection.execute(MADE.format("first", 3))
        keep()
        connection.execute(MADE.format("second", 3))
        raise LookupError


def test_after_a_fault_in_the_making_nothing_more_is_kept(path):
    with pytest.raises(LookupError):
        failed_after_the_first(path)
    assert list(kept(path)) == ["first"]
