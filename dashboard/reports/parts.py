"""What a board pack is made of: sections of sentences, tables of texts, and charts.

All of it is plain data: the same is printed, written as HTML and XLSX, attached to the PDF
as JSON, and compared when a pack is verified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from dashboard import words


@dataclass(frozen=True)
class Table:
    """Texts under headings; `right` are the headings of numbers."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """A chart by the name of the function that draws it, its data, and how it reads."""

    name: str
    reads: str
    rows: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """One section. `is_of_ledger`: its facts move on after the release."""

    title: str
    sentences: Sequence[str] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    is_of_ledger: bool = False


@dataclass(frozen=True)
class Pack:
    """A whole pack: for whom, from which release, with the hashes of what it was made from."""

    title: str
    scope: str  # a trust, or "national"
    sites: Sequence[str]
    status: str
    period: str
    release: int
    made_at: str
    hashes: Mapping[str, str]
    sections: Sequence[Section]

    def as_json(self) -> str:
        """The figures as JSON: equal packs give equal text."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1)


def read(told: Mapping[str, Any]) -> Pack:
    """The pack that as_json wrote."""
    sections = [
        Section(
            **one
            | {
                "tables": [Table(**each) for each in one["tables"]],
                "charts": [Chart(**each) for each in one["charts"]],
            }
        )
        for one in told["sections"]
    ]
    return replace(Pack(**{**told, "sections": ()}), sections=sections)


def table(
    title: str,
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    right: Sequence[str] = (),
) -> Table:
    """The chosen columns of a frame as texts under plain headings."""
    rows = [[_text(value) for value in row] for row in frame.select(*columns).rows()]
    return Table(title, list(columns.values()), rows, [columns[name] for name in right])


def chart(name: str, reads: str, frame: pl.DataFrame, **options: Any) -> Chart:
    """A chart of a frame, its data as JSON can hold them."""
    return Chart(name, reads, json.loads(frame.write_json()), options)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return words.moment_text(value)
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
