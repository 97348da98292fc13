"""Files that pages give: made at the click by the rights of that moment, logged, and inert."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboard import states, viewer
from dashboard.data import View
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


def csv_bytes(frame: pl.DataFrame, *, data_to: str, release: int | None) -> bytes:
    """The frame as CSV (UTF-8 with BOM, so that Excel reads the dashes), inert.

    Text that a spreadsheet would read as a formula is prefixed with '; numbers stay
    numbers. The last columns name the data date and the release (empty before the first).
    """
    named = frame.with_columns(pl.lit(data_to).alias("data_to"), pl.lit(release).alias("release"))
    return b"\xef\xbb\xbf" + csv_text(named).encode("utf-8")
