"""Bytes at rest under the home's key: unreadable without it, and never changed unnoticed."""

from __future__ import annotations

import base64
import hmac
import secrets

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# AES-256-GCM seals a large export in a twentieth of the time that Fernet takes, and without
# the third that its text form adds.
MARK = b"ire-sealed:v1:"
NONCE = 12


def seal(key: bytes, data: bytes) -> bytes:
    """The data as it may lie in the home."""
    nonce = secrets.token_bytes(NONCE)
    return MARK + nonce + _cipher(key).encrypt(nonce, data, MARK)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """What was sealed; also what Fernet sealed before there was a mark.

    Raises:
        cryptography.exceptions.InvalidTag: if it was changed, or sealed under another key.
        cryptography.fernet.InvalidToken: the same, of what Fernet sealed.
    """
    if not sealed.startswith(MARK):
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed)
    start = len(MARK) + NONCE
    held = memoryview(sealed)
    return _cipher(key).decrypt(sealed[len(MARK) : start], held[start:], MARK)


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, MARK, "sha256"))
