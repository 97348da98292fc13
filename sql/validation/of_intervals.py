"""Intervals of proportions, counts, ratios and rates beside R's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sql.disclosure import hes, text
from sql.statistics import intervals
from sql.statistics.inputs import Floats
from sql.validation import references
from sql.validation.comparing import Comparison, R, Reference, Row, compared

EPITOOLS = f"{R}, epitools 0.5-10.1"
NEAR = 1e-9

Limits = tuple[Floats, Floats]


def comparisons() -> Iterator[Comparison]:
    """Every recorded interval, and the rounding of counts."""
    for name, what, prefix in (
        ("wilson", "Wilson interval of a proportion", "wilson"),
        ("clopper_pearson", "Exact interval of a proportion", "cp"),
    ):
        reference = Reference(what, f"intervals.{name}", R, "proportion_ci.csv", 48, NEAR)
        yield compared(reference, _rows(reference.file, prefix, getattr(intervals, name)))
    for name, what, prefix in (
        ("poisson_exact", "Exact interval of a count", "exact"),
        ("byar", "Byar's interval of a count", "byar"),
        ("count", "Interval of a count: exact below 10, Byar's from 10", "ukhsa"),
    ):
        reference = Reference(what, f"intervals.{name}", EPITOOLS, "poisson_ci.csv", 36, NEAR)
        yield compared(reference, _rows(reference.file, prefix, getattr(intervals, name)))
    yield _standardised_ratios()
    yield _standardised_rate()
    yield _published_vectors()
    yield _rounding()


def _rows(file: str, prefix: str, method: Callable[..., Limits]) -> Iterator[Row]:
    for one in references.table(file).iter_rows(named=True):
        given = [one[name] for name in ("x", "n", "conf") if name in one]
        lower, upper = method(*given)
        where = ", ".join(str(value) for value in given)
        yield where, [lower.item(), upper.item()], [one[f"{prefix}_lo"], one[f"{prefix}_hi"]]


def _standardised_ratios() -> Comparison:
    reference = Reference(
        "Interval of a ratio of observed to expected events",
        "intervals.standardised_ratio",
        EPITOOLS,
        "isr_ci.csv",
        24,
        NEAR,
    )

    def rows() -> Iterator[Row]:
        for one in references.table(reference.file).iter_rows(named=True):
            limits = intervals.standardised_ratio(one["O"], one["E"], one["conf"])
            exact = intervals.poisson_exact(one["O"], one["conf"])
            ours = [one["O"] / one["E"], *(limit.item() for limit in limits)]
            ours += [limit.item() / one["E"] for limit in exact]
            names = ("ratio", "ukhsa_lo", "ukhsa_hi", "exact_lo", "exact_hi")
            yield f"site {one['site']}, {one['conf']}", ours, [one[name] for name in names]

    return compared(reference, rows())


def _standardised_rate() -> Comparison:
    reference = Reference(
        "Directly standardised rate with Dobson's interval",
        "intervals.dobson",
        R,
        "refs.json: dsr",
        2,
        NEAR,
    )
    recorded = references.answers("refs.json")["dsr"]
    events, cases, standard = (recorded["input"][name] for name in ("count", "pop", "std"))

    def rows() -> Iterator[Row]:
        for name, confidence in (("dobson95", 0.95), ("dobson998", 0.998)):
            rate = intervals.standardised_rate(events, cases, standard)
            found = (rate, *intervals.dobson(events, cases, standard, confidence))
            theirs = [recorded[name][key] for key in ("value", "lo", "hi")]
            yield name, [recorded["mult"] * one.item() for one in found], theirs

    return compared(reference, rows())


def _published_vectors() -> Comparison:
    reference = Reference(
        "Difference of two proportions, the published examples",
        "intervals.newcombe_difference",
        "Newcombe, Statistics in Medicine 1998;17:873, table II, method 10",
        "newcombe_1998.csv",
        8,
        0.5e-4 * (1 + 1e-9),  # four printed places
    )

    def rows() -> Iterator[Row]:
        for x, m, y, n, lower, upper in references.table(reference.file).iter_rows():
            found = intervals.newcombe_difference((x, y), (m, n))
            yield f"{x}/{m} less {y}/{n}", [one.item() for one in found], [lower, upper]

    return compared(reference, rows())


def _rounding() -> Comparison:
    reference = Reference(
        "Rounding of published counts (HES)",
        "disclosure.hes",
        "NHS England, HES disclosure control since September 2018",
        "sdc_rules.csv",
        28,
        0,
    )

    def rows() -> Iterator[Row]:
        for one in references.table(reference.file).iter_rows(named=True):
            yield f"{one['true']}", [text(hes(one["true"]))], [str(one["hes"])]

    return compared(reference, rows())
