"""Other libraries where they are right: their recorded answers, since they are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sql.statistics import competing, intervals, survival
from sql.validation import references
from sql.validation.comparing import Comparison, Reference, Row, Value, compared
from sql.validation.of_models import METHODS

NEAR, NEARER = 1e-9, 1e-10
STATSMODELS, LIFELINES, GREENWOOD = "statsmodels 0.15.0", "lifelines 0.30.3", "greenwood 0.8.0"
GROUP = {"lung": "sex", "veteran": "trt", "ovarian": "rx"}


def comparisons() -> Iterator[Comparison]:
    """Every recorded answer of a second library."""
    for what, method, source, count, tolerance, rows in (
        (
            "Wilson and exact intervals, a second time",
            "intervals.wilson, clopper_pearson",
            STATSMODELS,
            20,
            NEAR,
            _intervals(),
        ),
        (
            "Adjusted p-values, a second time",
            "multiplicity",
            STATSMODELS,
            4,
            NEAR,
            _adjusted(),
        ),
        (
            "Survival and its error, a second time",
            "survival.kaplan_meier",
            STATSMODELS,
            3,
            NEARER,
            _survival(),
        ),
        ("Log-rank test, a second time", "survival.log_rank", STATSMODELS, 3, NEARER, _log_rank()),
        (
            "Cumulative incidence, a second time",
            "competing.aalen_johansen",
            STATSMODELS,
            6,
            NEARER,
            _incidence(),
        ),
        (
            "Survival with log-log limits, a third time",
            "survival.kaplan_meier",
            LIFELINES,
            6,
            NEARER,
            _curves(),
        ),
        (
            "Restricted mean survival time, a second time",
            "survival.rmst",
            LIFELINES,
            1,
            NEARER,
            _mean(),
        ),
        (
            "Incidence and Gray's test of three causes and groups, with many ties",
            "competing.aalen_johansen, gray",
            GREENWOOD,
            3,
            NEARER,
            _gray(),
        ),
    ):
        reference = Reference(what, method, source, "oracles.json", count, tolerance)
        yield compared(reference, rows)


def _recorded(library: str) -> Any:
    return references.answers("oracles.json")[library]


def _intervals() -> Iterator[Row]:
    for one in _recorded("statsmodels")["intervals"]:
        given = one["x"], one["n"], one["conf"]
        limits = [*intervals.wilson(*given), *intervals.clopper_pearson(*given)]
        names = ("wilson_lo", "wilson_hi", "cp_lo", "cp_hi")
        ours = [limit.item() for limit in limits]
        yield f"{one['x']}/{one['n']}, {one['conf']}", ours, [one[name] for name in names]


def _adjusted() -> Iterator[Row]:
    recorded = _recorded("statsmodels")["adjusted"]
    for name, method in METHODS.items():
        yield name, method(recorded["p"]).tolist(), recorded[name]


def _curve(dataset: str) -> Any:
    data = references.table(f"data/{dataset}.csv")
    return survival.kaplan_meier(data["time"], data["ev"])


def _read(one: dict[str, Any], names: tuple[str, ...]) -> Row:
    found = survival.at(_curve(one["dataset"]), [one["time"]]).row(0, named=True)
    where = f"{one['dataset']}, time {one['time']}"
    return where, [found[name] for name in names], [one[name] for name in names]


def _survival() -> Iterator[Row]:
    for one in _recorded("statsmodels")["survival"]:
        yield _read(one, ("estimate", "se"))


def _curves() -> Iterator[Row]:
    for one in _recorded("lifelines")["curves"]:
        yield _read(one, ("estimate", "lower", "upper"))


def _log_rank() -> Iterator[Row]:
    for dataset, theirs in _recorded("statsmodels")["log_rank"].items():
        data = references.table(f"data/{dataset}.csv")
        found = survival.log_rank(data["time"], data["ev"], data[GROUP[dataset]])
        yield dataset, [found.statistic], [theirs]


def _incidence() -> Iterator[Row]:
    data = references.table("data/mgus2_cr.csv")
    for one in _recorded("statsmodels")["incidence"]:
        curve = competing.aalen_johansen(data["time"], data["cause"], causes=[one["cause"]])
        found = survival.at(curve, [one["time"]]).row(0, named=True)
        where = f"cause {one['cause']}, time {one['time']}"
        yield where, [found["estimate"], found["se"]], [one["estimate"], one["se"]]


def _mean() -> Iterator[Row]:
    theirs = _recorded("lifelines")["lung_365.25"]["rmst"]
    yield "lung, a year", [survival.rmst(_curve("lung"), 365.25).estimate], [theirs]


def _gray() -> Iterator[Row]:
    one = _recorded("gray")
    for cause, tested in one["of"].items():
        curve = competing.aalen_johansen(one["time"], one["cause"], causes=[int(cause)])
        last = curve.row(-1, named=True)
        found = competing.gray(one["time"], one["cause"], one["group"], int(cause))
        theirs = one["incidence_at_13"][cause]
        ours: list[Value] = [found.statistic, found.degrees, found.p]
        ours += [last[name] for name in theirs]
        recorded = [tested["statistic"], tested["degrees"], tested["p"], *theirs.values()]
        yield f"cause {cause}", ours, recorded
