"""The same rules on the same file: ours beside four validators, each a process of its own."""

import json
import statistics
import subprocess
import sys
import venv
from pathlib import Path

import duckdb
import pytest

from expectations.dictionary import site_tables
from expectations.suite import suite
from ingest.compiled import RowCheck, compiled
from tests.benchmarks.large_table import COLUMNS, write_procedures
from tests.benchmarks.peer_rules import plain_rules
from tests.records import ROOT, record

pytestmark = pytest.mark.benchmark

ROWS, RUNS = 1_000_000, 3
SLOW_ROWS = 100_000  # of the one validator that reads row by row: a million takes minutes
PEERS = Path(__file__).parent / "peers"
POLARS = {  # each a script and the packages it needs
    "pandera 0.35 (polars)": "pandera_polars",
    "dataframely 3.1": "dataframely_polars",
    "pointblank 1.1 (polars)": "pointblank_polars",
}
SLOW = "NHS England's data-validation-engine 0.9"
REPEATED = "repeated key"


@pytest.fixture(scope="module")
def python():
    """By lock, the Python of an environment that holds what it pins."""
    made = {}
    for lock in PEERS.glob("*.lock"):
        folder = ROOT / ".bench" / lock.stem
        made[lock.stem] = folder / "bin" / "python"
        if not (folder / "made").exists():
            venv.create(folder, with_pip=True, clear=True)
            install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
            subprocess.run([made[lock.stem], *install], check=True)
            (folder / "made").touch()
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    made = {rows: folder / f"{rows}.csv" for rows in (1_000, SLOW_ROWS, ROWS)}
    for rows, path in made.items():
        write_procedures(path, rows)
    made["rules"] = folder / "rules.json"
    made["rules"].write_text(json.dumps(plain_rules("procedure", COLUMNS)), "utf-8")
    return made


def one(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def expected(path):
    """By rule the failing rows, and by column the cells, as one DuckDB scan counts them."""
    types = {name: site_tables()["procedure"].columns[name].duckdb_type for name in COLUMNS}
    kinds = {name: kind.upper() for name, kind in types.items()}
    values = ", ".join(f'{typed_sql(name, kind)} as "{name}"' for name, kind in kinds.items())
    checks = {}
    for expectation in suite("procedure").expectations:
        check = compiled(expectation, kinds)
        if getattr(expectation, "column", None) in types and isinstance(check, RowCheck):
            checks[expectation.meta["rule"]] = f"({check.condition}) and {check.fails}"
    by_column = {
        name: " or ".join(f"({c})" for rule, c in checks.items() if rule.split(".")[1] == name)
        for name in COLUMNS
    }
    counted = [*checks.values(), *(c for c in by_column.values() if c)]
    counts = ", ".join(f"count_if({condition})" for condition in counted)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table reg as select {values} from read_csv($path, all_varchar = true)",
            {"path": str(path)},
        )
        found = connection.execute(f"select {counts} from reg").fetchall()[0]
        again = "select count(*) as n from reg group by procedure_id having n > 1"
        repeated = connection.execute(f"select sum(n) from ({again})").fetchall()[0][0]
    by_rule = dict(zip(checks, found, strict=False)) | {REPEATED: int(repeated)}
    cells = dict(zip((n for n, c in by_column.items() if c), found[len(checks) :], strict=True))
    return {n: k for n, k in by_rule.items() if k}, {n: k for n, k in cells.items() if k}


def typed_sql(name, kind):
    if kind == "BOOLEAN":
        return f"case \"{name}\" when 'Y' then true when 'N' then false end"
    return f'try_cast("{name}" as {kind})'


def test_ours_and_its_peers_find_the_same_rows_by_the_same_rules(files, python):
    by_rule, cells = expected(files[ROWS])
    ours, theirs = [], {name: [] for name in POLARS}
    check = [sys.executable, "-m", "tests.benchmarks.one_check", files[1_000], files[ROWS]]
    for _ in range(RUNS):
        ours.append(one(check))
        assert ours[-1]["cells"] == cells
        for name, script in POLARS.items():
            said = [python["polars"], PEERS / f"{script}.py", files["rules"]]
            theirs[name].append(one([*said, files[1_000], files[ROWS]]))
            assert theirs[name][-1]["failing"] == by_rule
    said = [python["nhs_engine"], PEERS / "nhs_engine.py", files["rules"]]
    slow = one([*said, files[1_000], files[SLOW_ROWS]])
    assert slow["failing"] == expected(files[SLOW_ROWS])[0]

    base = statistics.median(run["checked"] for run in ours)
    lines = [
        f"ours, with what no other does (records and lines found twice, identifiers, rules"
        f" across tables, findings identified): {base:.2f} s,"
        f" peak {max(run['peak'] for run in ours):,.0f} MB"
    ]
    for name, runs in theirs.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        lines.append(
            f"{name}: {seconds:.2f} s, {seconds / base:.2f} × ours,"
            f" peak {max(run['peak'] for run in runs):,.0f} MB"
        )
    scaled = slow["seconds"] * ROWS / SLOW_ROWS
    lines += [
        f"{SLOW}: {slow['seconds']:.1f} s for {SLOW_ROWS:,} rows, by rows {scaled / base:.0f} ×"
        f" ours, peak {slow['peak']:,.0f} MB",
        f"failing rows by rule, all the same: {sum(by_rule.values()):,} over {len(by_rule)} rules",
    ]
    title = f"{ROWS:,} CSV rows × {len(COLUMNS)} columns read, typed and checked by five validators"
    record("benchmark-peers", title, lines)
