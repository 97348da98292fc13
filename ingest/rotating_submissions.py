"""Accepted submissions under another storage key, each file written beside its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from expectations.dictionary import site_tables
from ingest.erasure_plan import of_sites
from ingest.folder import write_rows
from ingest.history import KEYS
from ingest.rekeying import Rekeying, asked_by_row
from ingest.rollback import state_digest, whole_state
from ingest.work import Work
from sql.accepted import Accepted
from sql.files import sync

MANIFEST, LAST = "manifest.json", "keys.json"
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """Where files wait to be put into a home, each under the path that it has there."""

    of_home: Path
    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    def of(self, path: Path) -> str:
        """A file's path in the home."""
        return path.relative_to(self.of_home).as_posix()

    def place(self, path: str) -> Path:
        """Where the other file of that path is written."""
        place = self.home / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def write(self, path: str, data: bytes) -> None:
        self.place(path).write_bytes(data)

    def files(self) -> list[Path]:
        """What waits, in the order in which it is put in place: the keys' ids at the end."""
        found = [path for path in self.home.rglob("*") if path.is_file()]
        return sorted(found, key=lambda path: (path.name == LAST, path))

    def flush(self) -> None:
        for path in (*self.home.rglob("*"), self.home):
            sync(path)


def rekey_submissions(
    work: Work, beside: Beside, rekeying: Rekeying, said: Told
) -> dict[str, tuple[Told, Told]]:
    """Write every submission that was ever accepted under the new key.

    Args:
        said: of the rotation: its number, at, by.

    Returns:
        By submission, the ledger's columns that change and what its event says.
    """
    told = {}
    for site, every in of_sites(work.home).items():
        found = [pl.read_parquet(one.folder / "findings.parquet") for one in every]
        asked = asked_by_row(pl.concat(found, how="diagonal"))
        tables = {}
        for one in every:  # before any finding: what a query is about stands in them
            tables[one.submission_id] = dict(_rekey_tables(one, beside, rekeying, asked))
        for one in every:
            _rekey_beside(one, beside, rekeying, site)
            stored = tables[one.submission_id]
            told[one.submission_id] = _rekey_manifest(one, stored, beside, rekeying, said)
            work.step("submission written beside")
    return told


def _rekey_tables(
    one: Accepted, beside: Beside, rekeying: Rekeying, asked: set[str]
) -> Iterator[tuple[str, tuple[pl.DataFrame, str | None]]]:
    """Each table's rows, and the SHA-256 of its other file; None where it stays as it is."""
    for name in site_tables():
        path = one.folder / f"{name}.parquet"
        if not path.exists():
            continue
        before = pl.read_parquet(path)
        now = rekeying.stored(before, name)
        if name in asked:
            rekeying.learn_rows(before, now, name)
        is_same = now.equals(before)
        yield name, (now, None if is_same else write_rows(beside.place(beside.of(path)), now))


def _rekey_beside(one: Accepted, beside: Beside, rekeying: Rekeying, site: str) -> None:
    for name in ("findings", "exclusions", "removed", KEYS):
        path = one.folder / f"{name}.parquet"
        if path.exists():
            now = rekeying.beside(name, pl.read_parquet(path), site)
            write_rows(beside.place(beside.of(path)), now)


def _rekey_manifest(
    one: Accepted,
    tables: Mapping[str, tuple[pl.DataFrame, str | None]],
    beside: Beside,
    rekeying: Rekeying,
    said: Told,
) -> tuple[Told, Told]:
    path = one.folder / MANIFEST
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    old, values = _digests(manifest), {}
    for name, (_, digest) in tables.items():
        if digest is not None:
            manifest["tables"][name]["sha256"] = digest
    if "rolled_back_to" in manifest:  # nobody sent it: its digest is of what is stored
        digest = state_digest(whole_state({name: frame for name, (frame, _) in tables.items()}))
        rekeying.now[manifest["canonical_digest"]] = digest
        values = {"canonical_digest": digest, "sha256": digest}
        manifest |= values
    entry = {**said, "old": old, "new": _digests(manifest)}
    manifest["rotations"] = [*manifest.get("rotations", []), entry]
    data = json.dumps(manifest, indent=1).encode("utf-8")
    beside.write(beside.of(path), data)
    detail = {key: entry[key] for key in ("rotation", "old", "new")}
    return values, detail | {"manifest_sha256": hashlib.sha256(data).hexdigest()}


def _digests(manifest: Told) -> dict[str, Any]:
    tables = {name: told["sha256"] for name, told in manifest["tables"].items()}
    return {"canonical_digest": manifest["canonical_digest"], "tables": tables}
