"""The sentences that read a figure: one wording for page, chart, table and export."""

from __future__ import annotations

from collections.abc import Sequence

from sql.statistics.funnel import FEWEST_TO_REASSURE, Verdict, expected_false_flags
from sql.statistics.intervals import wilson

FEWEST_FOR_PERCENT = 10  # below this denominator a rate is said as n/N only
A_HAIR = 1e-9  # a proportion nearer to none or all is one that was not added up exactly


def percent(value: float, places: int = 1) -> str:
    """A proportion as people read it: 12.9 %; one that is neither none nor all says so."""
    rounded, step = round(100 * value, places), 10**-places
    if rounded == 0 and value > A_HAIR:
        return f"under {step:.{places}f} %"
    if rounded == 100 and value < 1 - A_HAIR:
        return f"over {100 - step:.{places}f} %"
    return f"{rounded:.{places}f} %"


def interval(lower: float, upper: float, places: int = 1) -> str:
    """A 95 % interval of a proportion: 5.1–28.9 %."""
    return f"{100 * lower:.{places}f}–{100 * upper:.{places}f} %"


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 procedure, 2,000 procedures, no procedure."""
    is_y = one.endswith("y") and one[-2:-1] not in "aeiou"  # entries, but days
    plural = many or (f"{one[:-1]}ies" if is_y else f"{one}s")
    return f"{'no' if number == 0 else f'{number:,}'} {one if number in (0, 1) else plural}"


def lowered(title: str) -> str:
    """A title within a sentence; a name such as EQ-5D, ECG or FACT-Hep keeps its capitals."""
    return title if title[:2].upper() == title[:2] else f"{title[:1].lower()}{title[1:]}"


def rate(
    who: str,
    what: str,
    unit: str,
    counts: tuple[int, int, int],
    limits: tuple[float, float, float] | None,
    target: float | None = None,
    verdict: Verdict | None = None,
    *,
    is_outcome: bool = True,
) -> str:
    """The sentence of one rate.

    Args:
        who: "Site B (ZZ201)"; what: "Major complication, 30 days"; unit: "procedure".
        counts: events, n (all eligible), unknown. limits: rate, lower, upper.
        is_outcome: whether what is counted came of the treatment; what a patient is did not.

    "Site B, major complication, 30 days: 4 of 31 procedures, 12.9 % (5.1–28.9 %); within
    what chance allows around 6.9 %."
    """
    events, n, unknown = counts
    title = lowered(what)
    if n == 0:
        return f"{who}, {title}: no {unit} in this period."
    said = f"{who}, {title}: {events} of {counted(n, unit)}"
    if unknown:
        those = "of whom" if unit == "patient" else "of which"
        known = "with a known outcome" if is_outcome else f"{those} it is known"
        said = f"{who}, {title}: {events} of {counted(n - unknown, unit)} {known}"
    if unknown == n:
        said = f"{who}, {title}: not known for any of {counted(n, unit)}"
    if limits is not None and n >= FEWEST_FOR_PERCENT:
        said += f", {percent(limits[0])} ({interval(*limits[1:])})"
    if 0 < unknown < n:
        said += f"; not known for {unknown} of {n}"
        if limits is None and n >= FEWEST_FOR_PERCENT:
            bounds = interval(events / n, (events + unknown) / n)
            said += f", so that the rate lies within {bounds}"
    if verdict is not None and target is not None:
        said += f"; {judgement(verdict, target)}"
    return f"{said}."


def compliance(who: str, what: str, counts: tuple[int, int, int]) -> str:
    """The sentence of one compliance rule, from procedures, met and cannot tell.

    "Site B, specialist centre on the day: met in 20 of 30 procedures, 66.7 % (48.8–80.8 %);
    8 not met, 2 cannot tell."
    """
    n, met, cannot_tell = counts
    title = lowered(what)
    if n == 0:
        return f"{who}, {title}: no procedure in this period."
    said = f"{who}, {title}: met in {met} of {counted(n, 'procedure')}"
    if n >= FEWEST_FOR_PERCENT:
        lower, upper = wilson(met, n)
        said += f", {percent(met / n)} ({interval(float(lower), float(upper))})"
    told = ((n - met - cannot_tell, "not met"), (cannot_tell, "cannot tell"))
    rest = ", ".join(f"{count} {words}" for count, words in told if count)
    return f"{said}; {rest}." if rest else f"{said}."


def judgement(verdict: Verdict, target: float) -> str:
    """The clause that says what a verdict means against its target."""
    around = percent(target)
    return {
        "alarm": f"alarm: worse than chance allows around {around} (99.8 % limit)",
        "alert": f"alert: worse than chance allows around {around} (95 % limit)",
        "within": f"within what chance allows around {around}",
        "outcome unknown": f"no verdict around {around} until the unknown outcomes are known",
        "too few to judge": f"too few to judge against {around}",
        "better than expected": f"better than chance allows around {around}",
    }[verdict.level]


def expected_flags(n: Sequence[int], target: float) -> str:
    """How many sites chance alone would flag, beside the number found.

    "Were all 8 sites at 5.0 %, chance alone would flag 0.1 of them."
    """
    alerts, _ = expected_false_flags(list(n), target)
    sites = "both sites" if len(n) == 2 else f"all {len(n)} sites"
    return f"Were {sites} at {percent(target)}, chance alone would flag {alerts:.1g} of them."


def note(verdict: Verdict, n: int) -> str:
    """What lies behind a verdict: from which count it is flagged, and what n could show."""
    flagged = (
        f"An alert needs {verdict.alert_count} unfavourable outcomes in {n}"
        if verdict.alert_count is not None
        else f"No number of unfavourable outcomes in {n} could be flagged"
    )
    if verdict.alarm_count is not None:
        flagged += f", an alarm {verdict.alarm_count}"
    power = f"a doubled rate would be flagged {round(100 * verdict.power)} times in 100"
    if verdict.level == "too few to judge":
        return f"{flagged}; {power}. Judged from {FEWEST_TO_REASSURE} on."
    return f"{flagged}; {power}."
