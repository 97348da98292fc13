"""The compiled check against bare DuckDB and against Great Expectations on pandas."""

import resource
import statistics
import time
from datetime import datetime

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
import pytest
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.row_conditions import Column

from ingest.check import validate
from ingest.compiled import KeyCheck, compiled
from tests.records import record

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

ROWS = 1_000_000
RUNS = 5
CODES = ["PERCUTANEOUS", "LAPAROSCOPIC", "OPEN"]

# 25 columns like a procedure's, with 0.05 to 2 % of errors planted in each.
TABLE = """
    create table reg as
    select
        i as row_id,
        'P' || (i - case when i % 5000 = 0 then 1 else 0 end) as procedure_id,
        case when i % 997 = 0 then null else 'A' || (i % 90000) end as patient_key,
        case when i % 501 = 0 then 'zz1' else 'ZZ' || (100 + i % 8) end as site_id,
        date '2024-04-01' + (i % 900)::int as procedure_date,
        procedure_date - (case when i % 777 = 0 then -1 else 1 end) as admitted,
        procedure_date + (case when i % 888 = 0 then -1 else 2 end) as discharged,
        case when i % 300 = 0 then 'OTHER' else ['PERCUTANEOUS', 'LAPAROSCOPIC', 'OPEN'][1 + i % 3]
            end as approach,
        case when i % 400 = 0 then 'NONE' else 'GA' end as anaesthesia,
        case when i % 1000 = 0 then null else (i % 3 = 0) end as is_supervised,
        (random() * 120)::bigint as sbp_add,
        case when i % 450 = 0 then 400 else 120 + i % 80 end as max_sbp,
        case when i % 350 = 0 then 5 else 60 + i % 200 end as minutes,
        1 + i % 11 as lesions,
        case when i % 250 = 0 then 55.5 else 10 + (i % 150) / 10.0 end::double as spacing_mm,
        case when i % 150 = 0 then null else (i % 100) / 10.0 end::double as angle_deg,
        case when i % 650 = 0 then 3500 else 1500 + i % 1400 end as voltage_v,
        70 + i % 31 as pulses,
        case when i % 90 = 0 then 'x' || i else 'M' || lpad((i % 99999)::varchar, 6, '0') end
            as mdt_id,
        case when i % 80 = 0 then null else 'E' || i end as enrolment_id,
        case when i % 700 = 0 then 'J12' else 'J12.8' end as opcs4,
        ['Y', 'N', 'ABORTED'][1 + i % 3] as success,
        case when i % 6 = 0 then null else 'ACCESS' end as abort_reason,
        i % 333 <> 0 as rule_a,
        case when i % 50 = 0 then null else i % 444 <> 0 end as rule_b
    from range(1, {rows} + 1) as series(i)
"""


def expectations():
    between = [
        ("max_sbp", 50, 320),
        ("minutes", 10, 900),
        ("lesions", 1, 10),
        ("spacing_mm", 3.0, 40.0),
        ("angle_deg", 0.0, 9.5),
        ("voltage_v", 100, 3000),
        ("pulses", 1, 99),
        ("sbp_add", 0, 119),
    ]
    return [
        *(
            gxe.ExpectColumnValuesToNotBeNull(column=name)
            for name in ("procedure_id", "patient_key", "site_id", "procedure_date")
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="enrolment_id"),
        gxe.ExpectColumnValuesToNotBeNull(column="is_supervised"),
        gxe.ExpectColumnValuesToBeInSet(column="approach", value_set=CODES),
        gxe.ExpectColumnValuesToBeInSet(column="anaesthesia", value_set=["GA", "SEDATION"]),
        gxe.ExpectColumnValuesToBeInSet(column="success", value_set=["Y", "N", "ABORTED"]),
        gxe.ExpectColumnValuesToBeInSet(column="abort_reason", value_set=["ACCESS"]),
        *(
            gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
            for name, low, high in between
        ),
        gxe.ExpectColumnValuesToMatchRegex(column="site_id", regex="^[A-Z0-9]{5}$"),
        gxe.ExpectColumnValuesToMatchRegex(column="mdt_id", regex="^M[0-9]{6}$"),
        gxe.ExpectColumnValuesToMatchRegex(column="opcs4", regex="^[A-Z][0-9]{2}[.][0-9]$"),
        gxe.ExpectColumnValuesToBeUnique(column="procedure_id"),
        *(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=later,
                column_B=earlier,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            )
            for later, earlier in (
                ("procedure_date", "admitted"),
                ("discharged", "procedure_date"),
                ("discharged", "admitted"),
            )
        ),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["patient_key", "procedure_date", "mdt_id"],
            ignore_row_if="any_value_is_missing",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="abort_reason", row_condition=Column("success").is_in(["N", "ABORTED"])
        ),
        gxe.ExpectColumnValuesToBeInSet(column="rule_a", value_set=[True]),
        gxe.ExpectColumnValuesToBeInSet(column="rule_b", value_set=[True]),
        gxe.ExpectColumnValuesToBeBetween(
            column="procedure_date", min_value=datetime(2024, 4, 1), max_value=datetime(2026, 9, 1)
        ),
    ]


