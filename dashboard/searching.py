"""A search box, and the rows of a table in which its words stand."""

from __future__ import annotations

import polars as pl

from dashboard import choices


def search_box(example: str) -> str:
    """The word that is searched for; it stands in the address, so the page can be passed on."""
    return choices.typed("search", "Search", placeholder=example, max_chars=80)


def matching(frame: pl.DataFrame, asked: str) -> pl.DataFrame:
    """The rows in which a word stands, whatever its case."""
    if not asked:
        return frame
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    hit = pl.any_horizontal(
        pl.col(name).fill_null("").str.to_lowercase().str.contains(asked.lower(), literal=True)
        for name in texts
    )
    return frame.filter(hit)
