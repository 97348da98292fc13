"""A million rows read, typed and checked, beside DuckDB's bare read of the same file."""

import json
import statistics
import subprocess
import sys
import time

import duckdb
import pytest

from expectations.dictionary import tables
from expectations.suite import suite
from ingest.compiled import RowCheck, compiled
from tests.benchmarks.large_table import COLUMNS, write_procedures
from tests.records import ROOT, record

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
RUNS = 3


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    made = {name: folder / f"{name}.csv" for name in ("small", "good", "wrong")}
    write_procedures(made["small"], 1_000)
    write_procedures(made["good"], ROWS)
    write_procedures(made["wrong"], ROWS, every_date_is_wrong=True)
    return made


def floor(path):
    """Seconds in which DuckDB reads the file into a typed table and counts the same rules."""
    types = {name: tables()["procedure"].columns[name].duckdb_type for name in COLUMNS}
    with duckdb.connect(config={"threads": 2}) as connection:
        start = time.perf_counter()
        connection.execute(
            "create table reg as from read_csv($path, header = true, columns = $types,"
            " ignore_errors = true)",
            {"path": str(path), "types": types},
        )
        for query in counting(types):
            connection.execute(query).fetchall()
        return time.perf_counter() - start


def counting(types):
    kinds = {name: kind.upper() for name, kind in types.items()}
    checks = [
        compiled(expectation, kinds)
        for expectation in suite("procedure").expectations
        if getattr(expectation, "column", None) in types
    ]
    rows = [check for check in checks if isinstance(check, RowCheck)]
    assert len(rows) > 25
    counts = [f"count_if({check.condition} and {check.fails})" for check in rows]
    repeated = "select procedure_id from reg group by all having count(*) > 1"
    return [f"select {', '.join(counts)} from reg", f"select count(*) from ({repeated})"]


def ours(files, name):
    command = [sys.executable, "-m", "tests.benchmarks.one_check", files["small"], files[name]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_million_rows_are_checked_near_a_bare_read_and_wrong_dates_cost_little(files):
    floors, good, wrong = [], [], []
    for _ in range(RUNS):
        floors.append(floor(files["good"]))
        good.append(ours(files, "good"))
        wrong.append(ours(files, "wrong"))

    def median(runs, what):
        return statistics.median(run[what] for run in runs)

    base = statistics.median(floors)
    ratio = median(good, "checked") / base
    cost = median(wrong, "told") / median(good, "told")
    peak = max(run["peak"] for run in good)
    record(
        "benchmark-large-file",
        f"{ROWS:,} CSV rows × {len(COLUMNS)} columns read, typed and checked",
        [
            f"DuckDB's bare read_csv into a typed table and its count of the rules: {base:.2f} s",
            f"ours, read: {median(good, 'read'):.2f} s, {median(good, 'read') / base:.2f} × that",
            f"ours, read, typed, checked, findings identified: "
            f"{median(good, 'checked'):.2f} s, {ratio:.2f} × that (bound 3)",
            f"the canonical digest beside it: {median(good, 'digest'):.2f} s",
            f"with the report: {median(good, 'told'):.2f} s;"
            f" findings: {median(good, 'findings'):,.0f}",
            f"peak memory with Great Expectations loaded: {peak:,.0f} MB (bound 1,200)",
            f"a file in which every date is wrong: {median(wrong, 'told'):.2f} s,"
            f" {cost:.2f} × the good one (bound 3); findings: {median(wrong, 'findings'):,.0f}",
        ],
    )
    assert ratio <= 3
    assert peak <= 1_200
    assert cost <= 3
