"""What lies sealed in the home opens under its key alone, and only as it was sealed."""

import base64

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken

from ingest.sealed import MARK, seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32
DATA = b"patient_id,outcome\n1,alive\n"


def test_what_was_sealed_opens_under_its_key():
    assert unseal(KEY, seal(KEY, DATA)) == DATA
    assert unseal(KEY, seal(KEY, b"")) == b""


def test_the_same_bytes_are_never_sealed_the_same_and_never_show():
    first, second = seal(KEY, DATA), seal(KEY, DATA)
    assert first != second
    assert DATA not in first
    assert b"patient" not in first


@pytest.mark.parametrize("place", [len(MARK), len(MARK) + 12, -1])
def test_a_changed_byte_is_noticed(place):
    sealed = bytearray(seal(KEY, DATA))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        unseal(KEY, bytes(sealed))


def test_a_changed_mark_or_what_was_cut_off_is_noticed():
    sealed = seal(KEY, DATA)
    with pytest.raises(InvalidToken):
        unseal(KEY, bytes([sealed[0] ^ 1]) + sealed[1:])
    with pytest.raises(InvalidTag):
        unseal(KEY, sealed[:-1])


def test_another_key_does_not_open_it():
    with pytest.raises(InvalidTag):
        unseal(OTHER, seal(KEY, DATA))


def test_what_an_older_version_left_in_the_inbox_still_opens():
    assert unseal(KEY, Fernet(base64.urlsafe_b64encode(KEY)).encrypt(DATA)) == DATA
