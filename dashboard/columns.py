"""Headings of tables: whose cells stand on the right, and whose need a width of their own."""

from __future__ import annotations

from collections.abc import Mapping

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

# Headings whose cells hold sentences, and those that would else take their room.
WIDTHS: Mapping[str, int] = {
    "What": 220,
    "Value": 300,
    "What moved it": 560,
    "Indicator": 180,
    "Of the category": 222,
    "What to do": 230,
    "Reason": 260,
    "What came of it": 320,
    "What was done": 120,
    "What was said": 300,
    "What the review found": 235,
    "What happened": 170,
    "Last answer": 170,
    "Reported": 130,
    "Remedy": 260,
    "Asked": 300,
    "Clause of HTG532": 200,
    "Policy threshold": 220,
    "Policy value": 160,
    "Attached": 190,
    "What was found": 200,
    "Submission": 120,
    "What it is": 200,
    "What should hold": 230,
    "Waits for": 240,
    "Where": 150,
    "Effect": 270,
    "Clause": 105,
    "Allowed values": 230,
    "Note": 170,
    "Message": 300,
    "Source": 220,
    "What it takes": 420,
    "From when it can be judged": 520,
    "SHA-256": 120,
    "Sites": 150,
    "On what": 190,
    "From state": 90,
    "To state": 90,
    "Detail": 260,
    "Clock": 190,
    "About": 250,
}

# Headings whose cells are cut: the download has them whole.
CUT = frozenset({"SHA-256"})
