"""Check one export against the site as it would be, and say what follows.

The typed rows are laid over what the registry holds for the site; every rule reads that
state, and only rows of this export, or held rows that it breaks, are reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import duckdb
import polars as pl

from expectations.dictionary import PATIENT, register_tables, site_tables
from ingest.canonical import canonical_digest
from ingest.check import CheckFailed
from ingest.coded import as_text
from ingest.conform import conform
from ingest.findings import (
    FINDING_SCHEMA,
    at_rows,
    findings_of,
    no_findings,
    one_a_cell,
    severity_counts,
)
from ingest.identity import are_listed, identified, in_order
from ingest.lanes import in_two_lanes
from ingest.left_out import Arrived, without_erased
from ingest.links import procedure_links
from ingest.locked_rows import locked_row_findings
from ingest.pseudonym import patient_keys
from ingest.reading import RawExport
from ingest.rules_run import broken, check_tables, dropped, failing, harmed_procedures, held_rows
from ingest.state import (
    COPIED_ROWS,
    SEPARATOR,
    lay_over,
    load_code_groups,
    load_held,
    load_sent,
    load_submission,
    sent_rows,
    sized,
)
from ingest.submission import Registry, Submission
from ingest.whole_file import whole_file_findings
from ingest.working_days import load_working_days
from sql.hardening import HARDENED

SITE = "site_ods_code"

# More than this share, and at least this number, of repeated keys is a broken export.
REPEATED_SHARE, REPEATED_ROWS = 0.01, 20


@dataclass(frozen=True)
class Assessment:
    """Everything the check found, and the typed rows it found it in."""

    verdict: str  # accepted, held or refused
    submission: Submission
    findings: pl.DataFrame  # FINDING_SCHEMA
    records: Mapping[str, int]
    notices: tuple[str, ...]
    not_evaluated: tuple[str, ...]  # rules whose tables were not there
    not_evaluable: Mapping[str, int]  # by rule, the rows on which it could not say yes or no
    sent: Mapping[str, pl.DataFrame]  # stored columns, record_key, source_file, source_line
    held: Mapping[str, pl.DataFrame]  # held rows that it breaks or drops, same columns
    digest: str
    removed: pl.DataFrame | None  # table_name, record_key, reason
    harmed: frozenset[str]  # procedures with a complication, or whose patient died
    links: Mapping[str, pl.DataFrame]  # by which records find their procedures
    held_numbers: bool  # NHS numbers, dropped: then what was received is not kept
    erased: int = 0  # records left out, of patients who asked for erasure: nor is it then

    @cached_property
    def typed(self) -> Mapping[str, pl.DataFrame]:
        """The sent rows, each text as itself: of a large export they are sent as codes."""
        return {name: as_text(frame) for name, frame in self.sent.items()}


def assess(
    export: RawExport,
    submission: Submission,
    registry: Registry,
    progress: Callable[[str], None] = lambda _: None,
) -> Assessment:
    """Type, check and judge an export that could be read; its tables are taken out of it.

    Raises:
        CheckFailed: where a check of ours did not run to its end.
    """
    sent, typed, notices, untypable = _conformed(export, submission, registry)
    removed = _removed(export.removed, registry)
    arrived = without_erased(
        Arrived(export, sent, typed, untypable, removed), submission.site, registry
    )
    export, sent, typed, removed = arrived.export, arrived.sent, arrived.typed, arrived.removed
    rows = sum(frame.height for frame in sent.values())
    with (
        ThreadPoolExecutor(1) as beside,
        duckdb.connect(config=HARDENED | sized(rows)) as connection,
    ):
        digest = beside.submit(canonical_digest, export.manifest, typed, export.removed)
        if rows > COPIED_ROWS:  # what the digest of a large one needs is not wanted any longer
            digest.result()
        del typed
        load_code_groups(connection)
        load_working_days(connection)
        load_submission(connection, submission.extract_datetime.date())
        load_sent(connection, sent)
        load_held(connection, registry.accepted, registry.register)
        is_full = submission.submission_type == "FULL"
        laid = lay_over(connection, sent, is_full=is_full, removed=removed)
        judged = check_tables(connection, export, submission, registry, laid, progress)
        found = failing(connection)
        breaks = broken(connection)
        drops = dropped(connection)
        held = held_rows(connection, pl.concat([breaks, drops]))
        links = procedure_links(connection, sent)
        harm = harmed_procedures(connection)
        findings = one_a_cell(pl.concat([_read_findings(export, sent), arrived.findings, found]))
        whole = whole_file_findings(connection, submission, registry, findings)
        locked = locked_row_findings(connection, submission, registry)
    findings = pl.concat(
        [
            findings,
            breaks,
            drops,
            whole,
            locked,
            _register_findings(export, registry),
            *_submission_findings(sent, export.records, submission, registry, findings),
        ]
    )
    findings = in_order(findings)
    counts = severity_counts(findings)
    verdict = "refused" if counts["F"] else "held" if counts["R"] else "accepted"
    # Of a refused export that is compared with nothing only what is listed is named.
    is_compared = verdict != "refused" or registry.last is not None or bool(registry.answers)
    asked = None if is_compared else are_listed(findings)
    findings = identified(findings, sent, submission.site, asked)
    return Assessment(
        verdict=verdict,
        submission=submission,
        findings=findings,
        records=arrived.records,
        notices=(*export.notices, *notices, *arrived.notices),
        not_evaluated=judged.not_evaluated,
        not_evaluable=judged.not_evaluable,
        sent=sent,
        held=held,
        digest=digest.result(),
        removed=removed,
        harmed=harm,
        links=links,
        held_numbers=export.held_numbers,
        erased=arrived.left_out,
    )


def _conformed(
    export: RawExport, submission: Submission, registry: Registry
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame], list[str], pl.DataFrame]:
    def conformed(name: str) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...], pl.DataFrame]:
        raw = export.tables.pop(name)  # a large one is not wanted beside its typed rows
        table = site_tables()[name]
        frame, untypable, said = conform(raw, table)
        if frame.height != export.records[name]:
            raise CheckFailed(f"{name}: {export.records[name]} records, {frame.height} typed")
        rows = sent_rows(
            frame,
            table,
            file=raw.file,
            extract=submission.extract_datetime.date(),
            storage_keys=registry.storage_keys,
        )
        return frame, rows, said, at_rows(untypable, rows, name)

    names = list(export.tables)
    lanes = 1 if sum(export.records.values()) > COPIED_ROWS else 2
    found = in_two_lanes(conformed, names, lanes)
    typed = {name: one[0] for name, one in zip(names, found, strict=True)}
    sent = {name: one[1] for name, one in zip(names, found, strict=True)}
    notices = [said for one in found for said in one[2]]
    return sent, typed, notices, pl.concat([no_findings(), *(one[3] for one in found)])


def _read_findings(export: RawExport, sent: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    found = [no_findings()]
    for place in export.findings:
        at = {"rule": place.rule, "source_line": place.line, "column_name": place.column}
        frame = pl.DataFrame([at], schema={n: FINDING_SCHEMA[n] for n in at})
        if place.table is not None and place.table in sent:
            found.append(at_rows(frame, sent[place.table], place.table))
        else:
            found.append(findings_of([at | {"table_name": place.table, "source_file": place.file}]))
    return pl.concat(found)


def _register_findings(export: RawExport, registry: Registry) -> pl.DataFrame:
    """Rows of the register's tables in an export that differ from the register."""
    rows = []
    for name, raw in export.register_tables.items():
        if registry.register is None:
            continue
        table = register_tables()[name]
        sent, _, _ = conform(raw, table)
        columns = [column for column in table.columns if column in raw.frame.columns]
        known = pl.read_parquet(registry.register / f"{name}.parquet").select(columns)
        differing = sent.join(known, on=columns, how="anti", nulls_equal=True)
        for row in differing.iter_rows(named=True):
            key = SEPARATOR.join(str(row[part]) for part in table.key)
            at = {"table_name": name, "source_file": raw.file, "record_key": key}
            rows.append({"rule": "READ.REGISTER_DIFFERS", "source_line": row["source_line"]} | at)
    return findings_of(rows)


