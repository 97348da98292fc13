"""What is found at the rows of others, once the patients of an erasure are gone.

A rule that looks across patients (D07: the first enrolment of a study) and a pattern of a whole
column (K11, K12, D19) may say something else of the rest. Each submission is asked twice, with
the patients and without, against the site as it was when it was accepted, and only what differs
is changed: nothing is judged anew by rules that have changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import site_tables, stored_columns
from expectations.rules import sql_rules
from ingest.accepted_of import accepted_of
from ingest.answers import with_digests
from ingest.effects import with_effects
from ingest.erasure_plan import KIND, Plan, Touched, of_sites, on_records, theirs
from ingest.findings import FINDING_SCHEMA, findings_of, no_findings
from ingest.identity import identified
from ingest.links import Rows, procedure_links
from ingest.report_frames import NEW
from ingest.state import (
    PLACE,
    lay_over,
    load_code_groups,
    load_held,
    load_sent,
    load_submission,
    sized,
)
from ingest.telling import in_words
from ingest.verdicts import make_verdicts
from ingest.whole_file import patterns
from ingest.work import Work
from ingest.working_days import load_working_days
from sql.hardening import HARDENED
from sql.keyring import Keyring
from sql.walk import BESIDE_FILES, Accepted, Keep, current


@dataclass(frozen=True)
class _Asked:
    """A submission's rows and those that the registry held then, and what is found at them."""

    sent: Rows
    held: Rows
    links: Rows
    found: pl.DataFrame  # FINDING_SCHEMA


def add_moved(work: Work, plan: Plan) -> None:
    """Enter into a plan what is found, and found no more, at the rows of others."""
    for site, every in of_sites(work.home).items():
        if site in plan.records:
            _of_site(work, plan, site, every)


