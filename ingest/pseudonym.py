"""Pseudonyms at rest: the site's pseudonym is replaced by a keyed hash of it."""

from __future__ import annotations

import hashlib
import hmac

import polars as pl


def patient_key(storage_key: bytes, pseudonym: str) -> str:
    """HMAC-SHA-256 of a site's pseudonym under the registry's storage key, in hex."""
    return hmac.new(storage_key, pseudonym.encode("utf-8"), hashlib.sha256).hexdigest()


def patient_keys(pseudonyms: pl.Series, storage_key: bytes | None) -> pl.Series:
    """The keys of a column of pseudonyms; without a storage key, the pseudonyms themselves.

    Without a key nothing is stored: it is a dry run.
    """
    if storage_key is None:
        return pseudonyms
    unique = pseudonyms.drop_nulls().unique()
    keys = pl.DataFrame(
        {
            "pseudonym": unique,
            "key": [patient_key(storage_key, pseudonym) for pseudonym in unique],
        },
        schema={"pseudonym": pl.String, "key": pl.String},
    )
    joined = pl.DataFrame({"pseudonym": pseudonyms}).join(
        keys, on="pseudonym", how="left", maintain_order="left"
    )
    return joined["key"]
