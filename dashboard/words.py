"""How figures, dates and other people's text are written on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sql.reader_periods import day
from sql.sentences import FEWEST_FOR_PERCENT, counted, interval, lowered, percent

__all__ = ["counted", "day", "interval", "lowered", "percent"]

LONDON = ZoneInfo("Europe/London")

# State is said by shape and word; colour only repeats it.
SYMBOLS: Mapping[str, str] = {
    "met": "●",
    "within": "●",
    "better than expected": "●",
    "breaches": "▲",
    "not met": "▲",
    "alert": "▲",
    "alarm": "■",
    "cannot tell": "○",
    "outcome unknown": "○",
    "too few to judge": "–",
    "few": "–",
    "none": "–",
}


# Where a reader of Markdown reads on: icons and colours (:), addresses that become links without
# a bracket (www. and @), and signs that become arrows and dashes (->, --, >=).
_READ_ON = re.compile(r":(?=\S)|@(?=\S)|\bwww(?=\.)|[-<>=~](?=[-<>=~])", re.IGNORECASE)
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$&])")
# A line of its own would be a list or a heading, and one that is set in would be code.
_LINES = re.compile("^\\s+|[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OPENED, _CLOSED = "\u2068", "\u2069"


def plain(text: str) -> str:
    """Text of others, made safe for a place that reads Markdown (labels, captions).

    Every punctuation mark that Markdown, or Streamlit's additions to it, could read is
    escaped; where that does not help, an invisible space parts it from what follows. What
    turns the direction of writing turns nothing beyond the text.
    """
    marked = _MARKS.sub(r"\\\1", _READ_ON.sub("\\g<0>\u200b", text))
    turns = len(_TURNS.findall(text))
    if turns:  # as many of either as the text could close or open
        marked = _OPENED * (turns + 1) + marked + _CLOSED * (2 * turns + 1)
    return _LINES.sub(" ", marked)


VERDICTS: Mapping[str, str] = {
    "alarm": "alarm: worse than chance allows (99.8 % limit)",
    "alert": "alert: worse than chance allows (95 % limit)",
    "within": "within what chance allows",
    "outcome unknown": "no verdict while outcomes are unknown",
    "too few to judge": "too few to judge",
    "better than expected": "better than chance allows",
}


_PER_CENT = re.compile("(?<=[0-9]) %")


def held(text: str) -> str:
    """The text with every per cent sign held to its number, where a line could break."""
    return _PER_CENT.sub("\u00a0%", text)


def opened(text: str) -> str:
    """The text with a capital at its start: no case in 3 quarters. -> No case in 3 quarters."""
    return f"{text[:1].upper()}{text[1:]}"


def joined(names: Sequence[str]) -> str:
    """Names in a sentence: A; A and B; A, B and C."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last


def filled_text(filled: int, expected: int) -> str:
    """A share of filled fields that says 100 % only where none is missing: 99.9 %."""
    if filled == expected:
        return "100.0 %"
    return f"{min(99.9, 100 * filled / expected):.1f} %"


def signed(value: float, places: int = 0) -> str:
    """A change with its sign, the minus as long as the plus: +3.0, −30."""
    return f"{value:+.{places}f}".replace("-", "−")


def share(events: int, n: int) -> str:
    """n/N: 4/31."""
    return f"{events}/{n}"


def rate_text(rate: float | None, lower: float | None, upper: float | None, n: int) -> str:
    """12.9 % (5.1–28.9 %), or a dash where no per cent is given (under n = 10, or unknown)."""
    if rate is None or lower is None or upper is None or n < FEWEST_FOR_PERCENT:
        return "–"
    return f"{percent(rate)} ({interval(lower, upper)})"


def told(n_of: str, said: str) -> str:
    """n/N with its per cent, where one is given: 4/31, 12.9 % (5.1–28.9 %)."""
    return n_of if said == "–" else f"{n_of}, {said}"


def state_text(state: str | None) -> str:
    """A state in words, after its symbol: ○ cannot tell."""
    if state is None:
        return "–"
    return f"{SYMBOLS.get(state, '')} {VERDICTS.get(state, state)}".strip()


def mark_text(state: str | None) -> str:
    """A state with its symbol, for a table: ▲ alert."""
    return "–" if state is None else f"{SYMBOLS.get(state, '')} {state}".strip()


def opened_state(state: str) -> str:
    """A state at the start of a sentence, after its symbol: ▲ Alert."""
    return f"{SYMBOLS.get(state, '')} {opened(state)}".strip()


LFPSE = "LFPSE (the NHS service Learn from patient safety events)"

# What stands before the numbered clauses, under "Your responsibility".
RESPONSIBILITY = {
    "YR-GOV": "your responsibility (governance)",
    "YR-YC": "your responsibility (Yellow Card)",
    "YR-EQ": "your responsibility (equality)",
    "YR-ENV": "your responsibility (environment)",
}


def clauses(named: Sequence[str]) -> str:
    """Clauses of the guidance as they are cited: 1.4, your responsibility (equality)."""
    return ", ".join(RESPONSIBILITY.get(clause, clause) for clause in named)


def moment_text(value: datetime | None) -> str:
    """A time as read in London: 12 Nov 2026, 09:31."""
    if value is None:
        return "–"
    local = value.astimezone(LONDON)
    return f"{day(local.date())}, {local:%H:%M}"
