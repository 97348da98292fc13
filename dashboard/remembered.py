"""A Reader whose answers are kept as long as the release is served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import streamlit as st

from sql.reader import Reader

Arguments = tuple[tuple[Any, ...], tuple[tuple[str, Any], ...]]


def remembered(reader: Reader, home: Path) -> Reader:
    """The same Reader, asked once for equal questions of viewers with equal scope.

    The scope and the release stand in the key of every answer (`reader.cache_key`): an
    answer never reaches a viewer who sees other rows, nor outlives its release.
    """
    return cast(Reader, _Remembered(reader, (str(home), *reader.cache_key)))


class _Remembered:
    def __init__(self, reader: Reader, key: tuple[str, str, int]) -> None:
        self._reader = reader
        self._key = key

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._reader, name)
        if not callable(method):
            return method

        def ask(*given: Any, **named: Any) -> Any:
            return _answer(self._key, name, (given, tuple(sorted(named.items()))), method)

        return ask


@st.cache_data(show_spinner=False, max_entries=3000)
def _answer(
    key: tuple[str, str, int], name: str, arguments: Arguments, _method: Callable[..., Any]
) -> Any:
    given, named = arguments
    return _method(*given, **dict(named))
