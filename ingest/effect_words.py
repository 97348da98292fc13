"""What a finding does, as one sentence for the person who sent it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sql import catalog

JOINED = "; "  # between the indicators of a finding

# A finding's effect, by its severity.
_SAYS = {
    "F": "Nothing of this export counts",
    "R": "Left out, it changes {names}",
    "B": "Counts as not met in {names}",
    "W": "May change {names}",
}
_NAMED = 3  # indicators written out; more are counted


def effect_in_words(severity: str, indicators: str, procedures: int) -> str:
    """A finding's effect as one sentence for the person who sent it."""
    ids = indicators.split(JOINED) if indicators else []
    if severity != "F" and not ids:
        return "Counted as a breach." if severity == "B" else "Moves no indicator."
    says = _SAYS[severity].format(names=_named(ids))
    unit = "procedure" if procedures == 1 else "procedures"
    return f"{says}: {procedures} {unit}." if procedures else f"{says}."


def _named(ids: Sequence[str]) -> str:
    names = [f"{catalog.indicators()[name].title} ({name})" for name in ids[:_NAMED]]
    names += [f"{len(ids) - _NAMED} more"] if len(ids) > _NAMED else []
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def with_sentences(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings with their `effect` in words; each sentence is made once."""
    parts = ["severity", "indicators", "procedures"]
    kinds = findings.select(parts).unique()
    says = [effect_in_words(s, moved or "", count or 0) for s, moved, count in kinds.iter_rows()]
    return findings.join(
        kinds.with_columns(pl.Series("effect", says, pl.String)),
        on=parts,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
