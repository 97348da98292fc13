"""The compiled checks give what stock Great Expectations gives on pandas."""

import random
from datetime import date, datetime

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.row_conditions import Column

from ingest.check import CheckFailed, validate
from ingest.compiled import compiled
from ingest.scan import Repeats, Verdicts

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TEXTS = ["A", "B", "AB", "a", "", "A\n", "12", "٣", "1٣", "é", "A;B", "B;A", "A;X", None]
DECIMALS = [0.1, 0.2, 0.30000000000000004, 0.3, 5.0, -1.0, float("nan"), None]
INTEGERS = [0, 1, 2, 10, 11, None]
DATES = [date(2026, 1, 1), date(2026, 1, 2), date(2009, 1, 1), None]
FLAGS = [True, False, None]

EXPECTATIONS = [
    gxe.ExpectColumnValuesToNotBeNull(column="text"),
    gxe.ExpectColumnValuesToNotBeNull(column="decimal"),
    gxe.ExpectColumnValuesToNotBeNull(column="text", mostly=0.5),
    gxe.ExpectColumnValuesToNotBeNull(
        column="decimal", row_condition=Column("text").is_in(["A", "B"])
    ),
    gxe.ExpectColumnValuesToNotBeNull(column="text", row_condition=Column("other").is_not_null()),
    gxe.ExpectColumnValuesToNotBeNull(column="text", row_condition=Column("other") == "A"),
    gxe.ExpectColumnValuesToBeInSet(column="text", value_set=["A", "B"]),
    gxe.ExpectColumnValuesToBeInSet(column="text", value_set=["A", "B"], mostly=0.4),
    gxe.ExpectColumnValuesToBeInSet(column="flag", value_set=[True]),
    gxe.ExpectColumnValuesToMatchRegex(column="text", regex="^[A-Z]$"),
    gxe.ExpectColumnValuesToMatchRegex(column="text", regex="^[0-9]+$"),
    gxe.ExpectColumnValuesToMatchRegex(column="text", regex="^(?:A|B)(?:;(?:A|B))*$"),
    gxe.ExpectColumnValuesToBeBetween(column="decimal", min_value=0.1, max_value=0.3),
    gxe.ExpectColumnValuesToBeBetween(
        column="decimal", min_value=0.1, max_value=0.3, strict_min=True, strict_max=True
    ),
    gxe.ExpectColumnValuesToBeBetween(column="integer", min_value=1, max_value=10),
    gxe.ExpectColumnValuesToBeBetween(column="integer", max_value=10, mostly=0.7),
    gxe.ExpectColumnValuesToBeBetween(column="day", min_value=datetime(2009, 1, 2)),
    gxe.ExpectColumnValueLengthsToBeBetween(column="text", min_value=1, max_value=1),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="day",
        column_B="other_day",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    ),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="decimal",
        column_B="other_decimal",
        ignore_row_if="either_value_is_missing",
    ),
    gxe.ExpectColumnValuesToBeUnique(column="text"),
    gxe.ExpectColumnValuesToBeUnique(column="integer"),
    gxe.ExpectCompoundColumnsToBeUnique(
        column_list=["text", "integer"], ignore_row_if="any_value_is_missing"
    ),
]
SCHEMA = {
    "row_id": pl.Int64,
    "text": pl.String,
    "other": pl.String,
    "decimal": pl.Float64,
    "other_decimal": pl.Float64,
    "integer": pl.Int64,
    "day": pl.Date,
    "other_day": pl.Date,
    "flag": pl.Boolean,
}
DOMAINS = [TEXTS, TEXTS, DECIMALS, DECIMALS, INTEGERS, DATES, DATES, FLAGS]


def drawn(seed: int) -> pl.DataFrame:
    draw = random.Random(seed)
    size = draw.choice([0, 1, 2, 5, 20])
    rows = [(number, *(draw.choice(domain) for domain in DOMAINS)) for number in range(size)]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row", strict=False)
    if seed % 7 == 3:  # a table whose every value is missing
        frame = frame.with_columns(
            pl.lit(None, dtype=kind).alias(name)
            for name, kind in SCHEMA.items()
            if name != "row_id"
        )
    return frame


@pytest.fixture(scope="module")
def stock():
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    definition = (
        context.data_sources.add_pandas("frames")
        .add_dataframe_asset("frame")
        .add_batch_definition_whole_dataframe("all")
    )

    def run(frame: pl.DataFrame):
        pandas = frame.to_pandas()
        for name in ("day", "other_day"):
            pandas[name] = pandas[name].astype("datetime64[ns]")
        for name in ("text", "other", "flag"):
            pandas[name] = pandas[name].astype(object).where(pandas[name].notna(), None)
        batch = definition.get_batch(batch_parameters={"dataframe": pandas})
        return [batch.validate(expectation) for expectation in EXPECTATIONS]

    return run


