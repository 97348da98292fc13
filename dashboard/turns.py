"""Pages take turns: a server draws one at a time, so that each is done sooner.

Python runs one thread at a time. Of many that it goes round among all end late, and the more there
are the more it loses by going round: beyond what a server can do, fewer pages are done, and it does
not recover. Nobody waits long for somebody's slow page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 1
LONGEST_WAIT = 5.0  # seconds; then it is drawn beside the others

_PLACES = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a place, if not for long, and hold it."""
    is_held = _PLACES.acquire(timeout=LONGEST_WAIT)
    try:
        yield
    finally:
        if is_held:
            _PLACES.release()
