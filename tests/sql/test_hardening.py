"""No connection to a database reads or writes any other file, and none can be talked into it."""

import ast
from pathlib import Path

import duckdb
import pytest

from sql.hardening import HARDENED

ROOT = Path(__file__).parents[2]
MODULES = [path for room in ("sql", "ingest", "dashboard") for path in (ROOT / room).rglob("*.py")]


@pytest.fixture
def connection(tmp_path):
    path = tmp_path / "release.duckdb"
    duckdb.connect(str(path), config=HARDENED).close()
    with duckdb.connect(str(path), read_only=True, config=HARDENED) as opened:
        yield opened


@pytest.mark.parametrize(
    "asked",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/hostname')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "copy (select 1) to '/tmp/out.csv'",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "load httpfs",
        "export database '/tmp/out'",
        *(f"set {name} = {value}" for name, value in HARDENED.items() if value == "true"),
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set memory_limit = '64GB'",
    ],
)
def test_what_reaches_outside_or_loosens_the_settings_is_refused(connection, asked):
    with pytest.raises(duckdb.Error):
        connection.execute(asked)


def test_every_connection_is_opened_hardened():
    found = 0
    for path in MODULES:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "duckdb.connect":
                given = {one.arg: ast.unparse(one.value) for one in call.keywords}
                assert "HARDENED" in given.get("config", ""), f"{path.name}:{call.lineno}"
                found += 1
    assert found >= 10
