"""Building and publishing a release: audits, the pointer, and what a crash leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import duckdb
import pytest

from sql import audit, catalog
from sql.ledger_events import Head
from sql.publish_release import (
    STEPS,
    next_number,
    publish,
    publish_pointer,
    recover,
    served,
)
from sql.walk import Walked
from sql.warehouse import BuildError, build
from tests.sql.drawing import BUILT, TODAY, accept, load_register

DRAWN = {
    "patient": "patient\np\nq",
    "procedure": "procedure_id|patient|no_complication_confirmed\na|p|Y\nb|q|Y",
    "complication": "complication_id|procedure_id|patient|clavien_dindo\nc|a|p|IIIa",
}


@pytest.fixture
def registry(home):
    """One accepted submission, and what a release of it is built with."""
    one = accept(home, 1, **DRAWN)
    register = load_register(home)
    return home, [one], {"register": register, "today": TODAY, "built_at": BUILT}


def names(home):
    return sorted(path.name for path in (home / "releases").iterdir())


def test_a_published_release_has_two_files_and_a_pointer(registry):
    home, accepted, given = registry
    steps = []
    release = publish(home, accepted, number=1, step=steps.append, **given)
    assert names(home) == ["CURRENT", "release-1.duckdb", "release-1.public.duckdb"]
    assert steps == list(STEPS)
    assert served(home) == release.number == 1
    pointer = json.loads((home / "releases" / "CURRENT").read_text("utf-8"))
    assert pointer["release"] == 1
    assert pointer["data_date"] == "2026-09-30"


def test_a_release_says_what_it_is(registry):
    home, accepted, given = registry
    path = build(home, accepted, number=3, as_of=BUILT, log_head=Head(7, "of event 7"), **given)
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.sql("select * from release").pl().row(0, named=True)
    assert found | {"built_at": None, "as_of": None, "data_date": None} == {
        "release_number": 3,
        "schema_version": catalog.SCHEMA_VERSION,
        "built_at": None,
        "as_of": None,
        "data_date": None,
        "register_number": 1,
        "sites_expected": 1,
        "sites_reporting": 1,
        "code_version": catalog.code_version(),
        "log_number": 7,
        "log_hash": "of event 7",
    }
    assert found["built_at"] == found["as_of"] == BUILT.replace(tzinfo=None)


def test_every_indicator_is_in_the_release_and_its_values_are_of_counted_procedures(registry):
    home, accepted, given = registry
    path = build(home, accepted, number=1, **given)
    with duckdb.connect(str(path), read_only=True) as connection:
        ids = [row[0] for row in connection.sql("select id from indicator").fetchall()]
        assert ids == list(catalog.indicators())
        major = connection.sql("""
            select site_id, unit, unit_key, procedure_id, event_date, value, tumour_type
            from indicator_value
            where indicator_id = 'S5_30' and value = 1
        """).fetchall()
        assert [(*row[:4], *row[5:]) for row in major] == [
            ("ZZ101", "procedure", "a", "a", 1, "HCC")
        ]
        tables = {row[0] for row in connection.sql("show tables").fetchall()}
    assert not {name for name in tables if name.startswith(("walk_", "int_"))}


def test_a_build_gives_the_same_rows_every_time(registry):
    home, accepted, given = registry
    digests = []
    for number in (1, 2):
        path = build(home, accepted, number=number, **given)
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = [row[0] for row in connection.sql("show tables").fetchall()]
            found = {}
            for table in sorted(set(tables) - {"release"}):
                found[table] = connection.sql(f"from {table} order by all").pl().rows()
            digests.append(found)
    assert digests[0] == digests[1]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kill", [*STEPS, "before the audit"])
def test_a_process_killed_at_any_step_leaves_a_whole_release_served(registry, kill):
    home, accepted, given = registry
    publish(home, accepted, number=1, **given)
    script = f"""
import os
from pathlib import Path
import sql.warehouse
from sql.publish_release import publish
from sql.walk import Accepted
from tests.sql.drawing import BUILT, TODAY

def die(*_):
    os._exit(9)

if {kill!r} == "before the audit":
    sql.warehouse.audit = die
