"""Adjustment for case mix: expected events from a model of all patients, and by site.

Source: Firth, Biometrika 1993;80:27; Heinze and Schemper,
Statistics in Medicine 2002;21:2409; FLIC: Puhr et al., Statistics in Medicine 2017;36:2302.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import rankdata

from sql.statistics.inputs import Floats, counts, numbers, proportions
from sql.statistics.intervals import standardised_ratio

# Convention [P]: with fewer events in the registry, crude rates stand beside the case mix.
FEWEST_EVENTS = 30

# The library's default of 1e-4 leaves errors of 5e-5 in a coefficient.
NEAR, TOLERANCE = 1e-6, 1e-10
MOST_STEPS = 1000


class TooFewEvents(ValueError):
    """The registry holds too few events for a model of case mix."""


@dataclass(frozen=True)
class Firth:
    """A logistic model by Firth's penalised likelihood.

    Attributes:
        coefficients, se: the intercept's first, then by covariate, per unit of each. se is
            from the information at the estimate, as Heinze and Schemper give it.
        log_likelihood: the penalised one.
        linear: each patient's linear predictor. Its risks lie too near a half: see `flic`.
    """

    coefficients: Floats
    se: Floats
    log_likelihood: float
    linear: Floats


@dataclass(frozen=True)
class CaseMix:
    """A model of case mix and what is published with it.

    Attributes:
        risk: each patient's expected events; they add up to the events observed.
        c_statistic: how often a patient with the event had the higher risk.
        calibration: intercept and slope of the outcome on the risk's logit: 0 and 1 at best.
    """

    model: Firth
    risk: Floats
    c_statistic: float
    calibration: tuple[float, float]


def case_mix(covariates: ArrayLike, outcome: ArrayLike) -> CaseMix:
    """Expected events of every patient, by Firth's logistic regression with FLIC.

    Args:
        covariates: a row per patient, a column per covariate, nothing missing.
        outcome: 1 with the event, 0 without.

    Raises:
        TooFewEvents: with under 30 patients with, or without, the event.
        ValueError: on values that make no sense or columns that say the same.
    """
    y = _outcomes(outcome)
    rarer = int(min(y.sum(), y.size - y.sum()))
    if rarer < FEWEST_EVENTS:
        raise TooFewEvents(
            f"case mix is adjusted for from {FEWEST_EVENTS} events on; found {rarer}: "
            "show crude rates and the case mix side by side"
        )
    model = firth(covariates, y)
    risk = flic(model.linear, y)
    calibration = firth(logit(risk)[:, None], y).coefficients
    return CaseMix(
        model, risk, c_statistic(y, risk), (float(calibration[0]), float(calibration[1]))
    )


def firth(covariates: ArrayLike, outcome: ArrayLike) -> Firth:
    """Firth's logistic regression; finite whatever the covariates separate.

    Args:
        covariates: a row per patient, a column per covariate; no column is the intercept alone.
        outcome: 1 with the event, 0 without.
    """
    y = _outcomes(outcome)
    design, centre, spread = _standardised(_rows(covariates, y.size))
    if design.shape[1] == 1:
        fitted = np.array([logit((y.sum() + 0.5) / (y.size + 1))])
    else:
        fitted = _fitted(design, y)
    linear = design @ fitted
    # Back from standardised columns: back @ fitted are the coefficients per unit.
    back = np.diag(1 / spread)
    back[0] -= centre / spread
    risk = expit(linear)
    information = (design.T * (risk * (1 - risk))) @ design
    variance = back @ np.linalg.inv(information) @ back.T
    penalty = np.linalg.slogdet(information)[1] / 2 + np.log(spread).sum()
    likelihood = -np.logaddexp(0, np.where(y == 1, -linear, linear)).sum()
    return Firth(back @ fitted, np.sqrt(np.diag(variance)), float(likelihood + penalty), linear)


def flic(linear: ArrayLike, outcome: ArrayLike) -> Floats:
    """Risks whose sum is the number of events: the intercept is fitted anew, the rest is kept.

    Args:
        linear: each patient's linear predictor, up to a constant. outcome: 1 or 0.
    """
    y = _outcomes(outcome)
    eta = numbers("linear", linear)
    mean = y.mean()
    if mean in (0, 1):
        return np.full(y.size, mean)
    # With these shifts every risk lies on one side of the mean.
    low, high = logit(mean) - eta.max() - 1e-9, logit(mean) - eta.min() + 1e-9
    shift = brentq(lambda by: expit(eta + by).sum() - y.sum(), low, high, xtol=1e-14, rtol=1e-14)
    return np.asarray(expit(eta + shift), dtype=np.float64)


def stratum_risk(outcome: ArrayLike, stratum: Sequence[str]) -> Floats:
    """Each patient's expected events: the rate of everybody in the same stratum."""
    y = _outcomes(outcome)
    if len(stratum) != y.size:
        raise ValueError(f"stratum must name one per patient; found {len(stratum)} for {y.size}")
    _, position = np.unique(np.asarray(stratum, dtype=np.str_), return_inverse=True)
    rates = np.bincount(position, weights=y) / np.bincount(position)
    return np.asarray(rates[position], dtype=np.float64)


