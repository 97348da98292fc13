"""Published figures by group, in words: functions of what is published and of nothing else."""

from __future__ import annotations

import polars as pl

from dashboard import words

NOT_KNOWN = "not known"
PARTS = {
    "fifth 1": "Fifth 1 (most deprived)",
    "fifth 5": "Fifth 5 (least deprived)",
}


def told(of_group: pl.DataFrame) -> pl.DataFrame:
    """The parts that hold anybody, or may: with part_text, n_of, rate_text, said."""
    shown = of_group.filter(pl.col("eligible_text") != "0")
    names = [PARTS.get(part, words.opened(part)) for part in shown["part"]]
    rates = [_percent(row) for row in shown.iter_rows(named=True)]
    said = [
        f"{name}: {row['events_text']}/{row['eligible_text']}{f', {rate}' if rate else ''}"
        for name, rate, row in zip(names, rates, shown.iter_rows(named=True), strict=True)
    ]
    return shown.with_columns(
        pl.Series("part_text", names, dtype=pl.String),
        pl.concat_str("events_text", pl.lit("/"), "eligible_text").alias("n_of"),
        pl.Series("rate_text", rates, dtype=pl.String),
        pl.Series("said", said, dtype=pl.String),
    )


def _percent(row: dict[str, object]) -> str | None:
    if row["percent"] is None:
        return None
    return f"{row['percent']} % ({row['lower']}–{row['upper']} %)"


def drawn(of_group: pl.DataFrame) -> pl.DataFrame:
    """The rows that `charts.rate_rows` draws: parts whose per cent is published."""
    return of_group.filter(pl.col("percent").is_not_null()).select(
        pl.col("part_text").alias("label"),
        "said",
        *(
            (pl.col(name) / 100).alias(alias)
            for name, alias in (("percent", "rate"), ("lower", "lower"), ("upper", "upper"))
        ),
        pl.lit("within").alias("state"),
    )


def reading(of_group: pl.DataFrame) -> str:
    """From the lowest to the highest published per cent, and what is not published."""
    known = of_group.filter(pl.col("percent").is_not_null() & (pl.col("part") != NOT_KNOWN))
    hidden = of_group["percent"].null_count()
    kept = f" {words.opened(words.counted(hidden, 'part'))} without a per cent." if hidden else ""
    if not of_group.height:
        return "Nobody in this period."
    if not known.height:
        return f"No per cent is published.{kept}"
    if known.height == 1:
        return f"One part only has a per cent: {known['said'][0]}.{kept}"
    low, high = (known.filter(percent=known["percent"].sort()[at]) for at in (0, -1))
    if low.equals(high):
        return f"{low['percent'][0]} % in each of {known.height} parts.{kept}"
    return (
        f"Lowest {low['percent'][0]} %: {_named(low)}. Highest {high['percent'][0]} %: "
        f"{_named(high)}. Their intervals {_overlap(low, high)}.{kept}"
    )


def _named(parts: pl.DataFrame) -> str:
    return ", ".join(parts["part_text"])


def _overlap(low: pl.DataFrame, high: pl.DataFrame) -> str:
    pairs = [(upper, lower) for upper in low["upper"] for lower in high["lower"]]
    meet = [upper >= lower for upper, lower in pairs]
    if all(meet):
        # Whole per cents: which of two that are equal is the higher is not published.
        return "overlap" if all(upper > lower for upper, lower in pairs) else "overlap or touch"
    return "do not all overlap" if any(meet) else "do not overlap"


def notes(of_group: pl.DataFrame) -> str:
    """Why parts have no per cent: Female: withheld, since …; Mixed, Not known: no per cent …"""
    of_note = of_group.drop_nulls("note").group_by("note", maintain_order=True)
    told = of_note.agg(pl.col("part_text").str.join(", "))
    return "; ".join(f"{parts}: {note}" for note, parts in told.iter_rows())
