"""Content that was received before and of which every row is current: nothing to do."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from expectations.dictionary import site_tables, stored_columns
from sql.walk import Accepted, current


def repeated(walk: Sequence[Accepted], digest: str) -> Accepted | None:
    """The accepted submission that said the same, if laying it over again changes nothing.

    Args:
        walk: the site's accepted submissions in order, withdrawn ones left out.
        digest: the canonical digest of what was sent.
    """
    same = [one for one in walk if one.manifest.get("canonical_digest") == digest]
    if not same or _is_answered(same[-1], walk):
        return None
    return same[-1] if _changes_nothing(same[-1], walk) else None


def _is_answered(one: Accepted, walk: Sequence[Accepted]) -> bool:
    """True where a later submission of the same period says other things of the period."""
    period, said = ("period_start", "period_end"), ("nil_return", "hes_ire_count")
    later = [
        other.manifest
        for other in walk
        if other.acceptance_number > one.acceptance_number
        and other.submission_type != "CORRECTION"
        and all(other.manifest.get(name) == one.manifest.get(name) for name in period)
    ]
    return any(other.get(name) != one.manifest.get(name) for other in later for name in said)


def _changes_nothing(one: Accepted, walk: Sequence[Accepted]) -> bool:
    state = current(walk)
    for name, rows in state.items():
        columns = ["record_key", *stored_columns(site_tables()[name])]
        path = one.folder / f"{name}.parquet"
        sent = pl.read_parquet(path).select(columns) if path.exists() else rows.select(columns)[:0]
        held = rows.select(columns)
        if sent.join(held, on=columns, how="anti", nulls_equal=True).height:
            return False
        if one.submission_type == "FULL" and held.height != sent.height:
            return False
    removed = one.folder / "removed.parquet"
    if not removed.exists():
        return True
    gone = pl.read_parquet(removed)
    return not any(
        state[table].filter(pl.col("record_key") == key).height
        for table, key in gone.select("table_name", "record_key").iter_rows()
    )
