"""Run every rule on the tables of an export, and on held rows that it may break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from expectations.dictionary import register_tables, site_tables
from expectations.rules import CrossRule
from expectations.suite import RECORD_KEY, cross_rules, suite
from ingest.check import validate, without_verdict
from ingest.findings import FINDING_SCHEMA, findings_of, no_findings
from ingest.lanes import in_two_lanes
from ingest.reading import RawExport
from ingest.scan import Repeats, Verdicts
from ingest.state import COPIED_ROWS, Laid
from ingest.submission import Registry, Submission
from ingest.verdicts import expression, make_checked, make_verdicts, record_held
from sql.catalog import tables_read


@dataclass(frozen=True)
class Judged:
    """What the rules could not say yes or no to."""

    not_evaluated: tuple[str, ...]  # rules whose tables were not there
    not_evaluable: Mapping[str, int]  # by rule, the sent rows without a verdict


def check_tables(
    connection: duckdb.DuckDBPyConnection,
    export: RawExport,
    submission: Submission,
    registry: Registry,
    laid: Laid,
    progress: Callable[[str], None],
) -> Judged:
    """Fill `failing` and `rule_result`; give what could not be judged."""
    connection.execute("create table failing (table_name varchar, row_id bigint, place int)")
    connection.execute(
        "create table rule_result (table_name varchar, rule varchar, column_name varchar,"
        " row_id bigint)"
    )
    not_evaluated: set[str] = set()

    def to_evaluate() -> Iterator[tuple[str, list[CrossRule]]]:
        for name in site_tables():
            progress(name)
            if submission.single_table not in (None, name):
                continue
            asked, unanswerable = _asked(name, _known_tables(name, submission, registry))
            if name in export.records:
                not_evaluated.update(unanswerable)
            if name in export.records or name in laid.held:
                yield name, asked

    def evaluate(table: tuple[str, list[CrossRule]]) -> Counter[str]:
        name, asked = table
        is_sent = name in export.records
        if lanes == 1:
            return _evaluate(connection, name, asked, laid, is_sent=is_sent)
        with connection.cursor() as own:
            return _evaluate(own, name, asked, laid, is_sent=is_sent)

    # What is scanned where it stands is known to one connection only, and to all its threads.
    lanes = 1 if sum(export.records.values()) > COPIED_ROWS else 2
    not_evaluable = sum(in_two_lanes(evaluate, to_evaluate(), lanes), Counter[str]())
    return Judged(tuple(sorted(not_evaluated)), dict(sorted(not_evaluable.items())))


def _asked(name: str, known: set[str]) -> tuple[list[CrossRule], list[str]]:
    """The rules of a table that the known relations answer, and the ids of the others."""
    asked, unanswerable = [], []
    for cross in cross_rules(name):
        needs = {name} if expression(cross.select) else tables_read(cross.select)
        if needs <= known:
            asked.append(cross)
        else:
            unanswerable.append(cross.rule.id)
    return asked, unanswerable


def _evaluate(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    asked: Sequence[CrossRule],
    laid: Laid,
    *,
    is_sent: bool,
) -> Counter[str]:
    """Check the sent rows of a table by its suite, and its held rows by the rules.

    Returns:
        By rule, the sent rows without a verdict.
    """
    # What was sent is scanned as sent; a rule must not take an unknown code for a value.
    is_scanned = name not in laid.miscoded
    expressions = {
        c.column_name: e for c in asked if is_scanned and (e := expression(c.select)) is not None
    }
    make_verdicts(connection, name, [c for c in asked if c.column_name not in expressions])
    if name in laid.held:
        record_held(connection, name, [c for c in asked if expression(c.select) is None])
    if not is_sent:
        return Counter()
    has_repeated = name in laid.repeated
    make_checked(connection, name, expressions, has_repeated=has_repeated)
    rules = {cross.column_name for cross in cross_rules(name)}
    result = validate(
        connection,
        f"checked_{name}",
        suite(name),
        failures="failing",
        verdicts=Verdicts(
            f"verdict_{name}",
            frozenset(rules - set(expressions)),
            Repeats(RECORD_KEY, f"repeated_{name}" if has_repeated else None),
        ),
    )
    return without_verdict(suite(name), result, {cross.column_name for cross in asked})


def _known_tables(name: str, submission: Submission, registry: Registry) -> set[str]:
    """The relations that the rules of a table may read with meaning.

    An export of new and changed records says nothing of those that the registry holds: alone
    it can't show that a scan has no procedure, only that this file has none.
    """
    register = set(register_tables()) if registry.register is not None else set()
    is_part = registry.is_alone and submission.submission_type != "FULL"
    is_alone = is_part or submission.single_table is not None
    sites = {name} if is_alone else set(site_tables())
    return sites | register | {"code_group", "submission", "working_day"}


def failing(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The failing expectations as findings at the sent rows."""
    found = [no_findings()]
    tables = connection.execute("select distinct table_name from failing").fetchall()
    for (checked,) in sorted(tables):
        name = checked.removeprefix("checked_")
        rows = connection.sql(
            f"""
            select failing.place, sent.source_file, sent.source_line, sent.record_key,
                failing.row_id
            from failing inner join sent_{name} as sent using (row_id)
            where failing.table_name = 'checked_{name}'
            """
        ).pl()
        expectations = suite(name).expectations
        about = pl.DataFrame(
            [
                (place, expectations[place].meta["rule"], expectations[place].meta["column"])
                for place in rows["place"].unique().sort()
            ],
            schema={"place": pl.Int32, "rule": pl.String, "column_name": pl.String},
            orient="row",
        )
        found.append(
            rows.join(about, on="place")
            .with_columns(
                pl.lit(name).alias("table_name"),
                pl.lit(None, dtype=pl.String).alias("finding_id"),
            )
            .select(pl.col(column).cast(kind) for column, kind in FINDING_SCHEMA.items())
        )
    return pl.concat(found)


