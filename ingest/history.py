"""What the registry holds of one site, as a file for a check on the site's own computer.

At rest a patient is HMAC(storage key, pseudonym). A site must not get that key, and has
only its pseudonyms: so each accepted submission keeps, beside each patient's key, the key
of the same pseudonym under a key of the site's own (`history_keys.parquet`), and the file
carries rows by that one, and the key to make it: since a rotation, the keys.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from expectations import dictionary, rules
from expectations.dictionary import (
    PATIENT,
    PATIENT_KEY,
    Table,
    register_tables,
    site_tables,
    stored_key,
)
from ingest.pseudonym import history_keys, patient_keys
from ingest.state import SEPARATOR, load_held
from sql.hardening import HARDENED
from sql.keyring import Keyring, keyed
from sql.walk import Accepted

FORMAT = "ire-history:v1"
OF_MORE_KEYS = "ire-history:v2"  # which a version that knows of one key only refuses
KEYS = "history_keys"
HISTORY_KEY = "history_key"
SCHEMA = {PATIENT_KEY: pl.String, HISTORY_KEY: pl.String}
SITE = "site_ods_code"


def keys_of(typed: Mapping[str, pl.DataFrame], storage_keys: Keyring, site: str) -> pl.DataFrame:
    """The patients of the rows sent: patient_key and history_key, one row each."""
    sent = [frame.select(PATIENT, PATIENT_KEY) for frame in typed.values() if PATIENT in frame]
    patients = pl.concat([pl.DataFrame(schema={PATIENT: pl.String, PATIENT_KEY: pl.String}), *sent])
    patients = patients.drop_nulls().unique(maintain_order=True)
    keys = patient_keys(patients[PATIENT], history_keys(storage_keys, site))
    return patients.select(PATIENT_KEY, keys.alias(HISTORY_KEY))


def written(
    site: str,
    walk: Sequence[Accepted],
    folders: Sequence[Path],
    register: Path,
    *,
    storage_keys: Keyring,
    newest_extract: datetime | None,
    locked: Sequence[tuple[date, date]],
    at: datetime,
) -> bytes:
    """The file: a ZIP of Parquet, with a manifest of versions, counts and hashes.

    Args:
        walk: the site's accepted submissions.
        folders: of every submission of the site that was ever accepted, for their keys.
        register: folder of the load of the register that is current.
    """
    own = history_keys(storage_keys, site)
    with duckdb.connect(config=HARDENED) as connection:
        load_held(connection, walk, register)
        held = {name: connection.sql(f"from held_{name}").pl() for name in site_tables()}
        findings = connection.sql("from held_finding").pl()
    known = _known_keys(folders)
    tables = {n: _with_keys(f, site_tables()[n], known, own) for n, f in held.items() if f.height}
    patients = pl.concat([f[PATIENT_KEY] for f in held.values() if PATIENT_KEY in f.columns])
    unmatched = set(patients.drop_nulls()) - set(known[PATIENT_KEY])
    files = {f"{name}.parquet": frame for name, frame in tables.items()}
    files["findings.parquet"] = _with_finding_keys(findings, held, tables)
    files |= {f"register/{n}.parquet": f for n, f in _register_of(site, register).items()}
    manifest = {
        "format": FORMAT if len(own) == 1 else OF_MORE_KEYS,
        "site_ods_code": site,
        "made_at": at.astimezone(UTC).isoformat(),
        "history_key": b"".join(own).hex(),
        "newest_extract": newest_extract.isoformat() if newest_extract else None,
        "locked": [[start.isoformat(), end.isoformat()] for start, end in locked],
        "register": register.name,
        "submissions": [one.submission_id for one in walk],
        "patients_without_key": len(unmatched),
        "versions": {"dictionary": dictionary.VERSION, "rules": rules.VERSION},
    }
    return _zipped(files, manifest)


def _known_keys(folders: Sequence[Path]) -> pl.DataFrame:
    paths = [folder / f"{KEYS}.parquet" for folder in folders]
    found = [pl.read_parquet(path) for path in paths if path.exists()]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *found]).unique(PATIENT_KEY)


def _with_keys(
    frame: pl.DataFrame, table: Table, known: pl.DataFrame, own: Keyring
) -> pl.DataFrame:
    """The rows by the site's own keys; a patient without one gets a key that none can meet."""
    if PATIENT_KEY not in frame.columns:
        return frame
    joined = frame.join(known, on=PATIENT_KEY, how="left", maintain_order="left")
    apart = joined[PATIENT_KEY].map_elements(
        lambda text: keyed(own, f"none:{text}"), return_dtype=pl.String
    )
    named = joined.with_columns(pl.coalesce(HISTORY_KEY, apart).alias(PATIENT_KEY)).drop(
        HISTORY_KEY
    )
    parts = [pl.col(name).cast(pl.String) for name in stored_key(table)]
    return named.with_columns(pl.concat_str(parts, separator=SEPARATOR).alias("record_key"))


def _with_finding_keys(
    findings: pl.DataFrame, held: Mapping[str, pl.DataFrame], tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """What was found at current rows, by the keys that the rows have in the file."""
    pairs = pl.concat(
        pl.DataFrame({"record_key": held[name]["record_key"], "key": frame["record_key"]})
        for name, frame in tables.items()
    ) if tables else pl.DataFrame(schema={"record_key": pl.String, "key": pl.String})  # fmt: skip
    found = findings.join(pairs.unique(), on="record_key")
    return found.select("rule", pl.col("key").alias("record_key")).unique().sort(pl.all())


def _register_of(site: str, register: Path) -> dict[str, pl.DataFrame]:
    """The site's own rows of the register, and the studies, which are no site's."""
    found = {}
    for name, table in register_tables().items():
        frame = pl.read_parquet(register / f"{name}.parquet")
        found[name] = frame.filter(pl.col(SITE) == site) if SITE in table.columns else frame
    return found


def _zipped(files: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]) -> bytes:
    told, buffer = {}, io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, frame in files.items():
            part = io.BytesIO()
            frame.write_parquet(part)
            archive.writestr(name, part.getvalue())
            digest = hashlib.sha256(part.getvalue()).hexdigest()
            told[name] = {"rows": frame.height, "sha256": digest}
        archive.writestr("manifest.json", json.dumps({**manifest, "files": told}, indent=1))
    return buffer.getvalue()
