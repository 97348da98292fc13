"""Tombstones: what is left out of an upload, because its patient asked for erasure.

A tombstone is HMAC(a key made of the storage key, a patient's key), or of a record of theirs: it
says nothing of either, and is found again when either is sent again. A patient's is made of the
key that stood when they were erased, and is put under each later one as it stands: an upload's
pseudonym is asked for under every storage key that there was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import polars as pl

from expectations.dictionary import PATIENT, Table, site_tables, stored_key
from ingest.coded import distinct
from sql.keyring import Keyring, derived, keyed, rotated

_PURPOSE = "ire-tombstone:v1"
_CELL = "\x1f"

Rows = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Tombstones:
    """Those that stand, and the registry's storage keys."""

    storage_keys: Keyring
    digests: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> Keyring:
        """What tombstones are made with."""
        return derived(self.storage_keys, _PURPOSE)

    def of_patient(self, patient_key: str) -> str:
        """The tombstone of a patient who is erased now."""
        return keyed(self.keys[-1:], _CELL.join((PATIENT, patient_key)))

    def of_record(self, site: str, table: str, record_key: str) -> str:
        return keyed(self.keys, _CELL.join((site, table, record_key)))

    def patients(self, pseudonyms: pl.Series) -> list[str]:
        """Of some patients, as sites name them, those who asked for erasure."""
        return [one for one in pseudonyms.drop_nulls() if self._is_erased(one)]

    def records(self, site: str, table: str, keys: pl.Series) -> list[str]:
        """Of some records' keys those that were erased."""
        return [k for k in keys.drop_nulls() if self.of_record(site, table, k) in self.digests]

    def name(self, site: str, table: str, parts: Mapping[str, str]) -> bool:
        """True where a record's key, by column as sent, names a patient or a record of theirs."""
        of = site_tables()[table]
        told = {self.of_record(site, to, parts[c]) for c, to in places(of) if c in of.key}
        is_theirs = PATIENT in of.key and self._is_erased(parts[PATIENT])
        return is_theirs or not told.isdisjoint(self.digests)

    def _is_erased(self, pseudonym: str) -> bool:
        return not self.digests.isdisjoint(self._ever(pseudonym))

    def _ever(self, pseudonym: str) -> Iterator[str]:
        """A patient's tombstone as it stands now, by the storage key they were erased under."""
        for n in range(1, len(self.keys) + 1):
            then = keyed(self.storage_keys[:n], pseudonym)
            digest = keyed(self.keys[n - 1 : n], _CELL.join((PATIENT, then)))
            for key in self.keys[n:]:
                digest = rotated(key, digest)
            yield digest


def tombstones(storage_keys: Keyring, digests: Collection[str]) -> Tombstones:
    """The tombstones of a registry, by its storage keys."""
    return Tombstones(storage_keys, frozenset(digests))


def tombstone_key(storage_key: bytes) -> bytes:
    """What the tombstones of before are put under when a registry begins with a new key."""
    (key,) = derived((storage_key,), _PURPOSE)
    return key


def erased_rows(
    rows: Rows, site: str, stones: Tombstones, held: Callable[[str], Collection[str]]
) -> dict[str, pl.Series]:
    """Which rows are of patients who asked for erasure, by table, of the tables that have any.

    A row that names no patient is known by its own record, or by what it hangs from; a record
    that the site has since given to somebody else is theirs.

    Args:
        rows: by table, with the dictionary's columns as sent.
        held: the keys of a table's records that the registry holds of the site.
    """
    if not stones.digests:
        return {}
    of_patients = {
        name: _is_one_of(frame[PATIENT], stones.patients(distinct(frame[PATIENT])))
        for name, frame in rows.items()
        if PATIENT in frame.columns
    }
    found = {}
    for name, frame in rows.items():
        is_erased = of_patients.get(name, pl.repeat(False, frame.height, eager=True))
        is_unsaid = pl.repeat(True, frame.height, eager=True)
        if name in of_patients:
            is_unsaid = frame[PATIENT].is_null()
        if is_unsaid.any():
            for column, table in places(site_tables()[name]):
                if column not in frame.columns:
                    continue
                gone = set(stones.records(site, table, distinct(frame[column])))
                if gone:
                    gone -= _kept(rows, of_patients, table) | set(held(table))
                is_erased |= is_unsaid & _is_one_of(frame[column], gone)
        if is_erased.any():
            found[name] = is_erased
    return found


@cache
def owned() -> tuple[str, ...]:
    """The tables whose records have an id of their own and are each of one patient."""
    return tuple(
        table.name
        for table in site_tables().values()
        if table.holds_patients and len(table.key) == 1 and table.key != (PATIENT,)
    )


def places(table: Table) -> Iterator[tuple[str, str]]:
    """The columns that say whose a row is without naming its patient, and of which table."""
    for column in table.columns.values():
        if table.name in owned() and stored_key(table) == (column.name,):
            yield column.name, table.name
        elif column.places_record and column.references in owned():
            yield column.name, str(column.references)


def _kept(rows: Rows, of_patients: Mapping[str, pl.Series], table: str) -> set[str]:
    """The ids that the export gives to patients who have not asked for erasure."""
    if table not in rows:
        return set()
    frame = rows[table]
    is_named = frame[PATIENT].is_not_null() & ~of_patients[table]
    return set(frame.filter(is_named)[stored_key(site_tables()[table])[0]].cast(pl.String))


def _is_one_of(column: pl.Series, keys: Collection[str]) -> pl.Series:
    if not keys:
        return pl.repeat(False, column.len(), eager=True)
    return column.cast(pl.String).is_in(list(keys)).fill_null(False)