folder = Path({str(accepted[0].folder)!r})
publish(
    Path({str(home)!r}), [Accepted("s1", "ZZ101", 1, "INCREMENTAL", folder)],
    register=Path({str(given["register"])!r}), number=2, today=TODAY, built_at=BUILT,
    step=lambda step: die() if step == {kill!r} else None,
)
"""
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == 9
    now = 2 if kill == "pointer written" else 1
    assert served(home) == now
    with duckdb.connect(str(home / "releases" / f"release-{now}.duckdb"), read_only=True) as c:
        assert c.sql("select count(*) from fct_procedure").fetchall() == [(2,)]
    (home / "releases" / "release-2.duckdb.tmp.tmp").mkdir()  # where DuckDB spills to
    left = recover(home)
    left.remove("release-2.duckdb.tmp.tmp")
    assert bool(left) == (kill == "before the audit")
    assert not [name for name in names(home) if ".tmp" in name]
    number = next_number(home)
    publish(home, accepted, number=number, **given)
    assert served(home) == number


def test_a_release_left_unserved_by_a_crash_may_be_built_again_under_its_number(registry):
    home, accepted, given = registry
    build(home, accepted, number=1, **given)
    assert served(home) is None
    assert publish(home, accepted, number=1, **given).number == 1


def test_a_number_that_is_not_after_the_served_release_is_refused(registry):
    home, accepted, given = registry
    publish(home, accepted, number=2, **given)
    for number in (1, 2):
        with pytest.raises(BuildError, match=f"number: release {number} is not after"):
            publish(home, accepted, number=number, **given)
    assert next_number(home) == 3


def test_the_pointer_refuses_a_release_that_is_not_whole(registry):
    home, accepted, given = registry
    build(home, accepted, number=1, **given)
    with pytest.raises(BuildError, match=r"release-1\.public\.duckdb is not there"):
        publish_pointer(home, 1, data_date=TODAY, published_at=BUILT)
    assert served(home) is None


def test_a_model_that_breaks_its_grain_stops_the_build_and_leaves_no_file(registry, monkeypatch):
    home, accepted, given = registry
    models = [
        replace(model, select=f"{model.select} union all ({model.select})")
        if model.name == "fct_followup"
        else replace(model, grain=("procedure_date",))
        if model.name == "fct_procedure"
        else model
        for model in catalog.models()
    ]
    monkeypatch.setattr(catalog, "models", lambda: models)
    with pytest.raises(BuildError, match=r"grain: fct_procedure: 1 rows too many"):
        build(home, accepted, number=1, **given)
    assert names(home) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("insert into fct_complication select * from fct_complication", "grain: fct_compl"),
        ("delete from fct_complication", "conservation: fct_complication"),
        ("update fct_procedure set procedure_id = null where procedure_id = 'b'", "keys: fct_"),
        ("update indicator_value set value = 2 where value = 1", "values: indicator_value"),
        ("delete from fct_procedure", "conservation: fct_procedure"),
    ],
)
def test_every_broken_audit_is_named(registry, change, named):
    home, accepted, given = registry
    path = build(home, accepted, number=1, **given)
    with duckdb.connect(str(path)) as connection:
        audit.audit_tables(connection)
        connection.execute(change)
        with pytest.raises(BuildError, match=named):
            audit.audit_tables(connection)


def test_rows_that_the_walk_lost_are_named():
    whole = Walked("patient", declared=5, read=5, current=3, superseded=1, removed=1)
    audit.audit_walk([whole])
    with pytest.raises(BuildError, match=r"conservation: patient: 5 rows read, 4 in the walk"):
        audit.audit_walk([replace(whole, removed=0)])


def test_the_build_connection_can_reach_no_other_file(registry, monkeypatch):
    home, accepted, given = registry
    tried = []

    def reach(connection, walked):
        for statement in (
            "select * from read_csv('/etc/hostname')",
            "attach '/tmp/other.duckdb'",
            "copy (select 1) to '/tmp/out.csv'",
            "set enable_external_access = true",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
            tried.append(statement)
        raise BuildError("audit: tried")

    monkeypatch.setattr("sql.warehouse.audit", reach)
    with pytest.raises(BuildError, match="tried"):
        build(home, accepted, number=1, **given)
    assert len(tried) == 5
