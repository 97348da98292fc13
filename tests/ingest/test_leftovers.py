"""Content that nobody waits for is not kept, whenever the work was stopped."""

import os
from datetime import timedelta

import pytest

from tests.ingest.test_journey import AT, FIRST, Registry


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def left_behind(registry, name, age):
    path = registry.home.path / "inbox" / name
    path.write_bytes(b"encrypted")
    moment = (registry.now - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_the_content_of_a_decided_submission_goes_at_the_next_start(registry):
    sent = registry.send(FIRST.read_bytes(), site="ZZ201")
    registry.worker.check(sent)
    assert registry.state(sent) == "refused"
    left = left_behind(registry, f"{sent}.bin", timedelta(0))
    registry.worker.reconcile()
    assert not left.exists()


def test_a_file_without_an_entry_goes_after_an_hour_and_not_before(registry):
    old = left_behind(registry, "20261116-0000.bin", timedelta(hours=1, seconds=1))
    half = left_behind(registry, "20261116-0001.bin.tmp", timedelta(hours=2))
    arriving = left_behind(registry, "20261116-0002.bin", timedelta(minutes=59))
    registry.worker.reconcile()
    assert [path.exists() for path in (old, half, arriving)] == [False, False, True]


def test_what_waits_is_kept_however_old(registry):
    sent = registry.send(FIRST.read_bytes())
    long_ago = (AT - timedelta(days=20)).timestamp()
    os.utime(registry.home.inbox_file(sent), (long_ago, long_ago))
    registry.worker.reconcile()
    assert registry.home.inbox_file(sent).exists()
