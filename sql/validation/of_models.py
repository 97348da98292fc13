"""Case mix, shrinkage and multiplicity beside R."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import expit

from sql.statistics import adjust, multiplicity, shrinkage
from sql.validation import references
from sql.validation.comparing import Comparison, R, Reference, Row, Value, compared

NEAR = 1e-9


def comparisons() -> Iterator[Comparison]:
    """Every recorded model, prior and adjusted p-value."""
    for reference, rows in (
        (FIRTH, _firth()),
        (SHRUNK, _shrunk()),
        (PRIOR, _prior()),
        (ADJUSTED, _adjusted()),
        (FALSE, _false_flags()),
    ):
        yield compared(reference, rows)


def _recorded(name: str) -> Any:
    return references.answers("refs.json")[name]


FIRTH = Reference(
    "Firth's logistic regression, complete separation and no event included",
    "adjust.firth",
    f"{R}; closed forms",
    "refs.json: firth",
    3,
    NEAR,
)


def _firth() -> Iterator[Row]:
    recorded = _recorded("firth")
    one = recorded["continuous"]
    found = adjust.firth(np.array(one["x"], dtype=float)[:, None], one["y"])
    ours: list[Value] = [*found.coefficients, *found.se, found.log_likelihood]
    yield "continuous", ours, [*one["coef"], *one["se"], one["pen_loglik"]]
    apart = recorded["separated_2x2"]
    first, second, third, fourth = apart["cells"]  # events, others; without, with the covariate
    covariate = np.repeat([0.0, 1.0], [first + second, third + fourth])[:, None]
    outcome = np.repeat([1, 0, 1, 0], [first, second, third, fourth])
    found = adjust.firth(covariate, outcome)
    closed = [-apart["closed_form_logOR"], apart["closed_form_logOR"]]
    ours = [*found.coefficients, *found.se, *found.coefficients]
    yield "separated", ours, [*apart["coef"], *apart["se"], *closed]
    none = adjust.firth(np.empty((12, 0)), [0] * 12)
    theirs = recorded["intercept_only_0_of_12"]["prob"]
    yield "no event in 12", [expit(none.coefficients[0]).item()], [theirs]


SHRUNK = Reference(
    "Shrunken rates and ratios: mean, interval, chance of being high",
    "shrinkage.beta_binomial, gamma_poisson",
    R,
    "refs.json: shrink",
    6,
    NEAR,
)


def _shrunk() -> Iterator[Row]:
    recorded = _recorded("shrink")
    for one in recorded["beta_binomial"]:
        prior = shrinkage.BetaPrior(one["a"], one["b"])
        found = shrinkage.beta_binomial(one["x"], one["n"], prior)
        above = shrinkage.rate_above(one["x"], one["n"], prior, 0.1)
        yield _shrunken(f"{one['x']}/{one['n']}", found, above, one, "p_gt_10pct")
    for one in recorded["gamma_poisson"]:
        found = shrinkage.gamma_poisson(one["O"], one["E"], one["a"])
        above = shrinkage.ratio_above(one["O"], one["E"], one["a"], 2)
        yield _shrunken(f"{one['O']} of {one['E']} expected", found, above, one, "p_gt_2")


def _shrunken(
    where: str, found: shrinkage.Shrunk, above: Any, one: dict[str, Any], last: str
) -> Row:
    ours = [part.item() for part in (found.mean, found.lower, found.upper, above)]
    return where, ours, [one[name] for name in ("mean", "lo", "hi", last)]


PRIOR = Reference(
    "Prior fitted to 12 sites (an optimum: looser)",
    "shrinkage.fit_beta",
    R,
    "refs.json: shrink",
    1,
    1e-4,
    is_relative=True,
)


def _prior() -> Iterator[Row]:
    recorded, sites = _recorded("shrink")["eb_fit_sites"], references.table("funnel_sites.csv")
    prior = shrinkage.fit_beta(sites["x"], sites["n"])
    likelihood = shrinkage.beta_likelihood(sites["x"], sites["n"], prior)
    shrunk = shrinkage.beta_binomial(sites["x"], sites["n"], prior).mean
    theirs = [recorded["a"], recorded["b"], recorded["loglik"], *recorded["shrunk"]]
    yield "12 sites", [prior.a, prior.b, likelihood, *shrunk.tolist()], theirs


ADJUSTED = Reference(
    "Adjusted p-values: Bonferroni, Holm, Benjamini-Hochberg, Benjamini-Yekutieli",
    "multiplicity.bonferroni, holm, benjamini_hochberg, benjamini_yekutieli",
    R,
    "refs.json: padjust",
    4,
    NEAR,
)
METHODS = {
    "bonferroni": multiplicity.bonferroni,
    "holm": multiplicity.holm,
    "BH": multiplicity.benjamini_hochberg,
    "BY": multiplicity.benjamini_yekutieli,
}


def _adjusted() -> Iterator[Row]:
    recorded = _recorded("padjust")
    for name, method in METHODS.items():
        yield name, method(recorded["p"]).tolist(), recorded[name]


FALSE = Reference(
    "Chance of a false flag among 10, 15 and 20 sites",
    "multiplicity.any_false_flag",
    R,
    "refs.json: false_alarms",
    3,
    NEAR,
)


def _false_flags() -> Iterator[Row]:
    recorded = _recorded("false_alarms")
    for place, sites in enumerate(recorded["sites"]):
        chances = (
            multiplicity.any_false_flag(sites, 0.05),
            multiplicity.any_false_flag(sites, 0.002),
            multiplicity.any_false_flag(8 * sites, 0.002),
        )
        names = ("any_alert_2sided_p05", "any_alarm_2sided_p002", "any_alarm_8_indicators")
        theirs = [recorded[name][place] for name in names]
        yield f"{sites} sites", [chance.item() for chance in chances], theirs