def compiled_results(frame: pl.DataFrame):
    with duckdb.connect() as connection:
        connection.register("frame", frame.to_arrow())
        connection.execute("create table drawn as from frame")
        connection.execute("create table failures (t varchar, row_id bigint, place int)")
        suite = gx.ExpectationSuite(name="drawn", expectations=list(EXPECTATIONS))
        results = validate(connection, "drawn", suite, failures="failures").results
        rows = connection.execute("select place, count(*) from failures group by 1")
        return results, dict(rows.fetchall())


NUMBERS = ("element_count", "unexpected_count", "missing_count")


@pytest.mark.parametrize(
    "seeds", [range(12), pytest.param(range(12, 200), marks=pytest.mark.trial)]
)
def test_compiled_checks_agree_with_stock_great_expectations_on_pandas(stock, seeds):
    failing = set()
    for seed in seeds:
        frame = drawn(seed)
        results, recorded = compiled_results(frame)
        for place, (ours, theirs) in enumerate(zip(results, stock(frame), strict=True)):
            kind = type(EXPECTATIONS[place]).__name__
            where = (seed, place, kind, theirs.exception_info)
            for number in NUMBERS:
                assert ours.result.get(number) == theirs.result.get(number), (number, where)
            assert ours.success == theirs.success, where
            if ours.result["unexpected_count"]:
                failing.add(kind)
                if "Unique" not in kind:
                    assert recorded[place] == ours.result["unexpected_count"], where
    assert failing == {type(expectation).__name__ for expectation in EXPECTATIONS}


def test_of_repeated_keys_the_second_and_later_rows_are_recorded():
    frame = drawn(0).clear()
    rows = pl.DataFrame({"row_id": [1, 2, 3, 4], "text": ["a", "a", None, "a"]})
    frame = pl.concat([frame, rows], how="diagonal")
    with duckdb.connect() as connection:
        connection.register("frame", frame.to_arrow())
        connection.execute("create table drawn as from frame")
        connection.execute("create table failures (t varchar, row_id bigint, place int)")
        unique = gxe.ExpectColumnValuesToBeUnique(column="text")
        validate(
            connection,
            "drawn",
            gx.ExpectationSuite(name="drawn", expectations=[unique]),
            failures="failures",
        )
        found = connection.execute("select row_id from failures order by 1").fetchall()
    assert found == [(2,), (4,)]


@pytest.mark.parametrize("texts", [["a", "b", None], ["a", "a", None, "b", "a", None]])
def test_repeats_that_are_known_say_what_a_group_for_every_value_would(texts):
    frame = pl.DataFrame({"row_id": range(1, len(texts) + 1), "text": texts})
    later = frame.filter(~pl.col("text").is_first_distinct() & pl.col("text").is_not_null())
    suite = gx.ExpectationSuite(
        name="drawn", expectations=[gxe.ExpectColumnValuesToBeUnique(column="text")]
    )
    said = []
    with duckdb.connect() as connection:
        connection.register("frame", frame.to_arrow())
        connection.register("repeated", later.select("row_id").to_arrow())
        connection.execute("create table drawn as from frame")
        connection.execute("create table failures (t varchar, row_id bigint, place int)")
        known = Repeats("text", "repeated" if later.height else None)
        for repeats in (None, known):
            verdicts = Verdicts("", frozenset(), repeats)
            found = validate(connection, "drawn", suite, "failures", verdicts).results[0]
            rows = connection.execute("delete from failures returning *").fetchall()
            said.append((found.success, found.result, sorted(rows)))
    assert said[0] == said[1]


@pytest.mark.parametrize("pattern", [r"^\d+$", r"^(?=A).*$", r"^(a)\1$"])
def test_a_pattern_on_which_engines_differ_is_not_compiled(pattern):
    expectation = gxe.ExpectColumnValuesToMatchRegex(column="text", regex=pattern)
    assert compiled(expectation, {"text": "VARCHAR"}) is None


def test_a_type_not_compiled_goes_to_the_stock_engine():
    mean = gxe.ExpectColumnMeanToBeBetween(column="row_id", min_value=0, max_value=1)
    with duckdb.connect() as connection:
        connection.execute("create table drawn as select 5 as row_id")
        suite = gx.ExpectationSuite(name="drawn", expectations=[mean])
        assert not validate(connection, "drawn", suite).success


def test_a_check_that_cannot_run_is_our_fault_not_the_data_s():
    absent = gxe.ExpectColumnMeanToBeBetween(column="absent", min_value=0)
    with duckdb.connect() as connection:
        connection.execute("create table drawn as select 5 as row_id")
        suite = gx.ExpectationSuite(name="drawn", expectations=[absent])
        with pytest.raises(CheckFailed):
            validate(connection, "drawn", suite)
