"""What an erasure has to rewrite: every row, finding, exclusion and id of its patients.

Made once, before anything is changed, and kept sealed until the erasure is done: once the first
file is rewritten, what hangs from what can no longer be read from the files.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from expectations.dictionary import PATIENT_KEY, Table, site_tables, stored_columns, stored_key
from ingest.history import KEYS
from ingest.home import Home
from ingest.report_kept import unpacked
from ingest.tombstones import owned, places
from sql.accepted import Accepted
from sql.walk import BESIDE, BESIDE_FILES, Files

TEXT = "varchar"
FOUND = ("findings", "resolved", "unlisted")  # the lists of findings in a report
KIND = ["rule", "table_name", "column_name", "record_key"]  # what a finding is, without its row
Ids = dict[str, dict[str, list[str]]]  # by site and table


@dataclass
class Touched:
    """One submission that holds the patients.

    Attributes:
        rows: of theirs that are stored, by table.
        read: of theirs that were received, by table.
        lines: where in the export they stood, by table.
        excluded: of theirs that the site left out; `repeats` that stood there twice.
        findings: on their rows, by severity.
        digest: the canonical digest of what was received without them; None where what was
            received is not kept, so that nobody can work it out.
        raised: what is found at others' rows once they are gone (KEPT_SCHEMA); `lifted` what
            is found there no more (rule, table_name, column_name, record_key).
        is_of_others: it holds nothing of theirs, and what was received stays.
    """

    rows: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    excluded: int = 0
    repeats: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    digest: str | None = None
    raised: list[dict[str, Any]] = field(default_factory=list)
    lifted: list[dict[str, Any]] = field(default_factory=list)
    is_of_others: bool = False


@dataclass
class Plan:
    """The patients, by their keys at rest, and all that is theirs.

    Attributes:
        ids: of their records that have one, by site and table.
        records: the keys of all of their records, by site and table.
        findings: on their records, by identity.
    """

    patients: list[str]
    ids: Ids = field(default_factory=dict)
    records: Ids = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    submissions: dict[str, Touched] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The records that the registry holds of them, each once."""
        return sum(len(keys) for of in self.records.values() for keys in of.values())

    @property
    def words(self) -> set[str]:
        """What tells of them wherever it stands: their keys, and the ids of their records."""
        return {
            *self.patients,
            *(key for of in self.ids.values() for keys in of.values() for key in keys),
        }

    def told(self) -> bytes:
        return json.dumps(asdict(self)).encode("utf-8")


def plan_of(data: bytes) -> Plan:
    """The plan that was told so."""
    found: dict[str, Any] = json.loads(data)
    touched = {name: Touched(**one) for name, one in found.pop("submissions").items()}
    return Plan(**found, submissions=touched)


def planned(home: Home, patients: Collection[str], site_of: Mapping[str, str]) -> Plan:
    """What the registry's home holds of some patients.

    Args:
        site_of: the site of every submission, refused ones too.
    """
    plan = Plan(sorted(patients))
    for site, every in of_sites(home).items():
        _plan_site(plan, site, every)
    plan.findings = sorted({*plan.findings, *_reported(home, plan, site_of)})
    return plan


def of_sites(home: Home) -> dict[str, list[Accepted]]:
    """Every submission that was ever accepted, withdrawn ones too, by site and in order."""
    found: dict[str, list[Accepted]] = defaultdict(list)
    for path in sorted((home.path / "submissions").glob("*/manifest.json")):
        told = json.loads(path.read_text("utf-8"))
        names = ("submission_id", "site_ods_code", "acceptance_number", "submission_type")
        one = Accepted(**{name: told[name] for name in names}, folder=path.parent)
        found[one.site_ods_code].append(one)
    return {site: sorted(of, key=lambda one: one.acceptance_number) for site, of in found.items()}


def theirs(frame: pl.DataFrame, table: Table, plan: Plan, site: str) -> pl.Series:
    """Which rows of a stored table are the patients'."""
    is_unsaid, found = pl.lit(True), pl.lit(False)
    if PATIENT_KEY in frame.columns:
        is_unsaid = pl.col(PATIENT_KEY).is_null()
        found = pl.col(PATIENT_KEY).is_in(plan.patients)
    for column, of in places(table):
        found |= is_unsaid & pl.col(column).is_in(plan.ids.get(site, {}).get(of, []))
    return frame.select(found.fill_null(False).alias("is_theirs")).to_series()


def links(table: Table) -> Iterator[tuple[str, str]]:
    """Every column in which another record's id may stand, and of which table."""
    for name, column in zip(stored_columns(table), table.columns.values(), strict=True):
        if column.references in owned():
            yield name, str(column.references)


