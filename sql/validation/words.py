"""How a comparison is told: small numbers as powers of ten, and what went wrong."""

from __future__ import annotations

import math

from sql.validation.comparing import Comparison, Reference

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def difference_words(one: Comparison) -> str:
    """The largest difference: "none", "6 × 10⁻¹⁶", or "no number" beside a gap or a word."""
    if one.largest_difference is None:
        return "no number"
    if one.largest_difference == 0:
        return "none"
    told = _power(one.largest_difference)
    return f"{told} of the number" if one.reference.is_relative else told


def tolerance_words(reference: Reference) -> str:
    """The difference allowed: "none" where every word and count must be the same."""
    if reference.tolerance == 0:
        return "none"
    told = _power(reference.tolerance)
    return f"{told} of the number" if reference.is_relative else told


def why_not(one: Comparison) -> str:
    """Why a comparison does not agree."""
    if one.rows != one.reference.rows:
        return f"{one.rows} of {one.reference.rows} recorded rows were compared"
    return f"{one.disagreements} of {one.numbers} numbers; the first: {one.first}"


def _power(value: float) -> str:
    exponent = math.floor(math.log10(value))
    digit = round(value / 10.0**exponent)
    if digit == 10:
        digit, exponent = 1, exponent + 1
    raised = f"10{str(exponent).translate(RAISED)}"
    return raised if digit == 1 else f"{digit} × {raised}"
