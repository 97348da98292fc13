"""Rewrite one accepted submission, or one report, without the patients of an erasure.

Each file is replaced whole and the manifest last: stopped anywhere, the same is done again and
ends the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from expectations.dictionary import PATIENT_KEY, site_tables
from expectations.rules import catalogue
from ingest.erasure_plan import (
    KIND,
    Plan,
    Touched,
    excluded_theirs,
    links,
    on_records,
    theirs,
)
from ingest.files import write_whole
from ingest.findings import severity_counts
from ingest.folder import EXPORT, write_rows
from ingest.history import KEYS
from ingest.report_frames import KEPT_SCHEMA
from ingest.report_kept import Kept, packed, unpacked
from ingest.rollback import state_digest, whole_state
from ingest.shown_keys import shown_key

LIFTED = dict.fromkeys(KIND, pl.String)
Said = Mapping[str, Any]  # of an erasure: its number, at, by


def rewrite(folder: Path, touched: Touched, plan: Plan, said: Said) -> dict[str, Any]:
    """Rewrite a submission's folder; gives the entry that its manifest has of it."""
    path = folder / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    before = [one for one in manifest.get("erasures", []) if one["erasure"] == said["erasure"]]
    if before:
        _without_leftovers(folder, touched)
        return dict(before[0])
    old = {"canonical_digest": manifest["canonical_digest"], "tables": _digests(manifest)}
    site = manifest["site_ods_code"]
    for name, frame in beside(folder, touched, plan, site).items():
        _replace(folder / f"{name}.parquet", frame)
    _rewrite_tables(folder, manifest, touched, plan)
    if "rolled_back_to" in manifest:
        manifest["canonical_digest"] = manifest["sha256"] = state_digest(_state(folder))
    elif not touched.is_of_others:
        manifest["canonical_digest"], manifest["export_kept"] = touched.digest, False
    rows = sum(touched.rows.values())
    manifest["records_read"] -= sum(touched.read.values()) or rows + touched.excluded
    manifest["records_excluded"] -= touched.excluded
    manifest["duplicates"] -= touched.repeats
    if "rolled_back_to" not in manifest:  # what it carries was counted where it was found
        manifest["findings"] = _counts(manifest["findings"], touched)
    new = {"canonical_digest": manifest["canonical_digest"], "tables": _digests(manifest)}
    entry = {**said, "rows": rows, "old": old, "new": new}
    manifest["erasures"] = [*manifest.get("erasures", []), entry]
    write_whole(path, json.dumps(manifest, indent=1).encode("utf-8"))
    _without_leftovers(folder, touched)
    return entry


def _counts(counts: Mapping[str, int], touched: Touched) -> dict[str, int]:
    """The findings by severity without theirs, as they are now at the rows of others."""
    rows = (pl.DataFrame(one, schema=["rule"]) for one in (touched.raised, touched.lifted))
    raised, lifted = map(severity_counts, rows)
    moved = {severity: raised[severity] - lifted[severity] for severity in raised}
    return {s: max(counts[s] - touched.findings.get(s, 0) + n, 0) for s, n in moved.items()}


def _digests(manifest: Said) -> dict[str, str]:
    return {name: told["sha256"] for name, told in manifest["tables"].items()}


def _rewrite_tables(folder: Path, manifest: dict[str, Any], touched: Touched, plan: Plan) -> None:
    """The tables' rows without theirs, and without their ids in the rows of others."""
    site, tables = manifest["site_ods_code"], {}
    for name, told in manifest["tables"].items():
        table, path = site_tables()[name], folder / f"{name}.parquet"
        if not path.exists():  # it held nothing else, and was taken away before a stop
            continue
        rows = pl.read_parquet(path)
        kept = rows.filter(~theirs(rows, table, plan, site))
        gone = touched.rows.get(name, 0)
        if kept.height != told["rows"] - gone:
            raise RuntimeError(f"{name}: {told['rows']} rows, {gone} to erase, {kept.height} kept")
        for column, of in links(table):
            ids = plan.ids.get(site, {}).get(of, [])
            if column in kept.columns:
                value = pl.when(~pl.col(column).is_in(ids)).then(pl.col(column))
                kept = kept.with_columns(value.alias(column))
        if kept.height:
            tables[name] = {"rows": kept.height, "sha256": _replace(path, kept)}
        else:
            path.unlink()
    manifest["tables"] = tables


def beside(folder: Path, touched: Touched, plan: Plan, site: str) -> dict[str, pl.DataFrame]:
    """Findings, exclusions, removals and history keys, as far as they are there, without theirs."""
    kept = {}
    for name in ("findings", "exclusions", "removed", KEYS):
        path = folder / f"{name}.parquet"
        if path.exists():
            rows = pl.read_parquet(path)
            kept[name] = rows.filter(~_beside_theirs(name, rows, touched, plan, site))
    kept["findings"] = _moved(kept["findings"], touched)
    return kept


# A finding's columns as they are stored, by their names in a report.
STORED = {"table": "table_name", "file": "source_file", "line": "source_line"}
STORED |= {"column": "column_name"}


