"""The storage key through its rotations: a chain, the oldest key first.

What stands at rest under one key is put under the next as it stands, for nobody can go back from
it to what it was made of: HMAC(second, HMAC(first, text)). A registry whose key was never rotated
has a chain of one.
"""

from __future__ import annotations

import hmac

Keyring = tuple[bytes, ...]
KEY_BYTES = 32

_PURPOSE = b"ire-rotated:v1:"


def keyed(keys: Keyring, text: str) -> str:
    """The digest of a text under a chain of keys, in hex."""
    digest = hmac.digest(keys[0], text.encode("utf-8"), "sha256").hex()
    for key in keys[1:]:
        digest = rotated(key, digest)
    return digest


def rotated(key: bytes, digest: str) -> str:
    """What stood under a chain of keys as it stands under one key more, in hex."""
    return hmac.digest(key, _PURPOSE + digest.encode("ascii"), "sha256").hex()


def derived(keys: Keyring, purpose: str) -> Keyring:
    """The chain for one purpose; it says nothing of the chain that it is made of."""
    return tuple(hmac.digest(key, purpose.encode("utf-8"), "sha256") for key in keys)
