"""What own rates are judged against: the published benchmark, or the registry's national rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sql import reader_published
from sql.reader_source import Source
from sql.selection import Selection
from sql.sentences import percent

Against = Literal["benchmark", "national"]


@dataclass(frozen=True)
class Target:
    """A target and where it comes from.

    Attributes:
        rate: 0 to 1; None where there is none to judge against.
        said: what it is, or why there is none, in words that follow "judged against".
        moves: what the filters do to it, in one sentence.
    """

    rate: float | None
    said: str
    moves: str


def target(
    source: Source,
    entry: dict[str, Any],
    against: Against,
    period_label: str,
    selection: Selection,
) -> Target:
    """The target of an indicator for a selection.

    The national rate is that of the published, rounded counts, so that it tells nobody more
    than was published.
    """
    if against == "national":
        return _national(source, entry["id"], period_label, selection)
    rate = entry["target"] if entry["kind"] == "rate" else None
    if rate is None:
        return Target(None, "nothing: no rate to judge by is published", "")
    case_mix = f" (its case mix: {_opened(entry['case_mix'])})" if entry["case_mix"] else ""
    return Target(
        rate,
        f"{percent(rate)} ({entry['source']})",
        f"The target is the same whatever is selected: no filter moves it{case_mix}.",
    )


def _national(source: Source, indicator_id: str, period_label: str, selection: Selection) -> Target:
    figure = reader_published.rates(source, [indicator_id], period_label, selection)
    row = figure.row(0, named=True)
    moves = (
        "The national rate moves with the period; it is published for 36 and 12 months, and "
        "for all tumour types, approaches and sizes together."
    )
    if row["percent"] is None:
        return Target(None, f"nothing: {row['note']}", moves)
    if not row["events"]:
        return Target(None, "nothing: nationally no event was counted", moves)
    rate = row["events"] / row["eligible"]
    counts = f"{row['events_text']} of {row['eligible_text']}, rounded"
    return Target(rate, f"{percent(rate)} (national, {counts})", moves)


def _opened(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"