def broken(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Held rows that this export breaks: a rule fails now that was not found before."""
    rows = []
    tables = connection.execute("select distinct table_name from rule_result").fetchall()
    for (name,) in sorted(tables):
        for rule, column, row_id, key, file, line in connection.execute(
            f"""
            select rule_result.rule, rule_result.column_name, rule_result.row_id,
                held.record_key, held.source_file, held.source_line
            from rule_result
            inner join kept_{name} as kept on rule_result.row_id = kept.row_id
            inner join held_{name} as held on kept.record_key = held.record_key
            where rule_result.table_name = ? and not exists (
                select 1 from held_finding
                where held_finding.rule = rule_result.rule
                    and held_finding.record_key = held.record_key
            )
            """,
            [name],
        ).fetchall():
            rows.append(
                {
                    "rule": rule,
                    "table_name": name,
                    "source_file": file,
                    "source_line": line,
                    "column_name": column,
                    "record_key": key,
                    "row_id": row_id,
                }
            )
    return findings_of(rows)


def held_rows(
    connection: duckdb.DuckDBPyConnection, broken: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The held rows that the findings name, whole, so that a value can be emptied."""
    rows = {}
    for name in broken["table_name"].unique().sort():
        keys = broken.filter(pl.col("table_name") == name)["record_key"].unique()
        rows[name] = (
            connection.sql(f"from held_{name}").pl().filter(pl.col("record_key").is_in(keys))
        )
    return rows


def dropped(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """K06: procedures, complications and deaths that a FULL export leaves out, or a
    correction takes away."""
    rows = []
    for name, which in (
        ("procedure", "true"),
        ("complication", "true"),
        ("vital_status", "held.status = 'DEAD'"),
    ):
        # <table> is the state with the export laid over: what was held and isn't in it goes.
        found = connection.execute(
            f"""
            select held.record_key
            from held_{name} as held
            where {which} and not exists (
                select 1 from {name} as state where state.record_key = held.record_key
            )
            order by all
            """
        ).fetchall()
        rows += [{"rule": "K06", "table_name": name, "record_key": key} for (key,) in found]
    return findings_of(rows)


def harmed_procedures(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Keys of the procedures, sent or held, with a complication or whose patient died."""

    def both(table: str, columns: str) -> str:
        return f"(select {columns} from sent_{table} union all select {columns} from held_{table})"

    found = connection.execute(
        f"""
        select record_key
        from {both("procedure", "record_key, procedure_id, patient_key")} as procedure
        where
            procedure_id in (select procedure_id from {both("complication", "procedure_id")})
            or patient_key in (
                select patient_key
                from {both("vital_status", "patient_key, status")}
                where status = 'DEAD'
            )
        """
    ).fetchall()
    return frozenset(key for (key,) in found)
