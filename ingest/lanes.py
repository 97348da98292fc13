"""Two things at a time: polars, DuckDB and hashing let go of the interpreter while they work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock
from typing import TypeVar

# Seconds after which the caller looks up: what was loaded may let a wait outlast a signal.
LOOKS_UP = 0.1

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_two_lanes(
    work: Callable[[_Item], _Result], items: Iterable[_Item], lanes: int = 2
) -> list[_Result]:
    """What `work` gives for each item, in the order of the items.

    Items are drawn in their order by whichever lane is free; of what fails, the first in time
    is raised once both lanes have stopped, and no item is drawn after it. A signal to stop
    comes before any fault.
    """
    numbered = enumerate(items)
    one_at_a_time = Lock()
    done: dict[int, _Result] = {}
    failed: list[BaseException] = []

    def draw() -> tuple[int, _Item] | None:
        with one_at_a_time:
            return None if failed else next(numbered, None)

    def lane() -> None:
        try:
            while (drawn := draw()) is not None:
                done[drawn[0]] = work(drawn[1])
        except BaseException as error:
            failed.append(error)

    with ThreadPoolExecutor(lanes) as pool:
        running = [pool.submit(lane) for _ in range(lanes)]
        try:
            while wait(running, timeout=LOOKS_UP).not_done:
                pass
        except BaseException as signal:  # it reaches the caller's thread alone
            failed.insert(0, signal)
    if failed:
        raise failed[0]
    return [done[place] for place in sorted(done)]
