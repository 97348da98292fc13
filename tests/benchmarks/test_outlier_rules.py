"""How often each outlier rule flags at the registry's real volumes; writes the page's table."""

from datetime import UTC, date, datetime, timedelta
from time import process_time

import numpy as np
import polars as pl
import pytest

from sql.reader_sequence import IN_CONTROL, ODDS_RATIO
from sql.statistics.cusum import cusum, threshold_for
from sql.validation import outlier_rules
from tests.benchmarks.outlier_rules import RATES, RUNS, SEED, draw, signals, simulated
from tests.browser import expected
from tests.records import record

pytestmark = pytest.mark.benchmark

MOST_SECONDS = 120
SHOWN = ("tail", "judge", "interpolated", "normal", "multiplicative", "additive", "cusum")


def volumes(months: int) -> tuple[int, ...]:
    """Procedures of each site of the sample registry up to the data date."""
    after = date(expected.LAST.year - months // 12, expected.LAST.month, 30)
    assert after + timedelta(days=1) >= expected.FIRST
    return tuple(
        sum(expected.day(row["procedure_date"]) > after for row in expected.procedures(site))
        for site in expected.sites()
    )


def test_each_rule_at_the_volumes_of_the_registry():
    start = process_time()
    of_windows = {months: volumes(months) for months in (12, 36)}
    rows = [row for months, sizes in of_windows.items() for row in simulated(sizes, months)]
    seconds = process_time() - start
    table = pl.DataFrame(rows, infer_schema_length=None)
    assert table.height == 2 * 5 * 4 * len(SHOWN)
    assert table.select("alert", "alarm").min_horizontal().is_between(0, 1).all()
    outlier_rules.FILE.write_text(table.write_csv(float_precision=4), "utf-8")
    outlier_rules.ABOUT.write_text(_about(of_windows), "utf-8")
    record("benchmark-outlier-rules", "What each outlier rule flags", _lines(table, seconds))
    assert seconds < MOST_SECONDS


def _about(of_windows: dict[int, tuple[int, ...]]) -> str:
    thresholds = [threshold_for(rate, IN_CONTROL, ODDS_RATIO) for rate in RATES]
    lines = [
        "# How outlier_rules.csv was made: by `make bench` (tests/benchmarks).",
        f"made = {datetime.now(UTC):%Y-%m-%d}",
        f"seed = {SEED}",
        f"registries = {RUNS}",
        f"in_control = {IN_CONTROL}  # procedures to a false signal of the CUSUM, on average",
        f"thresholds = {thresholds}  # of the CUSUM, by rate",
        "",
        "[volumes]  # procedures of each site, by months of the window",
        *(f"{months} = {list(sizes)}" for months, sizes in of_windows.items()),
    ]
    return "\n".join(lines) + "\n"


def _lines(table: pl.DataFrame, seconds: float) -> list[str]:
    lines = [f"{RUNS:,} registries a setting, seed {SEED}, {seconds:.0f} s of CPU"]
    for months, rate, rule in (
        table.select("months", "rate", "rule").unique(maintain_order=True).iter_rows()
    ):
        of_rule = table.filter(months=months, rate=rate, rule=rule)
        told = ", ".join(
            f"{risk} times {100 * alert:.1f} %"
            for risk, alert in of_rule.select("relative_risk", "alert").iter_rows()
        )
        lines.append(f"{months} months, target {100 * rate:g} %, {rule}: flagged at {told}")
    return lines


def test_the_cusum_of_the_simulation_is_the_one_that_pages_show():
    sizes = (5, 40)
    drawn = draw(np.random.default_rng(3), sizes, 0.1, 3)
    found = signals(drawn, sizes, 0.1)
    threshold = threshold_for(0.1, IN_CONTROL, ODDS_RATIO)
    for run in range(200):
        for site, n in enumerate(sizes):
            events = drawn.outcomes[run, site, :n].astype(int)
            ours = cusum([0.1] * n, events, threshold, ODDS_RATIO)["is_up_signal"].any()
            assert found[run, site] == ours
