"""The warehouse: a new release file, built whole from what is accepted, and audited."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import site_tables
from expectations.rules import catalogue
from sql import catalog
from sql.answered import Answers, stage_answers
from sql.audit import audit
from sql.files import discard, finish, unfinished
from sql.frames import make as make_table
from sql.guidance import as_table as guidance_table
from sql.hardening import HARDENED, Settings
from sql.ledger_events import Head
from sql.placing import place, stage_key_fields
from sql.policy import as_spans
from sql.policy import as_table as policy_table
from sql.policy import in_force as policy_in_force
from sql.reader_periods import DUE, quarter, quarters
from sql.scoring import stage_scores
from sql.value_sets import NO_VALUES, ValueSet, in_force
from sql.walk import BATCH_ROWS, Accepted, BuildError, stage
from sql.workshop import workshop
from sql.written_alone import without

__all__ = ["Accepted", "BuildError", "build", "release_path"]

SMALL_ROWS = 20_000


def build(
    home: Path,
    accepted: Sequence[Accepted],
    *,
    register: Path,
    number: int,
    today: date,
    built_at: datetime,
    as_of: datetime | None = None,
    answers: Answers = (),
    policy: Path | None = None,
    log_head: Head | None = None,
    erased: Collection[str] = (),
) -> Path:
    """Write a release's full file, audit it, and put it in its place; nothing serves it yet.

    Args:
        accepted: the submissions in the walk: accepted, not withdrawn.
        register: one load of the register: a folder of Parquet files and a manifest.
        number: of the release; its files must not be in use.
        today: decides which quarters have ended and which are due.
        answers: to queries, those that stand today.
        policy: one load of the registry's own policy values; None: those shipped.
        log_head: how far the audit log goes, to be kept in the release.
        erased: what this process has read of erased patients: none of it may be left.

    Raises:
        BuildError: if an audit does not hold; no release file is left.
    """
    path = release_path(home, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = unfinished(path)
    discard(path.parent, path.name)
    try:
        rows = sum(one.rows(name) for one in accepted for name in site_tables())
        with duckdb.connect(str(written), config=HARDENED | sized(rows)) as connection:
            with workshop(connection, is_large=rows > BATCH_ROWS) as keep:
                make(
                    connection,
                    accepted,
                    register=register,
                    today=today,
                    answers=answers,
                    value_sets=home / "value_sets",
                    policy=policy,
                    made=keep,
                )
                _make_release(connection, number, register, today, built_at, as_of, log_head)
            connection.execute("checkpoint")
        without(written, erased)
    except BaseException:
        discard(path.parent, path.name)
        raise
    finish(written, path)
    return path


def sized(rows: int) -> Settings:
    """Settings for the size of the build: a small one is slower with more than one thread."""
    threads: Settings = {"threads": "1"} if rows <= BATCH_ROWS else {}
    # Small blocks make a small release a fifth of its size. A column of many thousand rows
    # is packed block by block: with small ones the commit takes four times as long (measured).
    small: Settings = {"default_block_size": "16384"} if rows <= SMALL_ROWS else {}
    # One transaction goes straight into the file, without a log that is written first.
    return threads | small | {"checkpoint_threshold": "1KB"}


def make(
    connection: duckdb.DuckDBPyConnection,
    accepted: Sequence[Accepted],
    *,
    register: Path,
    today: date,
    answers: Answers = (),
    value_sets: Path | None = None,
    policy: Path | None = None,
    made: Callable[[], None] = lambda: None,
) -> None:
    """Make and audit every table of a release but `release` in an open database.

    `made` is called where every table made so far is complete, and more are to come.
    """
    for macro in catalog.macros():
        connection.execute(
            f"create temp macro {macro.name}({macro.arguments}) as ({macro.expression}\n)"
        )
    walked = stage(connection, accepted, register)
    stage_answers(connection, answers)
    severities = {rule.id: rule.severity for rule in catalogue().values()}
    make_table(
        connection,
        "walk_rule",
        pl.DataFrame({"rule": list(severities), "severity": list(severities.values())}),
    )
    place(connection)
    stage_key_fields(connection)
    stage_scores(connection)
    values = ValueSet(None, None, NO_VALUES) if value_sets is None else in_force(value_sets, today)
    _make_value_set(connection, values)
    _make_quarters(connection, accepted, today)
    make_table(connection, "nice_guidance", guidance_table(), kept=True)
    local = policy_in_force(policy)
    make_table(connection, "local_policy", as_spans(local))
    make_table(connection, "policy_value", policy_table(local), kept=True)
    made()
    for model in catalog.models():
        connection.execute(f"create {model.kept_as} {model.name} as {model.select}")
    made()
    _make_indicators(connection)
    audit(connection, walked)


def release_path(home: Path, number: int) -> Path:
    """Where the full file of a release stands."""
    return home / "releases" / f"release-{number}.duckdb"


def latest_due(today: date) -> date:
    """The last quarter end whose due date has passed."""
    end = quarter(today).start - timedelta(days=1)
    while end + DUE >= today:
        end = quarter(end).start - timedelta(days=1)
    return end


def data_date(connection: duckdb.DuckDBPyConnection, today: date) -> date:
    """How far the data go of what was made: the latest quarter end whose due date has passed
    or, if later, the one to which every site of the register is complete."""
    sites, complete, to = connection.execute("""
        select count(*), count(complete_to), min(complete_to)
        from dim_site
        where is_registered
    """).fetchall()[0]
    due = latest_due(today)
    return max(due, to) if sites and complete == sites else due


def _make_value_set(connection: duckdb.DuckDBPyConnection, values: ValueSet) -> None:
    """The EQ-5D value set in force, and its name for what is shown of it."""
    make_table(connection, "stg_eq5d_value", values.values, kept=True)
    connection.execute(
        "create table eq5d_value_set as select ?::varchar as name, ?::date as since",
        [values.name, values.since],
    )


def _make_quarters(
    connection: duckdb.DuckDBPyConnection, accepted: Sequence[Accepted], today: date
) -> None:
    """The quarters from the first that a submission reports to the last that has ended."""
    starts = [date.fromisoformat(one.manifest["period_start"]) for one in accepted]
    first = min([*starts, latest_due(today)])
    connection.execute("""
        create table dim_quarter (
            quarter_start date, quarter_end date, quarter varchar, financial_year varchar,
            due_date date, is_due boolean
        )
    """)
    ended = [each for each in quarters(first, today) if each.end < today]
    connection.executemany(
        "insert into dim_quarter values (?, ?, ?, ?, ?, ?)",
        [
            (
                each.start,
                each.end,
                each.label,
                each.label.split()[0],
                each.end + DUE,
                each.end + DUE < today,
            )
            for each in ended
        ],
    )


def _make_indicators(connection: duckdb.DuckDBPyConnection) -> None:
    """The registry of indicators, and one table of all their values."""
    make_table(connection, "indicator", _entries(), kept=True)
    columns = {model.name: model.columns for model in catalog.models()}
    selects = []
    for entry in catalog.indicators().values():
        key = " || '|' || ".join(f"found.{part}" for part in catalog.UNIT_KEYS[entry.unit])
        given = columns[entry.model]
        beside = ",\n".join(
            f"{f'found.{name}' if name in given else 'null'}::{kind} as {name}"
            for name, kind in catalog.BESIDE_VALUE.items()
        )
        selects.append(f"""
            select
                '{entry.id}' as indicator_id,
                found.site_id,
                '{entry.unit}' as unit,
                {key} as unit_key,
                {"found.procedure_id" if "procedure_id" in given else "null::varchar"}
                    as procedure_id,
                found.{"event_date" if "event_date" in given else "procedure_date"}
                    as event_date,
                cast(found.value as integer) as value,
                {beside}
            from {entry.model} as found
        """)
    connection.execute(f"""
        create table indicator_value as
        select found.*, procedure.tumour_type, procedure.approach
        from ({" union all ".join(selects)}) as found
        left join fct_procedure as procedure using (site_id, procedure_id)
        where procedure.is_counted or found.procedure_id is null
    """)


@cache  # worked out anew it is a tenth of a small build
def _entries() -> pl.DataFrame:
    entries = [
        asdict(entry) | {"clause": " ".join(entry.clause)}
        for entry in catalog.indicators().values()
    ]
    order = [field.name for field in fields(catalog.Indicator)]
    return pl.DataFrame(entries, infer_schema_length=None).select(order)


def _make_release(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    register: Path,
    today: date,
    built_at: datetime,
    as_of: datetime | None,
    log_head: Head | None,
) -> None:
    """One row that says what the release is, how far its data go, and how far the log went."""
    until = data_date(connection, today)
    loaded = json.loads((register / "manifest.json").read_text("utf-8"))
    connection.execute(
        """
        create table release as
        select
            ?::integer as release_number,
            ?::integer as schema_version,
            ?::timestamp as built_at,
            ?::timestamp as as_of,
            ?::date as data_date,
            ?::integer as register_number,
            (
                select count(*)::integer
                from dim_site
                where is_registered
            ) as sites_expected,
            (
                select count(*)::integer
                from site_quarter
                inner join dim_site using (site_id)
                where dim_site.is_registered
                    and site_quarter.quarter_end = ?
                    and site_quarter.state <> 'missing'
            ) as sites_reporting,
            ?::varchar as code_version,
            ?::integer as log_number,
            ?::varchar as log_hash
        """,
        [
            number,
            catalog.SCHEMA_VERSION,
            built_at.astimezone(UTC).replace(tzinfo=None),
            as_of.astimezone(UTC).replace(tzinfo=None) if as_of else None,
            until,
            loaded["n"],
            until,
            catalog.code_version(),
            *(log_head or (None, None)),
        ],
    )
