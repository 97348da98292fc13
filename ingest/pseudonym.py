"""Pseudonyms: what a site makes of a patient's number, and what stands for it at rest."""

from __future__ import annotations

import hashlib
import hmac

import polars as pl

from ingest.coded import as_codes, by_value, is_coded

PURPOSE = "ire-linkage:v1:"


def linkage_pseudonym(linkage_key: bytes, digits: str) -> str:
    """The patient_pseudo_id of an NHS number: the same at every site with the key.

    Args:
        digits: the ten digits, checked.
    """
    return _keyed(linkage_key, PURPOSE + digits)


def local_pseudonym(linkage_key: bytes, site: str, local_id: str) -> str:
    """The patient_pseudo_id of a patient without a number: not linked across sites."""
    return _keyed(linkage_key, f"{PURPOSE}{site}:{local_id}")


def history_key(storage_key: bytes, site: str) -> bytes:
    """A site's own key, by which its history file names patients; says nothing of ours."""
    text = f"ire-history:v1:{site}"
    return hmac.new(storage_key, text.encode("utf-8"), hashlib.sha256).digest()


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest().upper()


def patient_key(storage_key: bytes, pseudonym: str) -> str:
    """HMAC-SHA-256 of a site's pseudonym under the registry's storage key, in hex."""
    return hmac.digest(storage_key, pseudonym.encode("utf-8"), "sha256").hex()


def patient_keys(pseudonyms: pl.Series, storage_key: bytes | None) -> pl.Series:
    """The keys of a column of pseudonyms; without a storage key, the pseudonyms themselves.

    Without a key nothing is stored: it is a dry run.
    """
    if storage_key is None:
        return pseudonyms
    codes = pseudonyms if is_coded(pseudonyms) else as_codes(pseudonyms)
    keys = by_value(codes, lambda sent: _keys(sent, storage_key))
    return keys.cast(pseudonyms.dtype if pseudonyms.dtype == pl.String else keys.dtype)


def _keys(pseudonyms: pl.Series, storage_key: bytes) -> pl.Series:
    keys = [patient_key(storage_key, pseudonym) for pseudonym in pseudonyms]
    return pl.Series(keys, dtype=pl.String)
