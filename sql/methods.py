"""How each figure is made, and the thresholds that this registry chose: what Methods shows."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from sql import disclosure, reader_rates, reader_sequence, reader_survival, sentences
from sql.sentences import percent
from sql.statistics import adjust, funnel, overdispersion, spc_limits, spc_rates, spc_rules
from sql.validation.comparing import Comparison

FILE = Path(__file__).with_suffix(".toml")
VOLUMES = (5, 8, 10, 15, 20, 30, 50, 100)


@dataclass(frozen=True)
class Method:
    """One method: what it does in plain words, where it is from, and what it makes.

    Attributes:
        functions: those that make it, as module.function of sql/statistics.
        kinds: of the indicators that it makes figures of; needs_target: of those with a target.
    """

    title: str
    text: str
    source: str
    functions: Sequence[str]
    kinds: Sequence[str]
    needs_target: bool = False

    def checked(self, comparisons: Sequence[Comparison]) -> list[Comparison]:
        """The comparisons of a validation that its functions were part of."""
        return [one for one in comparisons if any(f in _named(one) for f in self.functions)]


@cache
def methods() -> Sequence[Method]:
    """Every method, in the order of the page."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(Method(**one) for one in told["method"])


def flagged_from(target: float, sizes: Sequence[int] = VOLUMES) -> pl.DataFrame:
    """From which count a site is flagged at a target, and how often it would be.

    Returns:
        n, alert_count, alarm_count (null: no count is flagged), false_alert (chance of an alert
        at the target), doubled, tripled (chance of an alert at two and three times the target),
        is_judged (False: too few to say "within"); one row per n.
    """
    rows = []
    for n in sizes:
        judged = funnel.judge(0, n, target)
        chances = (
            0.0
            if judged.alert_count is None
            else funnel.tails(judged.alert_count, n, min(1.0, times * target))[0].item()
            for times in (1, 2, 3)
        )
        is_judged = n >= funnel.FEWEST_TO_REASSURE
        rows.append((n, judged.alert_count, judged.alarm_count, *chances, is_judged))
    schema = {
        "n": pl.Int64,
        "alert_count": pl.Int64,
        "alarm_count": pl.Int64,
        "false_alert": pl.Float64,
        "doubled": pl.Float64,
        "tripled": pl.Float64,
        "is_judged": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def thresholds() -> pl.DataFrame:
    """The thresholds in force: what, value (as people read it), from where; a row each."""
    return pl.DataFrame(
        [
            ("Alert: chance of so many events, one side", percent(funnel.ALERT), "HQIP, 2 SD"),
            ("Alarm: chance of so many events, one side", percent(funnel.ALARM), "HQIP, 3 SD"),
            ("Events that a flag needs", str(funnel.FEWEST_FLAGGED), PROPOSED),
            (
                'Procedures from which "within" is said',
                str(funnel.FEWEST_TO_REASSURE),
                PROPOSED,
            ),
            (
                "Procedures from which a per cent is given (own rows)",
                str(sentences.FEWEST_FOR_PERCENT),
                PROPOSED,
            ),
            (
                "Unknown outcomes above which no single rate is given",
                percent(reader_rates.LARGEST_UNKNOWN_SHARE, 0),
                PROPOSED,
            ),
            (
                "Published counts shown as *",
                f"1 to {disclosure.LARGEST_SUPPRESSED}",
                "NHS England, HES",
            ),
            ("Other published counts, nearest", str(disclosure.BASE), "NHS England, HES"),
            (
                "Rounded denominator from which a per cent is published",
                str(disclosure.FEWEST_FOR_PERCENT),
                PROPOSED,
            ),
            ("Sites in a national figure, at least", str(disclosure.FEWEST_SITES), PROPOSED),
            ("Patients at risk where a curve ends", str(reader_survival.FEWEST_AT_RISK), PROPOSED),
            (
                "Procedures to a false signal of a CUSUM, on average",
                str(reader_sequence.IN_CONTROL),
                PROPOSED,
            ),
            (
                "Sites from which overdispersion is estimated",
                str(overdispersion.FEWEST_SITES),
                PROPOSED,
            ),
            ("Events from which case mix is adjusted for", str(adjust.FEWEST_EVENTS), PROPOSED),
            (
                "Points under which limits of a chart are on trial",
                str(spc_limits.FEWEST_FOR_LIMITS),
                "Making Data Count",
            ),
            (
                "Points of a trend or a shift",
                str(spc_rules.RUN_LENGTH),
                "Making Data Count",
            ),
            (
                "Expected events under which limits of a chart are exact",
                str(spc_rates.FEWEST_FOR_NORMAL),
                PROPOSED,
            ),
        ],
        schema={"what": pl.String, "value": pl.String, "source": pl.String},
        orient="row",
    )


PROPOSED = "this registry [P]"


def _named(one: Comparison) -> list[str]:
    """The functions that a comparison names: "funnel_limits.interpolated, normal" names two."""
    found = []
    for part in one.reference.method.split(";"):
        module, _, names = part.strip().partition(".")
        found += [f"{module}.{name.strip()}" for name in names.split(",")]
    return found
