"""Two lanes give what one would: every item once, in order, and the first fault."""

import signal
import threading
import time

import pytest

from ingest.lanes import in_two_lanes


def test_results_stand_in_the_order_of_the_items():
    assert in_two_lanes(lambda n: n * n, range(200)) == [n * n for n in range(200)]
    assert in_two_lanes(lambda n: n, []) == []
    assert in_two_lanes(lambda n: n, [3], lanes=1) == [3]


def test_two_items_are_worked_on_at_once():
    both = threading.Barrier(2, timeout=10)
    assert len(in_two_lanes(lambda _: both.wait(), range(2))) == 2


def test_items_are_drawn_in_their_order():
    drawn = []

    def items():
        for n in range(100):
            drawn.append(n)
            yield n

    in_two_lanes(lambda n: n, items())
    assert drawn == list(range(100))


@pytest.mark.parametrize("fault", [ValueError, StopIteration, KeyboardInterrupt])
def test_what_fails_is_raised_and_no_item_is_drawn_after_it(fault):
    drawn = []

    def items():
        for n in range(1_000_000):
            drawn.append(n)
            yield n

    def work(n):
        if n == 5:
            raise fault
        return n

    with pytest.raises(fault):
        in_two_lanes(work, items())
    assert len(drawn) < 1_000_000


def test_a_fault_in_drawing_stops_both_lanes():
    def items():
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        in_two_lanes(lambda n: n, items())


@pytest.fixture
def interruptible():
    """A run that a shell started in the background ignores the signal: not in this test."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_to_stop_is_obeyed_before_the_next_item():
    drawn = []

    def work(n):
        drawn.append(n)
        if n == 5:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        in_two_lanes(work, range(1_000))
    assert len(drawn) < 100
