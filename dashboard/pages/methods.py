"""Methods: how each figure is made, how outliers are told, and the proof that it is right."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard import choices, states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.pages import methods_outliers
from sql.disclosure import FEWEST_FOR_PERCENT, FEWEST_SITES, LARGEST_SUPPRESSED
from sql.methods import Method, methods, thresholds
from sql.statistics import funnel
from sql.validation.comparing import Comparison
from sql.validation.validate import Difference, Validation, differences, fingerprint, kept
from sql.validation.words import difference_words, tolerance_words, why_not

TABS = ("How figures are made", "Outliers", "Small numbers", "Thresholds", "Validation")


def show(view: View) -> None:
    """What the validation found, then five parts."""
    found = kept(view.home)
    _result(found)
    shown = choices.tabs(TABS)
    with shown[0]:
        _made(view, found)
    with shown[1]:
        methods_outliers.show(view)
    with shown[2]:
        st.markdown(SMALL_NUMBERS)
        states.suppressed_legend()
    with shown[3]:
        _thresholds(view)
    with shown[4]:
        _validation(view, found)


def _result(found: Validation | None) -> None:
    if found is None:
        states.nothing(
            "The statistics have not been validated on this server yet: its worker does so when "
            "it starts, or the registry team by: ire-audit validate"
        )
        return
    when = f"Validated {words.moment_text(found.at)}, statistics {found.fingerprint}."
    if not found.agrees:
        st.error(f"■ {words.plain(found.sentence)} {words.plain(when)}")
        st.markdown(
            "\n".join(
                f"- {words.plain(one.reference.what)}: {words.plain(why_not(one))}"
                for one in found.comparisons
                if not one.agrees
            )
        )
        return
    sentence(f"● {found.sentence} {when}")
    if found.fingerprint != fingerprint():
        states.nothing(
            "The statistics on this server are of another version than those validated; the "
            "worker validates them when it starts."
        )


def _made(view: View, found: Validation | None) -> None:
    indicators = view.reader.indicators()
    for one in methods():
        with st.container(gap="xsmall"):
            st.markdown(f"**{words.plain(one.title)}**  \n{words.plain(one.text)}")
            st.caption("  \n".join(_rests_on(one, indicators, found)))
    st.markdown(PROVENANCE)


MOST_NAMED = 3  # indicators that a method is told to be used by


def _rests_on(one: Method, indicators: pl.DataFrame, found: Validation | None) -> list[str]:
    is_meant = pl.col("kind").is_in(list(one.kinds))
    if one.needs_target:
        is_meant &= pl.col("target").is_not_null()
    used = indicators.filter(is_meant)["title"].to_list()
    lines = [f"Source: {words.plain(one.source)}"]
    if used:
        more = f"; and {len(used) - MOST_NAMED} more" if len(used) > MOST_NAMED else ""
        lines.append(f"Used by: {words.plain('; '.join(used[:MOST_NAMED]))}{more}")
    checked = one.checked(found.comparisons) if found is not None else []
    if checked:
        lines.append(words.plain(_checked(checked)))
    return lines


def _checked(checked: Sequence[Comparison]) -> str:
    wrong = [one for one in checked if not one.agrees]
    numbers = sum(one.numbers for one in checked)
    of = "; ".join(dict.fromkeys(one.reference.source for one in checked))
    if wrong:
        return f"■ Checked: {len(wrong)} of {len(checked)} comparisons disagree ({of})"
    return f"● Checked: {numbers:,} numbers agree ({of})"


def _thresholds(view: View) -> None:
    sentence(
        "Thresholds in force. Those of this registry are proposals of its team, marked [P]: a "
        "change is told in the change log, with the period from which it holds."
    )
    found = thresholds()
    table(
        found,
        {"what": "Threshold", "value": "Value", "source": "Source"},
        reads="Thresholds in force",
    )
    download(view, found, "thresholds")
    st.markdown("**Local policy thresholds**")
    st.caption(
        "What the guidance asks for and gives no value of. A procedure is judged by the value of "
        "its own day; the registry team records another from a day on, with its ground."
    )
    local = policy_frame(view.reader.policy())
    table(local, POLICY, reads="Local policy thresholds")
    download(view, local, "local-policy")
    st.markdown(PROVENANCE)


POLICY = {
    "title": "Policy threshold",
    "said": "Policy value",
    "days": "In force",
    "decides": "Decides",
    "ground": "Source",
    "recorded": "Recorded",
}


def policy_frame(values: pl.DataFrame) -> pl.DataFrame:
    """The policy values as people read them: the columns of POLICY, and those given."""
    named = pl.col("value").str.replace_many(
        {
            ";": ", ",
            "hpb_surgery": "hepato-pancreato-biliary surgery",
            "cns": "clinical nurse specialist",
        }
    )
    days = [
        f"{words.day(since)} to {words.day(until)}" if until else f"from {words.day(since)}"
        for since, until in values["since", "until"].iter_rows()
    ]
    return values.with_columns(
        said=pl.concat_str(named, pl.lit(" "), "unit").str.strip_chars(),
        days=pl.Series(days, dtype=pl.String),
        ground=pl.concat_str("source", pl.lit(" "), "provenance"),
    )


def _validation(view: View, found: Validation | None) -> None:
    if found is not None:
        sentence(
            "Each row is one method, worked out anew on this server with the functions that make "
            "the figures of these pages, and compared number by number."
        )
        compared = comparison_frame(found)
        table(compared, COMPARED, reads="Comparisons with recorded answers", rows=12)
        download(view, compared, "validation")
    st.header("Known differences", anchor=False)
    st.caption("Where other programs give another answer, knowingly.")
    for one in differences():
        st.markdown(_differs(one))


COMPARED = {
    "result": "Result",
    "what": "What was compared",
    "largest": "Largest difference",
    "tolerance": "Allowed",
    "numbers": "Numbers",
    "rows": "Rows",
    "source": "With",
}


def comparison_frame(found: Validation) -> pl.DataFrame:
    """One row a comparison, those that disagree first; the columns of COMPARED and file."""
    rows = [
        (
            "● agrees" if one.agrees else "■ disagrees",
            one.reference.what,
            difference_words(one),
            tolerance_words(one.reference),
            one.numbers,
            one.rows,
            one.reference.source,
            one.reference.file,
        )
        for one in sorted(found.comparisons, key=lambda one: one.agrees)
    ]
    return pl.DataFrame(rows, schema=[*COMPARED, "file"], orient="row")


def _differs(one: Difference) -> str:
    parts = (
        f"**{words.plain(one.library)}** {words.plain(one.about)}",
        f"Theirs: {words.plain(one.theirs)}",
        f"Ours: {words.plain(one.ours)}",
        f"Why: {words.plain(one.why)}",
    )
    return "  \n".join(parts)


SMALL_NUMBERS = f"""
**A flag is never hidden by small numbers.** {funnel.FEWEST_FLAGGED} events or more that are rarer
than chance allows are an alert or an alarm at any number of procedures. What small numbers take
away is reassurance: under {funnel.FEWEST_TO_REASSURE} procedures "within" is not said; the result
is *too few to judge*, with the number from which it can be said and how often a doubled rate
would be found.

