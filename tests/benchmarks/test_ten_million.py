"""Ten million rows are read, typed, checked and told of within 4 GB."""

import json
import subprocess
import sys

import pytest

from expectations.dictionary import tables
from tests.benchmarks.large_table import write_pulses
from tests.records import ROOT, record

pytestmark = pytest.mark.benchmark

TABLE = "pulse_delivery"
ROWS = 10_000_000
MOST = 4_000  # MB
# What write_pulses puts in: an unknown code, a length that is no number, and nine thousand
# pulses, which break their bound and the number that a pair and cycle should get.
FAULTS = [5_003, 4_001, 3_001, 3_001]  # one in so many rows
OF_THE_FILE = 1  # K11: the pulses planned are the same in every row


def test_ten_million_rows_are_checked_within_four_gigabytes(tmp_path):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    write_pulses(small, 1_000)
    write_pulses(large, ROWS)
    command = [sys.executable, "-m", "tests.benchmarks.one_check", small, large, TABLE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    record(
        "benchmark-ten-million",
        f"{ROWS:,} CSV rows × {len(tables()[TABLE].columns)} columns read, typed and checked",
        [
            f"the file: {large.stat().st_size / 1e6:,.0f} MB",
            f"read: {told['read']:.0f} s",
            f"read, typed, checked, findings identified, digest: {told['checked']:.0f} s",
            f"with the report: {told['told']:.0f} s; findings: {told['findings']:,}",
            "peak memory with Great Expectations loaded:"
            f" {told['peak_told']:,.0f} MB (bound {MOST:,})",
        ],
    )
    assert told["rows"] == ROWS
    assert told["findings"] == sum(-(-ROWS // every) for every in FAULTS) + OF_THE_FILE
    assert told["peak_told"] <= MOST
