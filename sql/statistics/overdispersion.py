"""Overdispersion of a funnel: how much sites vary beyond chance, and limits that allow for it.

Adjusted limits are never shown without the unadjusted ones, nor from fewer than ten sites.

Source: Spiegelhalter, Statistics in Medicine 2005;24:1185 (multiplicative; additive after
DerSimonian and Laird); scales and trimming as FunnelPlotR 0.6.0 names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from sql.statistics.inputs import (
    Floats,
    counts,
    level,
    positive,
    proportions,
    together,
    within,
)

FEWEST_SITES = 10  # convention [P]: below it phi and tau2 say nothing
TRIMMED = 0.1  # of the sites, at each end

# SHMI: log of observed/expected, ends truncated. CQC: its square root. PR: arcsine of a
# proportion. RC: log of a ratio of counts. plain: the proportion itself. All but SHMI are
# Winsorised.
Scale = Literal["SHMI", "CQC", "PR", "RC", "plain"]


@dataclass(frozen=True)
class Overdispersion:
    """How sites vary about a target on one scale.

    Attributes:
        scale: the scale used: CQC in place of SHMI where a site has no event.
        centre: the target on the scale.
        s: each site's standard error on the scale. z: its distance from the centre in s.
        z_used: what phi is the mean square of: z of `is_used` sites, after Winsorising.
        phi: the variance ratio; 1 is chance alone. tau2: the variance between sites on the
            scale, 0 where phi is no larger than chance makes it.
    """

    scale: Scale
    centre: float
    s: Floats
    z: Floats
    z_used: Floats
    is_used: NDArray[np.bool_]
    phi: float
    tau2: float


def estimate(
    scale: Scale, numerator: ArrayLike, denominator: ArrayLike, target: float | None = None
) -> Overdispersion:
    """phi and tau2 of a set of sites.

    Args:
        numerator: counts of events. denominator: above 0: expected events (SHMI, CQC, RC)
            or cases (PR, plain).
        target: the ratio or proportion expected; by default 1 for SHMI and CQC, else all
            events over all cases.

    Raises:
        ValueError: on counts or a target that make no sense.
    """
    x, size = _sites(scale, numerator, denominator)
    if scale == "SHMI" and (x == 0).any():
        scale = "CQC"  # the log of 0 would make every limit infinite
    aim = _aim(scale, x, size, target)
    y, centre, s = _on_scale(scale, x, size, aim)
    z = _distances(y, centre, s)
    is_used = _kept(z) if scale == "SHMI" else np.ones(z.size, dtype=np.bool_)
    z_used = z[is_used] if scale == "SHMI" else _winsorised(z)
    phi = float((z_used**2).mean())
    return Overdispersion(scale, centre, s, z, z_used, is_used, phi, _between(phi, s[is_used]))


def multiplicative_limits(found: Overdispersion, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Limits of each site, widened by the root of phi where phi is above 1.

    Returns:
        (lower, upper) as ratios or proportions, cut where these end.
    """
    return _limits(found, found.s * np.sqrt(max(1.0, found.phi)), confidence)


def additive_limits(found: Overdispersion, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Limits of each site with tau2 added to its variance; as in `multiplicative_limits`."""
    return _limits(found, np.sqrt(found.s**2 + found.tau2), confidence)


def adjusted_z(found: Overdispersion) -> Floats:
    """Each site's distance from the target in standard errors that hold tau2."""
    spread = np.sqrt(found.s**2 + found.tau2)
    return found.z * found.s / np.where(spread > 0, spread, 1.0)


def why_not_adjusted(found: Overdispersion) -> str | None:
    """Why adjusted limits may not be shown; None where they may."""
    if found.z.size >= FEWEST_SITES:
        return None
    sites = "1 site" if found.z.size == 1 else f"{found.z.size} sites"
    return (
        f"Limits are exact and not adjusted for overdispersion: {sites}, and it is estimated "
        f"from {FEWEST_SITES} on."
    )


def _sites(scale: Scale, numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    x = np.atleast_1d(counts("numerator", numerator))
    size = np.atleast_1d(positive("denominator", denominator))
    if scale in ("PR", "plain"):
        return within(x, counts("denominator", size))
    x, size = together(("numerator", x), ("denominator", size))
    return x, size


def _aim(scale: Scale, x: Floats, size: Floats, target: float | None) -> float:
    if target is None:
        return 1.0 if scale in ("SHMI", "CQC") else float(x.sum() / size.sum())
    if scale in ("PR", "plain"):
        return float(proportions("target", target))
    return float(positive("target", target))


def _on_scale(scale: Scale, x: Floats, size: Floats, aim: float) -> tuple[Floats, float, Floats]:
    """Values, centre and standard errors."""
    if scale == "SHMI":
        # SHMI rounds expected numbers to 2 places; 0.00 would have no variance.
        rounded = np.maximum(np.round(size, 2), 0.01)
        return np.log(x / size), float(np.log(aim)), 1 / np.sqrt(rounded)
    if scale == "CQC":
        return np.sqrt(x / size), float(np.sqrt(aim)), 1 / (2 * np.sqrt(size))
    if scale == "PR":
        angle = float(np.arcsin(np.sqrt(aim)))
        return np.arcsin(np.sqrt(x / size)), angle, 1 / (2 * np.sqrt(size))
    if scale == "RC":
        return _ratio_of_counts(x, size, aim)
    return x / size, aim, np.sqrt(aim * (1 - aim) / size)


def _ratio_of_counts(x: Floats, size: Floats, aim: float) -> tuple[Floats, float, Floats]:
    more, over = x + 0.5, size + 0.5
    s = np.sqrt(x / more**2 + size / over**2)
    if aim == 0:  # no event anywhere: nothing varies
        centre = float(np.log(0.5 / (size.sum() + 0.5)))
        return np.full(x.shape, centre), centre, s
    return np.log(more / over), float(np.log(aim)), s


def _distances(y: Floats, centre: float, s: Floats) -> Floats:
    if ((s == 0) & (y != centre)).any():
        raise ValueError("target is 0 or 1, which every site would have to meet exactly")
    return (y - centre) / np.where(s > 0, s, 1.0)


def _kept(z: Floats) -> NDArray[np.bool_]:
    """The sites left when the lowest and highest tenth by rank are truncated."""
    tenth = np.floor(rankdata(z) * 10 / (z.size + 1))
    return (tenth > 0) & (tenth < 9)


def _winsorised(z: Floats) -> Floats:
    lowest, highest = np.quantile(z, [TRIMMED, 1 - TRIMMED])
    return np.clip(z, lowest, highest)


def _between(phi: float, s: Floats) -> float:
    excess = s.size * phi - (s.size - 1)
    if s.size < 2 or excess <= 0:  # one site cannot vary between sites
        return 0.0
    weight = 1 / s**2
    return float(excess / (weight.sum() - (weight**2).sum() / weight.sum()))


def _limits(found: Overdispersion, spread: Floats, confidence: float) -> tuple[Floats, Floats]:
    half = float(ndtri((1 + level(confidence)) / 2)) * spread
    lower, upper = found.centre - half, found.centre + half
    if found.scale in ("SHMI", "RC"):
        return np.exp(lower), np.exp(upper)
    if found.scale == "CQC":
        return np.maximum(lower, 0) ** 2, upper**2
    if found.scale == "PR":
        # Past a quarter turn the sine would come back.
        return np.sin(np.clip(lower, 0, np.pi / 2)) ** 2, np.sin(np.clip(upper, 0, np.pi / 2)) ** 2
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)
