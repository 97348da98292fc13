"""A sound export of all tables in a warm worker, from its deposit to the pointer at its release."""

import statistics
import time

import duckdb
import pytest

from sql.publish_release import served
from sql.warehouse import release_path
from tests.benchmarks.large_export import write_large
from tests.ingest.test_journey import Registry
from tests.records import record

pytestmark = pytest.mark.benchmark

RUNS = 5
SIZES = {  # procedures, pulse rows, records, and the seconds they may take
    "small": (100, 1_440, 3_200, 3.0),
    "large": (2_000, 60_000, 100_000, 5.0),
}


def submitted(path, data, rows):
    """Seconds from the deposit to the pointer at the release, and to the last report."""
    registry = Registry(path)
    reached = {}
    start = time.perf_counter()
    registry.worker.step = lambda name: reached.setdefault(name, time.perf_counter() - start)
    sent = registry.send(data)
    registry.worker.run_once()
    reached["done"] = time.perf_counter() - start
    assert registry.state(sent) == "accepted"
    registry.ledger.close()
    home = registry.home.path
    with duckdb.connect(str(release_path(home, served(home))), read_only=True) as release:
        for table, number in rows.items():
            assert release.sql(f"select count(*) from {table}").fetchall() == [(number,)]
    return reached


@pytest.mark.parametrize("size", SIZES)
def test_an_export_is_published_within_its_bound(tmp_path, size):
    procedures, deliveries, records, bound = SIZES[size]
    path = tmp_path / "export.zip"
    write_large(path, procedures=procedures, deliveries=deliveries, records=records)
    data, rows = path.read_bytes(), {"fct_procedure": procedures, "stg_pulse_delivery": deliveries}
    submitted(tmp_path / "warming", data, rows)
    runs = [submitted(tmp_path / f"home-{run}", data, rows) for run in range(RUNS)]
    worst = max(run["pointer written"] for run in runs)

    def median(step):
        return statistics.median(run[step] for run in runs)

    record(
        f"benchmark-submission-{size}",
        f"{records:,} records over all tables in a warm worker: from file to release",
        [
            f"{procedures:,} procedures, {deliveries:,} pulse rows; {len(data) / 1e6:.1f} MB",
            f"published: median {median('pointer written'):.2f} s of {RUNS} runs"
            f" (worst {worst:.2f} s; bound {bound:.0f} s)",
            f"of it: checked after {median('checked'):.2f} s,"
            f" stored and told after {median('decided'):.2f} s,"
            f" release built after {median('built'):.2f} s",
            f"with the report's workbook, written after publication: {median('done'):.2f} s",
        ],
    )
    assert median("pointer written") <= bound