def indirect(
    site: Sequence[str], outcome: ArrayLike, risk: ArrayLike, confidence: float = 0.95
) -> pl.DataFrame:
    """Indirectly standardised ratios: each site's events over those its patients would have.

    Args:
        site, outcome, risk: one per patient; risk from a model of all patients (`case_mix`,
            `stratum_risk`), never of one site.

    Returns:
        site, n, observed, expected, ratio, lower, upper; one row per site, in their order.
        ratio and limits are null where nothing is expected.
    """
    y, expected = _outcomes(outcome), proportions("risk", risk)
    if not len(site) == y.size == expected.size:
        raise ValueError(
            "site, outcome and risk must hold one value per patient; "
            f"found {len(site)}, {y.size} and {expected.size}"
        )
    by_site = (
        pl.DataFrame({"site": site, "observed": y, "expected": expected})
        .group_by("site")
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("observed").sum().cast(pl.Int64),
            pl.col("expected").sum(),
        )
        .sort("site")
    )
    known = by_site["expected"].to_numpy()
    above = np.where(known > 0, known, 1.0)
    lower, upper = standardised_ratio(by_site["observed"], above, confidence)
    ratio = by_site["observed"].to_numpy() / above
    return by_site.with_columns(
        pl.when(pl.col("expected") > 0).then(pl.Series(values)).alias(name)
        for name, values in (("ratio", ratio), ("lower", lower), ("upper", upper))
    )


def c_statistic(outcome: ArrayLike, risk: ArrayLike) -> float:
    """The chance that of two patients the one with the event had the higher risk; ties half."""
    y, ranks = _outcomes(outcome), rankdata(numbers("risk", risk))
    events, others = y.sum(), y.size - y.sum()
    if events == 0 or others == 0:
        raise ValueError("outcome must hold patients with and without the event")
    return float((ranks[y == 1].sum() - events * (events + 1) / 2) / (events * others))


def _fitted(design: Floats, y: Floats) -> Floats:
    # scikit-learn, which it stands on, takes seconds to import: only a model pays for it.
    from firthmodels import FirthLogisticRegression

    if not 0 < y.sum() < y.size:
        raise ValueError("outcome must hold patients with and without the event")
    # Step-halving stalls where a step gains less than rounding: it leads near the estimate,
    # and plain steps from there, with what was found as an offset, to the tolerance.
    near, last = (
        FirthLogisticRegression(
            backend="numpy",
            fit_intercept=False,
            max_iter=MOST_STEPS,
            max_halfstep=halvings,
            gtol=tolerance,
            xtol=tolerance,
        )
        for halvings, tolerance in ((25, NEAR), (0, TOLERANCE))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is asked for below
        near.fit(design, y)
        last.fit(design, y, offset=design @ near.coef_)
    if not last.converged_:
        raise ValueError(f"the model did not converge in {MOST_STEPS} steps")
    return np.asarray(near.coef_ + last.coef_, dtype=np.float64)


def _standardised(columns: Floats) -> tuple[Floats, Floats, Floats]:
    """The design with its intercept, columns of mean 0 and spread 1; means and spreads.

    Age in years beside size in mm would otherwise stop the fit short of its tolerance.
    """
    centre = np.concatenate(([0.0], columns.mean(axis=0)))
    spread = np.concatenate(([1.0], columns.std(axis=0)))
    # Not by their spread: that of 0.1, 0.1, 0.1 is not quite 0.
    constant = [str(place + 1) for place in np.flatnonzero((columns == columns[0]).all(axis=0))]
    if constant:
        raise ValueError(f"covariates must vary; constant: column {', '.join(constant)}")
    design = (np.column_stack([np.ones(columns.shape[0]), columns]) - centre) / spread
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("covariates must not say the same: a column follows from the others")
    return design, centre, spread


def _rows(covariates: ArrayLike, patients: int) -> Floats:
    given = np.asarray(covariates, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != patients:
        raise ValueError(
            f"covariates must be a table of {patients} rows, one per patient; found {given.shape}"
        )
    return numbers("covariates", given) if given.size else given


def _outcomes(outcome: ArrayLike) -> Floats:
    y = counts("outcome", outcome)
    if y.ndim != 1 or (y > 1).any():
        raise ValueError("outcome must be one list of 1 (with the event) and 0 (without)")
    return y
