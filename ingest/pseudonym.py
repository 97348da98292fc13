"""Pseudonyms: what a site makes of a patient's number, and what stands for it at rest."""

from __future__ import annotations

import hashlib
import hmac

import polars as pl

from ingest.coded import as_codes, by_value, is_coded
from sql.keyring import Keyring, derived, keyed

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


def history_keys(storage_keys: Keyring, site: str) -> Keyring:
    """A site's own keys, by which its history file names patients; they say nothing of ours."""
    return derived(storage_keys, f"ire-history:v1:{site}")


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest().upper()


def patient_key(storage_keys: Keyring, pseudonym: str) -> str:
    """HMAC-SHA-256 of a site's pseudonym under the registry's storage keys, in hex."""
    return keyed(storage_keys, pseudonym)


def patient_keys(pseudonyms: pl.Series, storage_keys: Keyring | None) -> pl.Series:
    """The keys of a column of pseudonyms; without a storage key, the pseudonyms themselves.

    Without a key nothing is stored: it is a dry run.
    """
    if storage_keys is None:
        return pseudonyms
    codes = pseudonyms if is_coded(pseudonyms) else as_codes(pseudonyms)
    keys = by_value(codes, lambda sent: _keys(sent, storage_keys))
    return keys.cast(pseudonyms.dtype if pseudonyms.dtype == pl.String else keys.dtype)


def _keys(pseudonyms: pl.Series, storage_keys: Keyring) -> pl.Series:
    keys = [patient_key(storage_keys, pseudonym) for pseudonym in pseudonyms]
    return pl.Series(keys, dtype=pl.String)
