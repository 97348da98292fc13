"""Methods, outliers: the rule, what it flags at each volume, and what others would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from sql.methods import flagged_from
from sql.statistics.funnel import ALARM, ALERT, FEWEST_FLAGGED
from sql.statistics.overdispersion import FEWEST_SITES
from sql.validation import outlier_rules

RULES = {
    "judge": "Used here: exact tail, two events",
    "tail": "Exact tail alone",
    "cusum": "CUSUM over the window",
    "interpolated": "Interpolated limits",
    "normal": "Normal limits",
    "multiplicative": "Limits × √φ",
    "additive": "Limits + τ²",
}
WINDOWS = {36: "36 months", 12: "12 months"}
LEVELS = {"alert": "alert or alarm", "alarm": "alarm"}
SHOWN_RATE = 0.05


def show(view: View) -> None:
    """The rule in words, its counts at a target, and the measured rates of every rule."""
    st.markdown(RULE)
    rates = outlier_rules.table()["rate"].unique().sort().to_list()
    rate = st.selectbox(
        "Target",
        rates,
        index=rates.index(SHOWN_RATE),
        format_func=lambda one: words.percent(one, 0),
        key="methods_rate",
    )
    _counts(view, rate)
    st.markdown("**What each rule flags at this registry's volumes**")
    left, right = st.columns(2)
    with left:
        months = _choice("Window", WINDOWS, "methods_window")
    with right:
        level = _choice("Flag", LEVELS, "methods_level")
    _measured(view, rate, months, level)
    st.markdown(MANY)
    st.markdown(_why_exact())


def _choice(label: str, options: Mapping[Any, str], key: str) -> Any:
    return st.selectbox(label, list(options), format_func=lambda one: options[one], key=key)


def _counts(view: View, rate: float) -> None:
    found = flagged_from(rate)
    found = found.with_columns(
        pl.Series(name, list(map(_times, found[name])), dtype=pl.String)
        for name in ("false_alert", "doubled", "tripled")
    )
    first = found.filter(pl.col("n") == 30).row(0, named=True)
    sentence(
        f"Against {words.percent(rate, 0)}, of 30 procedures {first['alert_count']} events are an "
        f"alert and {first['alarm_count']} an alarm; a doubled rate is flagged "
        f"{first['doubled']} times in 100."
    )
    table(
        found,
        {
            "n": "Procedures",
            "alert_count": "Alert from",
            "alarm_count": "Alarm from",
            "false_alert": "False alerts in 100",
            "doubled": "Found in 100, rate doubled",
            "tripled": "Found in 100, rate tripled",
            "is_judged": '"Within" is said',
        },
        reads="Events from which a site is flagged, by number of procedures",
    )
    download(view, found, "flagged-counts")


def _measured(view: View, rate: float, months: int, level: str) -> None:
    told = outlier_rules.about()
    of_rate = outlier_rules.table().filter(rate=rate, months=months).drop_nulls(level)
    shown = pl.DataFrame(
        [_row(of_rate.filter(rule=rule), name, level) for rule, name in RULES.items()
         if rule in set(of_rate["rule"])],
    )  # fmt: skip
    ours = shown.row(0, named=True)
    sizes = told.volumes[months]
    sentence(
        f"At {min(sizes)} to {max(sizes)} procedures a site in {WINDOWS[months]}, the rule used "
        f"here flags a site at the target {ours['false']} times in 100, one at twice the target "
        f"{ours['risk_2']}, at three times {ours['risk_3']}, at five times {ours['risk_5']}."
    )
    table(
        shown,
        {
            "rule": "Rule",
            "false": "False flags in 100",
            "any": "Registries in 100 with one",
            "risk_2": "Found in 100, rate × 2",
            "risk_3": "× 3",
            "risk_5": "× 5",
        },
        reads="False flags and flags found by each rule",
    )
    download(view, shown, "outlier-rules")
    st.caption(
        f"Measured {words.day(told.made)} on {told.registries:,} drawn registries of "
        f"{len(sizes)} sites (limits × √φ and + τ²: 1,000), seed {told.seed}: all sites at the "
        "target, or one of them above it. A CUSUM has one level; it may signal at any procedure "
        "of the window, so it looks many times where the others look once."
    )


def _why_exact() -> str:
    worst = outlier_rules.table().filter(
        pl.col("rule").is_in(["interpolated", "normal"]) & (pl.col("relative_risk") == 1)
    )["alert"]
    times = max(worst.to_list()) / ALERT
    return (
        "**Why not the limits of textbooks.** They assume large numbers. Interpolated and normal "
        f"limits flag sites that are at the target up to {times:.0f} times as often as they say; "
        f"limits widened for overdispersion need {FEWEST_SITES} sites to be estimated from, and "
        "stand here for comparison only."
    )


def _row(of_rule: pl.DataFrame, name: str, level: str) -> dict[str, str | None]:
    flagged = dict(of_rule.select("relative_risk", level).iter_rows())
    chance = of_rule.filter(relative_risk=1)["any_alert"][0]
    return {
        "rule": name,
        "false": _times(flagged[1]),
        "any": _times(chance) if level == "alert" else None,
        **{f"risk_{risk}": _times(flagged[risk]) for risk in (2, 3, 5)},
    }


def _times(chance: float) -> str:
    """How often in 100: 2.1, 34, under 0.1."""
    of_hundred = 100 * chance
    if 0 < of_hundred < 0.05:
        return "under 0.1"
    return f"{of_hundred:.1f}" if of_hundred < 10 else f"{of_hundred:.0f}"


RULE = f"""
**The rule.** A site is flagged by the exact chance of as many unfavourable outcomes, or more, at
the target: *alert* (▲) below {words.percent(ALERT)}, *alarm* (■) below {words.percent(ALARM)},
and at least {FEWEST_FLAGGED} events. The line drawn in a funnel runs half an event below the
smallest flagged number, so that chart, table, sentence and download give one verdict. A flag
starts a review of the data first; it is no finding about care.
"""

MANY = """
**Many comparisons.** The more sites and indicators are looked at, the more flags chance makes: the
column *Registries in 100 with one* says how often at least one site of all, none worse than the
target, is flagged at a single look at one indicator. Limits are not widened for it, as the outlier
guidance sets them; the expected number stands beside those found. Sites are never ranked.
"""
