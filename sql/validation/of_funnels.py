"""The tail rule, funnel limits and overdispersion beside R and FunnelPlotR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sql.statistics import funnel, funnel_limits, overdispersion, spc_limits
from sql.validation import references
from sql.validation.comparing import Comparison, R, Reference, Row, Value, compared

FUNNELPLOTR = f"{R}, FunnelPlotR 0.6.0"
SCALES: dict[str, overdispersion.Scale] = {
    "SHMI": "SHMI",
    "CQC": "CQC",
    "PR": "PR",
    "RC": "RC",
    "SPIEG_P": "plain",
}
LEVELS = (("95", 0.95), ("998", 0.998))
NEAR = 1e-9


def comparisons() -> Iterator[Comparison]:
    """Every recorded verdict, limit and estimate."""
    yield compared(FLAGGED, _flagged())
    yield compared(VERDICTS, _verdicts())
    yield compared(TAILS, _tails())
    yield compared(OF_PROPORTIONS, _proportions())
    yield compared(OF_RATIOS, _ratios())
    yield compared(DISPERSED, _dispersed())


FLAGGED = Reference(
    "Smallest and largest flagged counts, n = 1 to 60",
    "funnel.smallest_flagged",
    f"{R}, binomial tails",
    "funnel_rules.csv",
    180,
    0,
)


def _flagged() -> Iterator[Row]:
    names = ("alert_tail", "alarm_tail", "low_alert_tail", "low_alarm_tail")
    for one in references.table(FLAGGED.file).iter_rows(named=True):
        n, target = one["n"], one["theta"]
        lowest = [funnel.largest_flagged(n, target, tail) for tail in (funnel.ALERT, funnel.ALARM)]
        ours: list[Value] = [
            funnel.smallest_flagged(n, target, tail) for tail in (funnel.ALERT, funnel.ALARM)
        ]
        ours += [-1 if count is None else count for count in lowest]
        yield f"n {n} at {target}", ours, [one[name] for name in names]


VERDICTS = Reference(
    "Verdicts of 12 sites, in words", "funnel.verdict", R, "funnel_sites.csv", 12, 0
)
TAILS = Reference("Their tail probabilities", "funnel.tails", R, "funnel_sites.csv", 12, 1e-12)


def _sites() -> tuple[list[dict[str, Any]], float]:
    target: float = references.answers("refs.json")["funnel_sites_target"]
    return references.table("funnel_sites.csv").to_dicts(), target


def _verdicts() -> Iterator[Row]:
    sites, target = _sites()
    for one in sites:
        theirs = one["verdict_tail"].replace("_", " ")
        yield f"site {one['site']}", [funnel.verdict(one["x"], one["n"], target)], [theirs]


def _tails() -> Iterator[Row]:
    sites, target = _sites()
    for one in sites:
        ours = [tail.item() for tail in funnel.tails(one["x"], one["n"], target)]
        yield f"site {one['site']}", ours, [one["p_upper"], one["p_lower"]]


OF_PROPORTIONS = Reference(
    "Funnel limits of a proportion: interpolated, normal and whole counts",
    "funnel_limits.interpolated, normal; spc_limits.binomial_limits",
    f"{R}, after Spiegelhalter 2005",
    "funnel_binomial_limits.csv",
    96,
    NEAR,
)


def _proportions() -> Iterator[Row]:
    for one in references.table(OF_PROPORTIONS.file).iter_rows(named=True):
        n, target = one["n"], one["theta"]
        ours: list[Value] = []
        names = []
        for level, confidence in LEVELS:
            limits = (
                ("ex", funnel_limits.interpolated(n, target, confidence)),
                ("norm", funnel_limits.normal(n, target, confidence)),
                (
                    "q",
                    spc_limits.binomial_limits(np.array([float(n)]), target, (1 - confidence) / 2),
                ),
            )
            for prefix, pair in limits:
                names += [f"{prefix}_lo{level}", f"{prefix}_hi{level}"]
                ours += [limit.item() for limit in pair]
        yield f"n {n} at {target}", ours, [one[name] for name in names]


OF_RATIOS = Reference(
    "Funnel limits of a ratio: interpolated Poisson, and chi-square as FunnelPlotR draws them",
    "funnel_limits.poisson_interpolated, chi_square",
    FUNNELPLOTR,
    "funnel_smr_limits.csv",
    16,
    NEAR,
)


def _ratios() -> Iterator[Row]:
    for one in references.table(OF_RATIOS.file).iter_rows(named=True):
        ours: list[Value] = []
        names = []
        for level, confidence in LEVELS:
            for prefix, pair in (
                ("sp", funnel_limits.poisson_interpolated(one["E"], confidence)),
                ("chi", funnel_limits.chi_square(one["E"], confidence)),
            ):
                names += [f"{prefix}_lo{level}", f"{prefix}_hi{level}"]
                ours += [limit.item() for limit in pair]
        yield f"{one['E']} expected", ours, [one[name] for name in names]


DISPERSED = Reference(
    "Overdispersion: phi, tau2, each site's z and standard error, adjusted limits",
    "overdispersion.estimate, additive_limits, multiplicative_limits",
    FUNNELPLOTR,
    "refs.json: overdispersion",
    8,
    1e-10,
)


def _dispersed() -> Iterator[Row]:
    for sites, recorded in references.answers("refs.json")["overdispersion"].items():
        given = recorded["input"]
        for name, scale in SCALES.items():
            if name in recorded:
                found = overdispersion.estimate(scale, given["num"], given["den"])
                yield _one_scale(f"{sites}, {name}", found, recorded[name])


def _one_scale(where: str, found: overdispersion.Overdispersion, theirs: dict[str, Any]) -> Row:
    ours: list[Value] = [found.z_used.size, found.phi, found.tau2, *found.z, *found.s]
    recorded = [theirs["n_used"], theirs["phi"], theirs["tau2"], *theirs["z"], *theirs["s"]]
    ours += found.z_used.tolist()
    recorded += [one for one in theirs["z_used"] if one is not None]
    for level, confidence in LEVELS:
        for prefix, limits in (
            ("od", overdispersion.additive_limits),
            ("add", overdispersion.additive_limits),
            ("mult", overdispersion.multiplicative_limits),
        ):
            if f"{prefix}_lo{level}" in theirs:
                lower, upper = limits(found, confidence)
                ours += [*lower, *upper]
                # Theirs run under 0, where no proportion is.
                recorded += [max(one, 0.0) for one in theirs[f"{prefix}_lo{level}"]]
                recorded += theirs[f"{prefix}_hi{level}"]
    if "add_z" in theirs:
        ours += overdispersion.adjusted_z(found).tolist()
        recorded += theirs["add_z"]
    return where, ours, recorded
