"""What stands at rest under the storage key, put under a new one as it stands.

Nobody can go back from a patient's key to the pseudonym, and not every export is kept as received:
so what is there is put under the new key, and what was changed once is known again elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from expectations.dictionary import PATIENT_KEY, stored_columns, stored_key, tables
from ingest.answers import row_text, value_digest
from ingest.history import HISTORY_KEY, KEYS
from ingest.identity import identities
from ingest.pseudonym import history_keys
from ingest.report_kept import Kept
from ingest.shown_keys import shown_keys
from ingest.state import SEPARATOR
from sql.keyring import Keyring, rotated
from sql.rekeyed_release import KEY

REPORTED = {"table": "table_name", "column": "column_name"}  # of a report's findings
UNNAMED = "…"  # what is shown of a patient of whom no record is known


class Rekeying:
    """One rotation: from the chain of keys before to the same with one more.

    Attributes:
        now: what a patient's key, or a finding's identity, is from now on.
        values: the same of the digest of a query's value.
    """

    def __init__(self, before: Keyring, key: bytes) -> None:
        self.before, self.keys, self.key = before, (*before, key), key
        self.now: dict[str, str] = {}
        self.values: dict[str, str] = {}

    def patient(self, key: str) -> str:
        """A patient's key; what is none stays."""
        if key not in self.now and KEY.fullmatch(key):
            self.now[key] = rotated(self.key, key)
        return self.now.get(key, key)

    def record(self, table: str, key: str) -> str:
        """A record's key, in which the patient's may stand."""
        names, parts = stored_key(tables()[table]), key.split(SEPARATOR)
        return SEPARATOR.join(
            self.patient(part) if name == PATIENT_KEY else part
            for name, part in zip(names, parts, strict=True)
        )

    def value(self, digest: str) -> str:
        """The digest of a query's value."""
        if digest not in self.values:
            self.values[digest] = rotated(self.key, digest)
        return self.values[digest]

    def finding(self, finding_id: str) -> str:
        """A finding's identity: another one where its record's key is."""
        return self.now.get(finding_id, finding_id)

    def stored(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        """The rows of a submission's table."""
        changed = _changed(frame, PATIENT_KEY, self.patient)
        return _changed(changed, "record_key", lambda key: self.record(table, key))

    def learn_rows(self, before: pl.DataFrame, now: pl.DataFrame, table: str) -> None:
        """Know the digests of whole rows, in which the patient's key stands, when met again."""
        pairs = pl.DataFrame([frame.select(row_text(table)).to_series().alias(name)
                              for name, frame in (("before", before), ("now", now))])  # fmt: skip
        for was, is_now in pairs.unique().iter_rows():
            self.values[value_digest(self.before, was)] = value_digest(self.keys, is_now)

    def beside(self, name: str, frame: pl.DataFrame, site: str) -> pl.DataFrame:
        """What a submission's folder holds beside its tables, by the name of the file."""
        if name == KEYS:
            (own,) = history_keys((self.key,), site)
            named = _changed(frame, PATIENT_KEY, self.patient)
            return _changed(named, HISTORY_KEY, lambda digest: rotated(own, digest))
        if name == "findings":
            return self.findings(frame, site)
        return self._records(_changed(frame, PATIENT_KEY, self.patient))

    def findings(self, frame: pl.DataFrame, site: str) -> pl.DataFrame:
        """Findings with table_name, column_name and record_key, and what they are known by."""
        named = self._records(frame)
        was, is_now = identities(frame, site), identities(named, site)
        is_other = (frame["finding_id"] == was) & (was != is_now)
        pairs = pl.DataFrame({"was": was, "now": is_now}).filter(is_other.fill_null(False))
        self.now |= dict(pairs.iter_rows())
        known = _changed(named, "finding_id", self.finding)
        return _changed(known, "value_digest", self.value)

    def report(self, kept: Kept, site: str) -> Kept:
        """A report: its lists, and the first signs of keys that people are shown."""
        shown: dict[tuple[str, str], str] = {}
        findings, resolved, unlisted = (
            self._listed(frame, site, shown)
            for frame in (kept.findings, kept.resolved, kept.unlisted)
        )
        left_out = kept.exclusions.with_columns(
            pl.Series(
                "key",
                [
                    key if not _names_patient(table, key) else shown.get((table, key), UNNAMED)
                    for table, key in kept.exclusions.select("table", "key").iter_rows()
                ],
                dtype=pl.String,
            )
        )
        return Kept(kept.words, findings, left_out, resolved, unlisted)

    def _listed(
        self, frame: pl.DataFrame, site: str, shown: dict[tuple[str, str], str]
    ) -> pl.DataFrame:
        before = frame.rename(REPORTED)
        now = self.findings(before, site)
        was, is_now = shown_keys(before), shown_keys(now)
        shown |= {
            (table, old): new
            for table, old, new in zip(before["table_name"], was, is_now, strict=True)
            if old is not None
        }
        is_other = was.ne_missing(is_now)
        for column in ("key", "case"):
            new = pl.when(is_other & (pl.col(column) == was)).then(is_now).otherwise(column)
            now = now.with_columns(new.alias(column))
        return now.rename({name: told for told, name in REPORTED.items()})

    def _records(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows that name a record by table_name and record_key."""
        named = frame.select("table_name", "record_key").unique().drop_nulls()
        keys = [self.record(*one) if one[0] in tables() else one[1] for one in named.iter_rows()]
        now = named.with_columns(pl.Series("now", keys, dtype=pl.String))
        joined = frame.join(now, on=["table_name", "record_key"], how="left", maintain_order="left")
        is_now = pl.coalesce("now", "record_key").alias("record_key")
        return joined.with_columns(is_now).select(frame.columns)


def asked_by_row(findings: pl.DataFrame) -> set[str]:
    """The tables with a query about a row as a whole, in which a patient's key stands."""
    asked = findings.drop_nulls(["value_digest", "table_name"])
    places = asked.select("table_name", "column_name").unique().iter_rows()
    held = {name: stored_columns(table) for name, table in tables().items()}
    return {
        table
        for table, column in places
        if PATIENT_KEY in held.get(table, ()) and column not in held[table]
    }


def _names_patient(table: str | None, key: str | None) -> bool:
    is_told = table is not None and key is not None and table in tables()
    return is_told and PATIENT_KEY in stored_key(tables()[str(table)])


def _changed(frame: pl.DataFrame, column: str, change: Callable[[str], str]) -> pl.DataFrame:
    """A frame with each text of a column changed, where it has the column."""
    if column not in frame.columns:
        return frame
    now: Mapping[str, str] = {text: change(text) for text in frame[column].drop_nulls().unique()}
    if not now:
        return frame
    return frame.with_columns(
        pl.col(column).replace_strict(now, default=None, return_dtype=pl.String)
    )
