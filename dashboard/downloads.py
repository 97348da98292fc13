"""Files that pages give: made at the click by the rights of that moment, logged, and inert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import states, viewer
from dashboard.data import View
from dashboard.pictures import Picture
from dashboard.sheets import LAST_ROW, workbook
from dashboard.unfolding import unfolds
from dashboard.words import day
from sql import watch
from sql.access import AccessDenied
from sql.spreadsheets import csv_text

Content = Callable[[], bytes | str]


class NotMade(Exception):
    """A file that could not be made: our error, under an incident's number."""


def button(
    view: View,
    label: str,
    content: Content,
    name: str,
    *,
    mime: str | None = None,
    key: str | None = None,
    called: str = "",
) -> None:
    """A button that gives a file, made when it is asked for.

    Args:
        called: how the log calls it, where its name is somebody else's words.
    """
    st.download_button(
        label,
        data=lambda: made(view, content, called or name),
        file_name=name,
        mime=mime,
        on_click="ignore",
        key=key,
    )


def made(view: View, content: Content, name: str) -> bytes | str:
    """The file, if the session still has the rights that its page was drawn with; logged.

    Raises:
        AccessDenied: if it has not.
    """
    at = viewer.now(view.home)
    try:
        if viewer.standing(view) != view.person:
            raise AccessDenied("What this account may do has changed: open the page again.")
        given = content()
    except AccessDenied as denial:
        watch.denied(view.home, view.viewer, denial, at=at, of=f"file {name}")
        raise
    except Exception as error:
        raise NotMade(f"incident {states.logged(error)}") from None
    release = view.release.number if view.release is not None else None
    watch.downloaded(view.home, view.viewer, name, release=release, at=at)
    return given


def of_figure(view: View, frame: pl.DataFrame, name: str, charts: Sequence[Picture]) -> None:
    """One control that gives a figure as a file: its table, and its charts as they are drawn."""
    release = view.release
    data_to, number = (day(release.data_date), release.number) if release else ("", None)
    named = f"ire-{name}" if release is None else f"ire-{name}-release-{number}"

    def csv() -> bytes:
        return csv_bytes(frame, data_to=data_to, release=number)

    def xlsx() -> bytes:
        return xlsx_bytes(frame, data_to=data_to, release=number, made_at=view.now)

    def offer(label: str, content: Content, ending: str, mime: str) -> None:
        button(view, label, content, f"{named}{ending}", mime=mime, key=f"download-{name}{ending}")

    def all_of_it() -> None:
        offer("CSV", csv, ".csv", "text/csv")
        if frame.height <= LAST_ROW:
            offer("Excel (XLSX)", xlsx, ".xlsx", XLSX)
        for place, chart in enumerate(charts, 1):
            is_one = len(charts) == 1
            which, end = ("", "") if is_one else (f" {place} of {len(charts)}", f"-{place}")
            offer(f"Picture{which} (PNG)", chart.png, f"{end}.png", "image/png")
            offer(f"Picture{which} (SVG)", chart.svg, f"{end}.svg", "image/svg+xml")

    unfolds("Download", all_of_it, key=f"download {name}")


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_bytes(frame: pl.DataFrame, *, data_to: str, release: int | None) -> bytes:
    """The frame as CSV (UTF-8 with BOM, so that Excel reads the dashes), inert.

    Text that a spreadsheet would read as a formula is prefixed with '; numbers stay
    numbers. The last columns name the data date and the release (empty before the first).
    """
    named = _with_release(frame, data_to, release)
    return b"\xef\xbb\xbf" + csv_text(named).encode("utf-8")


def xlsx_bytes(
    frame: pl.DataFrame, *, data_to: str, release: int | None, made_at: datetime
) -> bytes:
    """The same table as a workbook, in which text that begins like a formula is text."""
    return workbook(_with_release(frame, data_to, release), made_at)


def _with_release(frame: pl.DataFrame, data_to: str, release: int | None) -> pl.DataFrame:
    return frame.with_columns(pl.lit(data_to).alias("data_to"), pl.lit(release).alias("release"))