**One event is never a flag.** At rates under {words.percent(funnel.ALERT)} one event alone could
be; it goes to review as a case, and into the charts of gaps and CUSUM.

**Own rows are shown as they are** to the site and its trust, and to the registry team. What
leaves them is rounded once, in one way, and every per cent, interval, bar, sentence and order is
made of the rounded numbers and of nothing else. A national figure needs at least {FEWEST_SITES}
sites, none with more than two thirds of it, and at least {LARGEST_SUPPRESSED + 1} in all. Where
everybody in one national count is in another too, both are shown only if those between could be. A
commissioner sees a site's compliance as a status only.

**No curve is published.** National survival is given at whole years, in whole per cent, where the
rounded number at risk is {FEWEST_FOR_PERCENT} or more: the steps of a curve would give away
single deaths.

**Time.** Figures count up to each site's last complete quarter. A window of 30 or 90 days must
have passed at that date before a procedure counts; those that wait are named, not counted. Every
national rate counts procedures followed for 90 days, and no other: two rates that waited for
different times would tell how many were treated in between.
"""

PROVENANCE = """
**Where definitions come from.** Each indicator, rule and field names its source. A source in
brackets such as [S7] was read; [P] is a proposal of this registry; [M] is general knowledge that a
person should verify before anybody relies on it, and is shown as *to be verified*.
"""