def _removed(removed: pl.DataFrame | None, registry: Registry) -> pl.DataFrame | None:
    """removed.csv as table_name, record_key and reason, keys as they stand at rest."""
    if removed is None:
        return None
    rows = []
    for row in removed.iter_rows(named=True):
        table = site_tables()[row["table"]]
        parts = {name: row[name] for name in table.key}
        if PATIENT in parts:
            parts[PATIENT] = patient_keys(pl.Series([parts[PATIENT]]), registry.storage_keys)[0]
        rows.append((table.name, SEPARATOR.join(parts.values()), row["reason"]))
    schema = {"table_name": pl.String, "record_key": pl.String, "reason": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _submission_findings(
    sent: Mapping[str, pl.DataFrame],
    records: Mapping[str, int],
    submission: Submission,
    registry: Registry,
    findings: pl.DataFrame,
) -> list[pl.DataFrame]:
    """Findings about the submission as a whole: K03, K04b, K09, OLDER."""
    found = [_foreign_sites(sent, submission.site, findings)]
    for name, frame in sent.items():
        repeated = findings.filter((pl.col("rule") == "K04a") & (pl.col("table_name") == name))
        if repeated.height >= REPEATED_ROWS and repeated.height > REPEATED_SHARE * frame.height:
            found.append(findings_of([{"rule": "K04b", "table_name": name}]))
    # A nil return is contradicted by what was sent, though it is left out since.
    procedures = records.get("procedure", 0)
    is_correction = submission.submission_type == "CORRECTION"  # may carry any tables
    contradicts = submission.nil_return == (procedures > 0)
    if submission.nil_return is not None and contradicts and not is_correction:
        found.append(findings_of([{"rule": "K09", "table_name": "procedure"}]))
    newest = registry.newest_extract
    if newest is not None and submission.extract_datetime < newest:
        found.append(findings_of([{"rule": "READ.OLDER"}]))
    return found


def _foreign_sites(
    sent: Mapping[str, pl.DataFrame], site: str, findings: pl.DataFrame
) -> pl.DataFrame:
    """K03: well-formed site codes that are not the submitting site's."""
    found = [no_findings()]
    for name, frame in sent.items():
        if SITE not in frame.columns:
            continue
        malformed = findings.filter(
            (pl.col("table_name") == name) & (pl.col("column_name") == SITE)
        )["row_id"]
        other = frame.filter(
            pl.col(SITE).is_not_null()
            & (pl.col(SITE) != site)
            & ~pl.col("row_id").is_in(malformed.implode())
        )
        places = other.select(
            pl.lit("K03").alias("rule"), "source_line", pl.lit(SITE).alias("column_name")
        )
        found.append(at_rows(places, frame, name))
    return pl.concat(found)
