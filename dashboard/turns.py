"""Pages take turns: few are drawn at once, so that each is done sooner.

Python runs one thread at a time. Of many that it goes round among all end late; of two, one draws
while the other waits for its answers. Nobody waits long for somebody's slow page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 2
LONGEST_WAIT = 0.3  # seconds; then it is drawn beside the others

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
