"""Turns of pages: a place is held by few, waited for not long, and given back whatever happens."""

import time
from threading import Event, Thread

import pytest

from dashboard import turns


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.5)


@pytest.fixture
def held():
    """All places, each held by a page that does not end."""
    begun, ended = [Event() for _ in range(turns.AT_ONCE)], Event()

    def page(mark):
        with turns.turn():
            mark.set()
            ended.wait(20)

    pages = [Thread(target=page, args=(mark,)) for mark in begun]
    for thread, mark in zip(pages, begun, strict=True):
        thread.start()
        assert mark.wait(20)
    yield ended
    ended.set()
    for thread in pages:
        thread.join(20)


def test_a_page_waits_for_a_place_and_no_longer_than_is_said(held):
    begun = time.monotonic()
    with turns.turn():
        waited = time.monotonic() - begun
    assert turns.LONGEST_WAIT * 0.9 <= waited < 10


def test_a_page_that_did_not_get_a_place_gives_none_back(held):
    with turns.turn():
        pass
    assert not turns._PLACES.acquire(blocking=False)  # they are held as before


def test_a_page_that_fails_gives_its_place_back():
    for _ in range(2 * turns.AT_ONCE):
        with pytest.raises(ValueError, match="of the page"), turns.turn():
            raise ValueError("of the page")
    begun = time.monotonic()
    with turns.turn():
        assert time.monotonic() - begun < turns.LONGEST_WAIT
