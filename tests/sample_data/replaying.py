"""Replay the play list with the oracle in the place of the product."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.dictionary import site_tables
from tests.sample_data.catalogue import RULES, severity
from tests.sample_data.oracle import Row, Rule, State, cell_findings, severity_of, typed
from tests.sample_data.reading import Sent, read_manifest, read_rows, repeated
from tests.sample_data.rules_files import Place, are_unusable, whole_file_queries
from tests.sample_data.rules_identifiers import identifier_queries


@dataclass
class Replayed:
    """What the oracle says of one submission."""

    path: str
    manifest: dict[str, Any]
    sent: list[Sent]
    found: set[Place] = field(default_factory=set)
    elsewhere: set[tuple[str, str, tuple[str, ...]]] = field(default_factory=set)  # not its rows


def read_register(folder: Path) -> dict[str, list[dict[str, str]]]:
    return {
        path.stem: list(csv.DictReader(path.read_text("utf-8").splitlines()))
        for path in folder.glob("*.csv")
    }


def replay(folder: Path) -> dict[str, Replayed]:
    """Check every submission of a play list in the order of time, save those cut short."""
    actions = json.loads((folder / "demo.json").read_text("utf-8"))["actions"]
    unread = {
        export["path"]
        for export in json.loads((folder / "answer_key.json").read_text("utf-8"))["exports"]
        if export["code"] == "CHECKSUM"
    }
    register, replayed = {}, {}
    walks: dict[str, list[Replayed]] = {}
    for action in actions:
        path = action["path"]
        if action["action"] == "register":
            register = read_register(folder / path)
        elif action["action"] == "submit" and path not in unread:
            walk = walks.setdefault(action["site"], [])
            checked = _check(folder, path, walk, register)
            replayed[path] = checked
            if not any(place[1] in {"F", "R"} for place in checked.found):
                walk.append(checked)
        elif action["action"] == "accept":
            walks[replayed[path].manifest["submitting_site"]].append(_without(replayed[path]))
        elif action["action"] == "withdraw":
            walk = walks[replayed[path].manifest["submitting_site"]]
            walk[:] = [each for each in walk if each.path != path]
    return replayed


def _without(checked: Replayed) -> Replayed:
    """A held submission as accepted: each R finding's value emptied, or its row left out."""
    kept = []
    spoilt = {(p[2], p[4], p[5], p[0]) for p in checked.found if p[1] == "R"}
    for row in checked.sent:
        columns = site_tables()[row.table].columns
        mine = [p for p in spoilt if p[:2] == (row.table, row.line)]
        if any(columns[column].places_record for _, _, column, _ in mine):
            continue
        cells = row.cells | {column: "" for _, _, column, _ in mine}
        kept.append(Sent(row.table, row.file, row.line, cells))
    return Replayed(checked.path, checked.manifest, kept)


def _check(
    folder: Path, path: str, walk: list[Replayed], register: dict[str, list[dict[str, str]]]
) -> Replayed:
    manifest = read_manifest(folder / path)
    checked = Replayed(path, manifest, read_rows(folder / path))
    extracted = datetime.fromisoformat(manifest["extract_datetime"]).date()
    files = {row.table: row.file for row in checked.sent}
    for row, rule, column in cell_findings(checked.sent, extracted):
        checked.found.add((rule, severity_of(rule), row.table, row.file, row.line, column))
    for row, rule, column in identifier_queries(checked.sent):
        checked.found.add((rule, "W", row.table, row.file, row.line, column))
    for row in repeated(checked.sent):
        column = site_tables()[row.table].key[0]
        checked.found.add(("K04a", "R", row.table, row.file, row.line, column))
    site = manifest["submitting_site"]
    before = State(site, extracted, _rows(walk, None), register)
    after = State(site, extracted, _rows(walk, checked), register)
    if are_unusable(checked.sent, checked.found):
        checked.found.add(("K07", "F", "procedure", None, None, None))
    for rule, table, column in whole_file_queries(after):
        checked.found.add((rule, "W", table, None, None, column))
    known = {(r, row.table, row.key) for r, row, _ in _run(RULES, before)}
    for rule, row, column in _run(RULES, after):
        if row.line is not None:
            checked.found.add((rule, severity(rule), row.table, files[row.table], row.line, column))
        elif (rule, row.table, row.key) not in known:
            checked.elsewhere.add((rule, row.table, row.key))
    return checked


def _run(rules: Iterable[Rule], state: State) -> list[tuple[str, Row, str]]:
    return [found for rule in rules for found in rule(state)]


def _rows(walk: list[Replayed], laid_over: Replayed | None) -> dict[str, list[Row]]:
    """The current rows by table with those of the submission, the first of each key."""
    start = max(
        (n for n, s in enumerate(walk) if s.manifest["submission_type"] == "FULL"), default=0
    )
    if laid_over is not None and laid_over.manifest["submission_type"] == "FULL":
        start = len(walk)
    current = {(row.table, row.key): row for each in walk[start:] for row in each.sent}
    own: dict[tuple[str, tuple[str, ...]], Sent] = {}
    for row in laid_over.sent if laid_over else ():
        own.setdefault((row.table, row.key), row)
    rows: dict[str, list[Row]] = {name: [] for name in site_tables()}
    for (table, key), row in (current | own).items():
        line = row.line if (table, key) in own else None
        rows[table].append(Row(table, key, line, _typed(row)))
    return rows


def _typed(row: Sent) -> dict[str, Any]:
    return {
        name: typed(column, row.cells[name])
        for name, column in site_tables()[row.table].columns.items()
    }
