"""Releases: what is served and kept, and the reporting years that are validated and frozen."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.pages import releases_bridge, releases_years
from sql.kept_releases import KeptRelease

KEPT = {
    "number": "Release",
    "kind": "Kind",
    "as_of": "As of",
    "data_date": "Data to",
    "built_at": "Built",
    "sites": "Sites reporting",
    "register_number": "Register load",
    "code_version": "Code",
    "size": "MB",
}


def show(view: View) -> None:
    """The served release, the reporting years, what moved a figure, and every release kept."""
    found = view.desk.releases()
    frozen = {one.release: one.year for one in view.desk.kept_states().taken}
    st.header("Served", anchor=False)
    _served(view, found)
    st.header("Reporting years", anchor=False)
    releases_years.show(view)
    if view.release is not None:
        named = {release: f"annual snapshot {year}" for release, year in frozen.items()}
        releases_bridge.section(view, named)
    st.header("Releases kept", anchor=False)
    _kept(view, found, frozen)


def _served(view: View, found: list[KeptRelease]) -> None:
    number = view.release.number if view.release is not None else None
    row = next((one for one in found if one.number == number), None)
    if row is None:
        states.nothing("Nothing is published yet.")
        return
    sentence(
        f"Release {row.number}, data to {words.day(row.data_date)}, built "
        f"{words.moment_text(row.built_at)} from register load {row.register_number}; "
        f"{row.sites_reporting} of {row.sites_expected} sites reporting; code {row.code_version}."
    )


def _kept(view: View, found: list[KeptRelease], frozen: dict[int, str]) -> None:
    served = view.release.number if view.release is not None else None
    cases = {row["release"] for row in view.desk.cases()}
    rows = [
        {
            "number": one.number,
            "kind": _kind(one, served, frozen, cases),
            "as_of": words.day(one.as_of.astimezone(words.LONDON).date()) if one.as_of else "–",
            "data_date": one.data_date,
            "built_at": one.built_at,
            "sites": f"{one.sites_reporting} of {one.sites_expected}",
            "register_number": one.register_number,
            "code_version": one.code_version,
            "size": f"{one.bytes / 1_000_000:.1f}",
        }
        for one in found
    ]
    if not rows:
        states.nothing("No release is kept yet.")
        return
    shown = pl.DataFrame(rows, infer_schema_length=None)
    sentence(
        f"{words.opened(words.counted(len(rows), 'release'))} kept: the newest 20 published, the "
        "newest 20 rebuilt for a past day, and each that is a snapshot, that a case rests on or "
        "that a board pack names."
    )
    table(shown, KEPT, reads="Releases kept, newest first", rows=10)
    download(view, shown, "releases")


def _kind(
    one: KeptRelease, served: int | None, frozen: dict[int, str], cases: set[int | None]
) -> str:
    if one.number in frozen:
        kind = f"snapshot {frozen[one.number]}"
    else:
        kind = "rebuilt" if one.as_of else "published"
    more = [
        said
        for said, is_so in (
            ("served", one.number == served),
            ("cases rest on it", one.number in cases),
        )
        if is_so
    ]
    return ", ".join([kind, *more])