def _of_site(work: Work, plan: Plan, site: str, every: list[Accepted]) -> None:
    def everyone(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows

    def others(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.filter(~theirs(rows, site_tables()[name], plan, site))

    stored = {one.submission_id: _stored(one) for one in every}
    anew = dict(stored)  # as found without the patients
    for one in every:
        walk = accepted_of(work.home, work.ledger.walk(after=one.acceptance_number), site)
        walk = [w for w in walk if w.acceptance_number < one.acceptance_number]
        rows, rest = _rows(one, walk, everyone), _rows(one, walk, others)
        if _heights(rows) == _heights(rest):
            continue
        with_them = _asked(work, one, rows, [stored[w.submission_id] for w in walk])
        without = _asked(work, one, rest, [anew[w.submission_id] for w in walk])
        here = stored[one.submission_id]
        raised = _but(_but(without.found, with_them.found), here)
        no_more = _but(with_them.found, without.found)
        lifted = here.join(no_more, on=KIND, how="semi", nulls_equal=True)
        lifted = lifted.filter(~on_records(lifted, "table_name", plan, site))
        if raised.height or lifted.height:
            unheard = Touched(is_of_others=True)
            touched = plan.submissions.setdefault(one.submission_id, unheard)
            touched.raised = _in_words(raised, without, site, work.home.storage_keys()).to_dicts()
            touched.lifted = lifted.to_dicts()
            anew[one.submission_id] = pl.concat([_but(here, lifted), raised.select(KIND)])


def _but(findings: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return findings.join(others, on=KIND, how="anti", nulls_equal=True)


def _stored(one: Accepted) -> pl.DataFrame:
    return pl.read_parquet(one.folder / f"{BESIDE_FILES['finding']}.parquet").select(KIND)


def _rows(one: Accepted, walk: list[Accepted], keep: Keep) -> tuple[Rows, Rows]:
    """What was sent, as check it saw it but for what was left out, and what was held then."""
    held = {} if one.submission_type == "FULL" else current(walk, keep)
    extract = datetime.fromisoformat(one.manifest["extract_datetime"]).date()
    sent = {}
    for name, rows in current([one], keep).items():
        if rows.height:
            number = pl.int_range(1, pl.len() + 1).alias("row_id")
            columns = [*stored_columns(site_tables()[name]), *PLACE]
            day = pl.lit(extract).alias("extract_date")
            sent[name] = rows.select(*columns, number, day)
    return sent, {name: rows for name, rows in held.items() if rows.height}


def _heights(rows: tuple[Rows, Rows]) -> list[dict[str, int]]:
    return [{name: frame.height for name, frame in part.items()} for part in rows]


def _asked(work: Work, one: Accepted, rows: tuple[Rows, Rows], known: list[pl.DataFrame]) -> _Asked:
    """Ask a submission what looks across patients; `known` was found in the walk before it."""
    sent, held = rows
    manifest = one.manifest
    accepted_at = datetime.fromisoformat(manifest["accepted_at"])
    register = work.home.newest_register(accepted_at)
    size = sum(frame.height for frame in sent.values())
    with duckdb.connect(config=HARDENED | sized(size)) as connection:
        load_code_groups(connection)
        load_working_days(connection)
        load_submission(connection, datetime.fromisoformat(manifest["extract_datetime"]).date())
        load_sent(connection, sent)
        load_held(connection, (), register)
        for name, frame in held.items():
            columns = ", ".join([*stored_columns(site_tables()[name]), *PLACE])
            connection.register(f"current_{name}", frame.to_arrow())
            view = f"create or replace view held_{name} as select {columns} from current_{name}"
            connection.execute(view)
        is_full = one.submission_type == "FULL"
        lay_over(connection, sent, is_full=is_full, removed=_removed(one.folder))
        found = _across(connection, rows, pl.concat([no_findings().select(KIND), *known]))
        found = found.filter(~pl.col("rule").is_in(manifest["not_evaluated"]))
        links = procedure_links(connection, sent)
        if "rolled_back_to" in manifest:  # it carries what was found at rows, in their own files
            file = pl.col("source_file").str.replace("^.*/", "")
            return _Asked(sent, held, links, found.with_columns(file))
        whole = findings_of(list(patterns(connection)))
    return _Asked(sent, held, links, pl.concat([found, whole]))


def _removed(folder: Path) -> pl.DataFrame | None:
    """What the export itself took away; not the held rows that could not stand beside it."""
    path = folder / "removed.parquet"
    if not path.exists():
        return None
    return pl.read_parquet(path).filter(~pl.col("reason").str.starts_with("excluded: "))


def _across(
    connection: duckdb.DuckDBPyConnection, rows: tuple[Rows, Rows], known: pl.DataFrame
) -> pl.DataFrame:
    """The rows that fail a rule which looks across patients; a held one that did not before."""
    found = [no_findings()]
    for name in site_tables():
        rules = [one for one in sql_rules() if one.table == name and one.looks_across]
        if not rules:
            continue
        make_verdicts(connection, name, rules)
        failing = connection.sql(
            "select column_name as asked, unnest(failing || failing_held) as row_id"
            f" from verdict_{name}"
        ).pl()
        about = [(one.column_name, one.rule.id, name, one.column) for one in rules]
        schema = dict.fromkeys(("asked", "rule", "table_name", "column_name"), pl.String)
        said = failing.join(pl.DataFrame(about, schema=schema, orient="row"), on="asked")
        there = said.join(_places(connection, name, rows), on="row_id")
        is_new = there.join(known, on=["rule", "record_key"], how="anti")
        there = pl.concat([there.filter(pl.col("row_id") > 0), is_new.filter(pl.col("row_id") < 0)])
        found.append(findings_of(there.drop("asked").to_dicts()))
    return pl.concat(found)


def _places(
    connection: duckdb.DuckDBPyConnection, name: str, rows: tuple[Rows, Rows]
) -> pl.DataFrame:
    sent, held = (part.get(name) for part in rows)
    schema = {column: FINDING_SCHEMA[column] for column in ("row_id", *PLACE)}
    places = [pl.DataFrame(schema=schema)]
    if sent is not None:
        places.append(sent.select(pl.col(column).cast(kind) for column, kind in schema.items()))
    if held is not None:
        kept = connection.sql(f"select row_id, record_key from kept_{name}").pl()
        beside = kept.join(held.select(PLACE), on="record_key")
        places.append(beside.select(pl.col(column).cast(kind) for column, kind in schema.items()))
    return pl.concat(places)


def _in_words(
    raised: pl.DataFrame, asked: _Asked, site: str, storage_keys: Keyring
) -> pl.DataFrame:
    """What is found now as a report says it, KEPT_SCHEMA."""
    found = identified(raised, asked.sent, site)
    told = with_effects(found, asked.sent, asked.held, asked.links)
    told = with_digests(told, asked.sent, asked.held, storage_keys)
    status, answer = pl.lit(NEW).alias("status"), pl.lit(None, pl.String).alias("answer")
    return in_words(told.with_columns(status, answer))
