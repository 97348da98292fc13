"""Headings of tables whose cells stand on the right."""

from __future__ import annotations

# The counts of a rate some of whose outcomes may be unknown: its per cent is of those known.
OF_KNOWN = "n/known"

# Headings of texts that are numbers: n/N, rounded counts, a per cent with its interval.
RIGHT = frozenset(
    {
        "n/N",
        OF_KNOWN,
        "Met/all",
        "Filled/expected",
        "Procedures",
        "Cannot tell",
        "Events",
        "Eligible",
        "Unknown",
        "At risk",
        "% met (95 % interval)",
        "% (95 % interval)",
        "% filled (95 % interval)",
        "% filled",
        "% alive (95 % interval)",
        "Mean change (95 % interval)",
        "Mean (95 % interval)",
        "Median (quartiles)",
        "Better",
        "Worse",
        "% progressed",
        "% of expected",
        "Breaches",
        *(f"C{rule}" for rule in range(1, 6)),
        "Procedures (rounded)",
        "Expected (rounded)",
        "n (rounded)",
        "N (rounded)",
        "Unknown (rounded)",
        "Followed before",
        "Progressed",
        "Died or transplanted",
        "Largest difference",
        "Allowed",
        "False alerts in 100",
        "Found in 100, rate doubled",
        "Found in 100, rate tripled",
        "False flags in 100",
        "Registries in 100 with one",
        "Found in 100, rate × 2",
        "× 3",
        "× 5",
    }
)