def _moved(findings: pl.DataFrame, touched: Touched) -> pl.DataFrame:
    """Findings, stored or of a report, with those raised and without those lifted.

    Done twice it ends the same.
    """
    raised = pl.DataFrame(touched.raised, schema=KEPT_SCHEMA)
    lifted = pl.DataFrame(touched.lifted, schema=LIFTED)
    if "table_name" in findings.columns:
        raised = raised.rename(STORED)
    else:
        lifted = lifted.rename({stored: name for name, stored in STORED.items()}, strict=False)
    rest = findings.join(lifted, on=lifted.columns, how="anti", nulls_equal=True)
    rest = rest.join(raised, on="finding_id", how="anti")
    return pl.concat([rest, raised.select(findings.columns)])


def measure(folder: Path, touched: Touched, plan: Plan, site: str) -> None:
    """Count, before anything is changed, what is theirs beside the tables of a submission."""
    found = pl.read_parquet(folder / "findings.parquet")
    gone = found.filter(_beside_theirs("findings", found, touched, plan, site))
    known = gone.filter(pl.col("rule").is_in(list(catalogue())))
    touched.findings = {severity: n for severity, n in severity_counts(known).items() if n}
    out = pl.read_parquet(folder / "exclusions.parquet")
    out = out.filter(_beside_theirs("exclusions", out, touched, plan, site))
    out = out.filter(pl.col("column_name").is_null() & pl.col("source_line").is_not_null())
    if (folder / "removed.parquet").exists():  # a held record that could not stand was not sent
        removed = pl.read_parquet(folder / "removed.parquet")
        held = removed.filter(pl.col("reason").str.starts_with("excluded: "))
        out = out.join(held, on=["table_name", "record_key"], how="anti")
    touched.repeats = out.filter(rule="K04a").height
    touched.excluded = out.unique(["table_name", "source_line"]).height - touched.repeats


def _beside_theirs(
    name: str, rows: pl.DataFrame, touched: Touched, plan: Plan, site: str
) -> pl.Series:
    if name == KEYS:
        return rows.select(pl.col(PATIENT_KEY).is_in(plan.patients)).to_series()
    if name == "removed":
        return on_records(rows, "table_name", plan, site)
    at_lines = _at_lines(rows, "table_name", touched)
    if name == "exclusions":
        return excluded_theirs(rows, plan, site) | at_lines
    return on_records(rows, "table_name", plan, site) | at_lines


def _at_lines(frame: pl.DataFrame, table: str, touched: Touched) -> pl.Series:
    """Which rows are about a row of theirs that had no key of its own."""
    found, line = pl.lit(False), "source_line" if "source_line" in frame.columns else "line"
    for name, lines in touched.lines.items():
        found |= (pl.col(table) == name) & pl.col(line).is_in(lines)
    is_unnamed = pl.col("record_key").is_null()
    return frame.select((found & is_unnamed).fill_null(False).alias("at_lines")).to_series()


def _state(folder: Path) -> dict[str, pl.DataFrame]:
    """The rows of a roll-back, by table."""
    paths = {name: folder / f"{name}.parquet" for name in site_tables()}
    return whole_state({name: pl.read_parquet(p) for name, p in paths.items() if p.exists()})


def _replace(path: Path, frame: pl.DataFrame) -> str:
    """Put a table in the place of another, whole; gives the SHA-256 of the file."""
    unfinished = path.with_name(path.name + ".tmp")
    digest = write_rows(unfinished, frame)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
    return digest


def _without_leftovers(folder: Path, touched: Touched) -> None:
    for path in folder.glob("*.tmp"):
        path.unlink()
    if touched.is_of_others:
        return
    for received in folder.glob(f"{EXPORT}.*"):
        received.unlink()


def digest_of(folder: Path) -> str:
    """The SHA-256 of a manifest, for the audit log."""
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def rewrite_report(path: Path, touched: Touched, plan: Plan, site: str, number: int) -> None:
    """Take what a report says of the patients' rows out of it."""
    kept = unpacked(path.read_bytes())
    words = dict(kept.words)
    if number in words.get("erasures", []):
        return
    words["records"] = {
        name: count - touched.read.get(name, 0) for name, count in words["records"].items()
    }
    words["erasures"] = [*words.get("erasures", []), number]
    found = {
        name: _without(getattr(kept, name), touched, plan, site)
        for name in ("findings", "resolved", "unlisted")
    }
    found["findings"] = _moved(found["findings"], touched)
    write_whole(path, packed(Kept(words, **found, exclusions=_left(kept, touched, plan, site))))


def _without(frame: pl.DataFrame, touched: Touched, plan: Plan, site: str) -> pl.DataFrame:
    is_gone = on_records(frame, "table", plan, site) | _at_lines(frame, "table", touched)
    procedures = plan.ids.get(site, {}).get("procedure", [])
    named = pl.col("case").is_in(procedures)  # a finding on an approval names a procedure
    return frame.filter(~is_gone).with_columns(
        pl.when(named).then("key").otherwise("case").alias("case")
    )


def _left(kept: Kept, touched: Touched, plan: Plan, site: str) -> pl.DataFrame:
    """The list of exclusions, which knows a record by what is shown of its key."""
    found = pl.lit(False)
    for name, keys in plan.records.get(site, {}).items():
        shown = [shown_key(name, key) for key in keys]
        found |= (pl.col("table") == name) & pl.col("key").is_in(shown)
    for name, lines in touched.lines.items():
        found |= (pl.col("table") == name) & pl.col("key").is_null() & pl.col("line").is_in(lines)
    return kept.exclusions.filter(~found.fill_null(False))