def _plan_site(plan: Plan, site: str, every: list[Accepted]) -> None:
    tables = {name: _read(name, every, _columns(table)) for name, table in site_tables().items()}
    excluded = Files(BESIDE_FILES["exclusion"], every, BESIDE["exclusion"]).whole()
    plan.ids[site] = _ids(tables, excluded, plan.patients)
    records: dict[str, set[str]] = defaultdict(set)
    for name, frame in tables.items():
        is_theirs = theirs(frame, site_tables()[name], plan, site)
        records[name] |= set(frame.filter(is_theirs)["record_key"].drop_nulls())
        of_theirs = frame.filter(is_theirs)
        for one, here in of_theirs.group_by("submission_id"):
            touched = plan.submissions.setdefault(str(one[0]), Touched())
            touched.rows[name] = here.height
            touched.lines[name] = sorted(here["source_line"].drop_nulls())
        for column, of in links(site_tables()[name]):  # an id of theirs in another's row
            named = frame.filter(~is_theirs & pl.col(column).is_in(plan.ids[site].get(of, [])))
            _touch(plan, named["submission_id"])
    if not any(records.values()) and not any(plan.ids[site].values()):
        del plan.ids[site]
        return
    out = excluded.filter(pl.lit(excluded_theirs(excluded, plan, site)))
    for one, table, key, line in out.select(
        "submission_id", "table_name", "record_key", "source_line"
    ).iter_rows():
        touched = plan.submissions.setdefault(one, Touched())
        if table is not None and line is not None:
            touched.lines[table] = sorted({*touched.lines.get(table, []), line})
        if table is not None and key is not None:
            records[table].add(key)
    plan.records[site] = {name: sorted(keys) for name, keys in records.items() if keys}
    for name in ("finding", "removed"):
        frame = Files(BESIDE_FILES[name], every, BESIDE[name]).whole()
        found = frame.filter(pl.lit(on_records(frame, "table_name", plan, site)))
        _touch(plan, found["submission_id"])
        if name == "finding":
            plan.findings += found["finding_id"].drop_nulls().to_list()
    keys = Files(KEYS, every, {PATIENT_KEY: TEXT}).whole()
    _touch(plan, keys.filter(pl.col(PATIENT_KEY).is_in(plan.patients))["submission_id"])


def excluded_theirs(excluded: pl.DataFrame, plan: Plan, site: str) -> pl.Series:
    """Which exclusions are of the patients' rows."""
    procedures = plan.ids.get(site, {}).get("procedure", [])
    named = pl.col(PATIENT_KEY).is_in(plan.patients) | pl.col("procedure_id").is_in(procedures)
    found = excluded.select(named.fill_null(False).alias("is_theirs")).to_series()
    return found | on_records(excluded, "table_name", plan, site)


def on_records(frame: pl.DataFrame, table: str, plan: Plan, site: str) -> pl.Series:
    """Which rows name a record of the patients, in `record_key`, by the table in a column."""
    found = pl.lit(False)
    for name, keys in plan.records.get(site, {}).items():
        found |= (pl.col(table) == name) & pl.col("record_key").is_in(keys)
    if plan.patients:  # also in a key of more parts, of a record that was never stored
        found |= pl.col("record_key").str.contains_any(plan.patients)
    return frame.select(found.fill_null(False).alias("is_theirs")).to_series()


def _columns(table: Table) -> dict[str, str]:
    named = [*stored_key(table), *(column for column, _ in [*places(table), *links(table)])]
    named += [PATIENT_KEY] if table.holds_patients else []
    return dict.fromkeys(named, TEXT) | {"record_key": TEXT, "source_line": "bigint"}


def _read(name: str, every: list[Accepted], columns: Mapping[str, str]) -> pl.DataFrame:
    kinds = {column.name: column.duckdb_type for column in site_tables()[name].columns.values()}
    return Files(name, every, {n: kinds.get(n, kind) for n, kind in columns.items()}).whole()


def _ids(
    tables: Mapping[str, pl.DataFrame], excluded: pl.DataFrame, patients: list[str]
) -> dict[str, list[str]]:
    """The ids of the patients' records: an id is of the patient who had it last."""
    found = {}
    for name in owned():
        rows = tables[name].filter(pl.col(PATIENT_KEY).is_not_null())
        last = rows.sort("acceptance_number", maintain_order=True).unique(
            "record_key", keep="last", maintain_order=True
        )
        stored = set(last.filter(pl.col(PATIENT_KEY).is_in(patients))["record_key"])
        others = set(last["record_key"]) - stored
        out = excluded.filter((pl.col("table_name") == name), pl.col(PATIENT_KEY).is_in(patients))
        found[name] = sorted(stored | (set(out["record_key"].drop_nulls()) - others))
    return {name: ids for name, ids in found.items() if ids}


def _touch(plan: Plan, submissions: pl.Series) -> None:
    for one in submissions.unique():
        plan.submissions.setdefault(one, Touched())


def _reported(home: Home, plan: Plan, site_of: Mapping[str, str]) -> Iterator[str]:
    """The findings on their records that stand in reports, of held and refused exports too."""
    for submission_id, site in site_of.items():
        path = home.report_file(submission_id)
        if site in plan.records and path.is_file():
            kept = unpacked(path.read_bytes(), FOUND)
            for frame in (kept.findings, kept.resolved, kept.unlisted):
                found = frame.filter(pl.lit(on_records(frame, "table", plan, site)))
                yield from found["finding_id"].drop_nulls()
