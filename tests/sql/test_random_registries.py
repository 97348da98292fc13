"""A thousand random registries, sites without a patient or an event among them: all numbers."""

from __future__ import annotations

import math
import re

import numpy as np
import polars as pl
import pytest

from sql.methods import flagged_from
from sql.reader_rates import rate_row
from sql.statistics import competing, cusum, funnel, survival

REGISTRIES = 1000


@pytest.fixture
def random():
    """The same draws whichever tests ran before."""
    return np.random.default_rng(1000)


def registries(random):
    """Times and causes of the patients of up to six sites; no event, one patient, ties."""
    for _ in range(REGISTRIES):
        patients = int(random.integers(1, 25))
        time = random.integers(0, int(random.integers(1, 40)), patients).astype(float)
        cause = random.choice(3, patients, p=random.dirichlet([2, 1, 1]))
        yield time, cause, random.integers(0, 6, patients)


def finite(frame: pl.DataFrame) -> bool:
    """Every number is one, or stands as a gap (null): never nan, never infinite."""
    floats = frame.select(pl.col(pl.Float64))
    return all(floats.select(pl.all().is_finite().fill_null(True).all()).row(0))


def known(*numbers: float | None) -> bool:
    return all(number is None or math.isfinite(number) for number in numbers)


def test_curves_medians_and_incidences_hold_no_nan_and_nothing_infinite(random):
    for time, cause, group in registries(random):
        event = (cause > 0).astype(int)
        curve = survival.kaplan_meier(time, event)
        assert finite(curve)
        assert finite(survival.reverse_kaplan_meier(time, event))
        assert curve["estimate"].is_between(0, 1).all()
        assert finite(survival.landmarks(curve, (1, 2, 3), year=12))
        followed, half = survival.follow_up(time, event), survival.median(curve)
        assert known(half.estimate, half.lower, half.upper)
        assert known(followed.estimate, followed.lower, followed.upper)
        mean = survival.rmst(curve, 12)
        assert known(mean.estimate, mean.se)
        assert known(survival.completeness(time, event, time + 3))
        curves = competing.aalen_johansen(time, cause)
        assert finite(curves)
        assert curves["estimate"].is_between(0, 1).all()
        if len(set(group)) > 1:
            for test in (
                survival.log_rank(time, event, group),
                competing.gray(time, cause, group),
            ):
                assert known(test.statistic, test.p)


def test_rates_verdicts_and_sentences_hold_no_nan_and_nothing_infinite(random):
    entry = {"id": "S", "title": "Outcome", "kind": "rate", "unit": "procedure"}
    not_a_number = re.compile(r"\b(nan|inf|None)\b")
    for _ in range(REGISTRIES):
        n = int(random.integers(0, 60)) * int(random.random() < 0.9)
        events = int(random.binomial(n, random.beta(1, 12)))
        unknown = int(random.binomial(n - events, random.choice([0.0, 0.05, 0.5])))
        target = float(random.choice([0.0, 0.005, 0.069, 0.75, 1.0]))
        way = str(random.choice(["lower", "higher"]))
        given = entry | {"direction": way, "target": target}
        row = rate_row(given, (n, events, unknown, 0), int(random.integers(0, 2)), "Site")
        assert known(*(value for value in row.values() if isinstance(value, float)))
        assert not not_a_number.search(f"{row['sentence']} {row['verdict_note']}")


def test_sums_of_evidence_hold_no_nan_and_nothing_infinite(random):
    for _ in range(REGISTRIES):
        patients = int(random.integers(1, 60))
        risk = random.choice([0.0, 0.001, 0.05, 0.5, 1.0], patients)
        event = random.random(patients) < risk
        assert finite(cusum.cusum(risk, event.astype(int), 1.5))


@pytest.mark.parametrize("target", [0.0, 0.005, 0.05, 0.5, 1.0])
def test_counts_that_flag_hold_no_nan_and_nothing_infinite(target):
    found = flagged_from(target, range(1, 101))
    assert finite(found)
    chances = found.select(pl.max_horizontal("false_alert", "doubled", "tripled"))
    assert chances.to_series().is_between(0, 1).all()
    assert not np.isinf(funnel.boundary(100, target)).any()
