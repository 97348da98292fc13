"""One comparison: our numbers beside recorded ones, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

R = "R 4.2.2"

Value = float | int | str | None
# (where, ours, theirs): one recorded row, its values in the same order.
Row = tuple[str, Sequence[Value], Sequence[Value]]


@dataclass(frozen=True)
class Reference:
    """What one method is compared with.

    Attributes:
        what: in plain words. method: the function, as module.function.
        source: the program and version, or the paper. file: where the answers are kept.
        rows: how many answers are recorded: with fewer, or more, the comparison fails.
        tolerance: the largest difference allowed; 0: the same to the letter.
        is_relative: a difference is a share of the recorded number.
    """

    what: str
    method: str
    source: str
    file: str
    rows: int
    tolerance: float
    is_relative: bool = False


@dataclass(frozen=True)
class Comparison:
    """What came of comparing one method.

    Attributes:
        rows, numbers: how many were compared. disagreements: numbers that differ by more
            than the tolerance.
        largest_difference: None where a number stands beside a gap or another word.
        first: the first disagreement in words; empty where there is none.
    """

    reference: Reference
    rows: int
    numbers: int
    disagreements: int
    largest_difference: float | None
    first: str

    @property
    def agrees(self) -> bool:
        return not self.disagreements and 0 < self.rows == self.reference.rows


def compared(reference: Reference, rows: Iterable[Row]) -> Comparison:
    """Compare row by row; a gap (null, nan) equals a gap alone, a word the same word alone."""
    given = list(rows)
    differences, wrong = [0.0], []
    for where, ours, theirs in given:
        for found, expected in zip(ours, theirs, strict=True):
            difference = _difference(found, expected, is_relative=reference.is_relative)
            differences.append(difference)
            if not difference <= reference.tolerance:
                wrong.append(f"{where}: {_told(found)}, recorded {_told(expected)}")
    largest = max(differences)
    return Comparison(
        reference=reference,
        rows=len(given),
        numbers=len(differences) - 1,
        disagreements=len(wrong),
        largest_difference=largest if math.isfinite(largest) else None,
        first=wrong[0] if wrong else "",
    )


def _difference(found: Value, expected: Value, *, is_relative: bool) -> float:
    ours, theirs = _known(found), _known(expected)
    if isinstance(ours, str) or isinstance(theirs, str) or ours is None or theirs is None:
        return 0.0 if ours == theirs else math.inf
    if ours == theirs:  # two infinities too
        return 0.0
    difference = abs(ours - theirs)
    if math.isnan(difference):
        return math.inf
    return difference / abs(theirs) if is_relative and theirs else difference


def _known(value: Value) -> float | str | None:
    if value is None or isinstance(value, str):
        return value
    return None if math.isnan(value) else float(value)


def _told(value: Value) -> str:
    known = _known(value)
    return "nothing" if known is None else f"{known:.15g}" if isinstance(known, float) else known
