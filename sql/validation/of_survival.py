"""Survival, follow-up, cumulative incidence and their tests beside R's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from sql.statistics import competing, survival
from sql.validation import references
from sql.validation.comparing import Comparison, R, Reference, Row, Value, compared

SURVIVAL = f"{R}, survival 3.5-3"
FILE, NEAR = "survival_refs.csv", 1e-10
GROUP = {"lung": "sex", "veteran": "trt", "ovarian": "rx", "mgus2": "sex"}
BEYOND = "beyond last follow-up"  # R repeats its last value there; nobody was followed so long
READ = ("estimate", "se", "lower", "upper", "at_risk")
RECORDED = ("estimate", "se", "lo", "hi", "n_risk")

Answer = Callable[[dict[str, Any]], tuple[list[Value], list[Value]]]


def comparisons() -> Iterator[Comparison]:
    """Every recorded curve, median, mean, test and incidence, and the edge cases."""
    for what, method, stats, rows, answer in _COMPARED:
        reference = Reference(what, method, SURVIVAL, FILE, rows, NEAR)
        yield compared(reference, _rows(stats, answer))
    for cause in (1, 2):
        reference = Reference(
            f"Gray's test of cause {cause}",
            "competing.gray",
            f"{R}, cmprsk 2.2-11",
            FILE,
            1,
            NEAR,
        )
        yield compared(reference, _rows((f"gray_chi2_cause{cause}",), _gray))
    yield compared(EDGES, _edges())


def _rows(stats: tuple[str, ...], answer: Answer) -> Iterator[Row]:
    chosen = references.table(FILE).filter(pl.col("stat").is_in(stats))
    for one in chosen.iter_rows(named=True):
        where = f"{one['dataset']}, {one['group']}, {one['stat']}, time {one['time']}"
        yield (where, *answer(one))


def _data(one: dict[str, Any]) -> pl.DataFrame:
    name = one["dataset"]
    data = references.table(f"data/{'mgus2_cr' if name == 'mgus2' else name}.csv")
    if one["group"] in ("all", None) or one["stat"].startswith("gray"):
        return data
    return data.filter(pl.col(GROUP[name]).cast(pl.String) == str(one["group"]))


def _curve(one: dict[str, Any]) -> pl.DataFrame:
    data = _data(one)
    return survival.kaplan_meier(data["time"], data["ev"])


def _landmark(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    found = survival.at(_curve(one), [one["time"]]).row(0, named=True)
    theirs = [one[name] for name in RECORDED]
    if one["note"] == BEYOND:
        theirs = [None, None, None, None, one["n_risk"]]
    return [found[name] for name in READ], theirs


def _other_limits(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    # Other limits than ours: the estimate and its error are the same.
    found = survival.at(_curve(one), [one["time"]]).row(0, named=True)
    return [found["estimate"], found["se"]], [one["estimate"], one["se"]]


def _median(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    data = _data(one)
    reverse = one["stat"].startswith("reverse")
    curve = survival.reverse_kaplan_meier if reverse else survival.kaplan_meier
    found = survival.median(curve(data["time"], data["ev"]))
    ours: list[Value] = [found.estimate, found.lower, found.upper]
    return ours, [one["estimate"], one["lo"], one["hi"]]


def _mean(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    found = survival.rmst(_curve(one), one["time"])
    return [found.estimate, found.se], [one["estimate"], one["se"]]


def _log_rank(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    data = _data(one)
    found = survival.log_rank(data["time"], data["ev"], data[GROUP[one["dataset"]]])
    said = dict(part.split("=") for part in one["note"].split(";"))
    ours: list[Value] = [found.statistic, found.degrees, found.p]
    return ours, [one["estimate"], int(said["df"]), float(said["p"])]


def _gray(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    data = _data(one)
    found = competing.gray(data["time"], data["cause"], data["sex"], int(one["stat"][-1]))
    said = dict(part.split("=") for part in one["note"].replace(";", " ").split() if "=" in part)
    ours: list[Value] = [found.statistic, found.p]
    return ours, [one["estimate"], float(said["p"])]


def _incidence(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    data, cause = _data(one), int(one["stat"].split("cause")[1][0])
    curves = competing.aalen_johansen(data["time"], data["cause"], causes=[cause])
    found = survival.at(curves, [one["time"]]).row(0, named=True)
    return [found[name] for name in READ], [one[name] for name in RECORDED]


def _other_limits_of_incidence(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    ours, theirs = _incidence(one)
    return ours[:2], theirs[:2]


def _one_less_survival(one: dict[str, Any]) -> tuple[list[Value], list[Value]]:
    data = _data(one)
    curve = survival.kaplan_meier(data["time"], data["cause"] == 1)
    return [1 - survival.at(curve, [one["time"]])["estimate"][0]], [one["estimate"]]


_COMPARED: tuple[tuple[str, str, tuple[str, ...], int, Answer], ...] = (
    (
        "Kaplan-Meier at landmarks: estimate, error, log-log limits, numbers at risk",
        "survival.kaplan_meier, at",
        ("km_loglog",),
        33,
        _landmark,
    ),
    (
        "Kaplan-Meier estimate and error where R gives other limits",
        "survival.kaplan_meier",
        ("km_log_(R default)", "km_plain"),
        18,
        _other_limits,
    ),
    (
        "Median survival with its limits, not reached included",
        "survival.median",
        ("median_loglog",),
        9,
        _median,
    ),
    (
        "Median follow-up by reverse Kaplan-Meier",
        "survival.follow_up",
        ("reverse_km_median_fu",),
        9,
        _median,
    ),
    ("Restricted mean survival time and its error", "survival.rmst", ("rmst",), 18, _mean),
    ("Log-rank test", "survival.log_rank", ("logrank_chi2",), 3, _log_rank),
    (
        "Cumulative incidence (Aalen-Johansen) with error and limits, ties included",
        "competing.aalen_johansen",
        ("aj_cause1_loglog", "aj_cause2_loglog"),
        30,
        _incidence,
    ),
    (
        "Cumulative incidence and error where R gives other limits",
        "competing.aalen_johansen",
        ("aj_cause1_log", "aj_cause2_log"),
        30,
        _other_limits_of_incidence,
    ),
    (
        "1 - Kaplan-Meier of a competing cause: the wrong answer, reproduced to be refused",
        "survival.kaplan_meier",
        ("naive_1_minus_km_cause1_WRONG",),
        15,
        _one_less_survival,
    ),
)


EDGES = Reference(
    "Curves and medians of edge cases: no event, one patient, ties, a flat half, time 0",
    "survival.kaplan_meier, median",
    SURVIVAL,
    "refs.json: km_edge",
    6,
    NEAR,
)


def _edges() -> Iterator[Row]:
    for name, edge in references.answers("refs.json")["km_edge"].items():
        curve = survival.kaplan_meier(edge["t"], edge["e"])
        median = survival.median(curve)
        ours: list[Value] = [median.estimate, median.lower, median.upper]
        theirs = [edge["median"], edge["median_lo"], edge["median_hi"]]
        columns = (
            ("time", "time"),
            ("at_risk", "n_risk"),
            ("estimate", "surv"),
            ("lower", "lower"),
            ("upper", "upper"),
        )
        for column, recorded in columns:
            ours += curve[column].to_list()
            theirs += edge[recorded]
        yield name.replace("_", " "), ours, theirs