def floor_queries(suite, types):
    """What a person would write by hand to count the same rules: one scan, two group-bys."""
    counts, queries = ["count(*)"], []
    for expectation in suite.expectations:
        check = compiled(expectation, types)
        assert check is not None
        if isinstance(check, KeyCheck):
            keys = ", ".join(check.columns)
            queries.append(
                f"select sum(n) from (select count(*) as n from reg where not ({check.ignored})"
                f" group by {keys} having count(*) > 1)"
            )
        else:
            counts.append(f"count_if(({check.condition}) and {check.fails})")
    return [f"select {', '.join(counts)} from reg", *queries]


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def test_the_compiled_check_runs_near_the_floor_and_far_below_pandas():
    suite = gx.ExpectationSuite(name="reg", expectations=expectations())
    assert len(suite.expectations) == 30
    with duckdb.connect() as connection:
        connection.execute(TABLE.format(rows=ROWS))
        types = {name: kind for name, kind, *_ in connection.execute("describe reg").fetchall()}
        assert len(types) == 25
        queries = floor_queries(suite, types)

        def floor():
            for query in queries:
                connection.execute(query).fetchall()

        def counted():
            validate(connection, "reg", suite)

        def recorded():
            connection.execute(
                "create or replace table failures (t varchar, row_id bigint, place int)"
            )
            validate(connection, "reg", suite, failures="failures")

        runs = {"floor": [], "compiled": [], "every failing row recorded": []}
        for _ in range(RUNS + 1):
            runs["floor"].append(seconds(floor))
            runs["compiled"].append(seconds(counted))
            runs["every failing row recorded"].append(seconds(recorded))
        medians = {name: statistics.median(times[1:]) for name, times in runs.items()}
        ours = validate(connection, "reg", suite)
        failing = connection.execute("select count(*) from failures").fetchall()[0][0]
        frame = connection.sql("from reg").pl().to_pandas()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    medians["Great Expectations on pandas"], theirs = on_pandas(frame, suite)
    assert failures_of(ours.results) == failures_of(theirs)
    floor_seconds = medians["floor"]
    lines = [
        f"{name}: {value:.3f} s, {value / floor_seconds:.2f} × the floor"
        for name, value in medians.items()
    ]
    lines.append(f"failing rows recorded: {failing:,}; peak memory {peak:,.0f} MB (before pandas)")
    record("benchmark-compiled-check", f"{ROWS:,} rows × 25 columns × 30 expectations", lines)
    assert medians["compiled"] <= 1.3 * floor_seconds
    assert medians["every failing row recorded"] <= 2.5 * floor_seconds
    assert medians["Great Expectations on pandas"] >= 10 * medians["compiled"]


def failures_of(results):
    """Failing rows by expectation; the stock engine gives its results in an order of its own."""
    found = {}
    for result in results:
        config = result.expectation_config
        about = {k: str(v) for k, v in config.kwargs.items() if k != "batch_id"}
        found[config.type, tuple(sorted(about.items()))] = result.result["unexpected_count"]
    return found


def on_pandas(frame, suite):
    """One run of the stock engine: the whole suite, summary results."""
    for name in ("procedure_date", "admitted", "discharged"):
        frame[name] = frame[name].astype("datetime64[ns]")
    for name in ("is_supervised", "rule_b"):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = (
        context.data_sources.add_pandas("frames")
        .add_dataframe_asset("reg")
        .add_batch_definition_whole_dataframe("all")
        .get_batch(batch_parameters={"dataframe": frame})
    )
    start = time.perf_counter()
    results = batch.validate(suite, result_format="SUMMARY").results
    return time.perf_counter() - start, results
