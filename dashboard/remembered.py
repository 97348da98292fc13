"""A Reader whose answers are kept as long as the release is served."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, cast

import polars as pl

from sql.reader import Reader

MOST_ANSWERS = 6000  # of some 20 scopes at once, each with all pages and a few selections


def remembered(reader: Reader, home: Path) -> Reader:
    """The same Reader, asked once for equal questions of viewers with equal scope.

    The scope, the release and its file stand in the key of every answer
    (`reader.cache_key`): an answer never reaches a viewer who sees other rows, nor outlives
    its release. Nothing that was asked of an earlier release stays when another is read.
    """
    _, number, stamp = reader.cache_key
    if (release := (home, number, stamp)) not in _SEEN:
        forget()
        _SEEN.add(release)
    return cast(Reader, _Remembered(reader, (str(home), *reader.cache_key)))


def forget() -> None:
    """Forget every answer, and what was drawn of it."""
    for answers in _EVERY:
        answers.clear()


_SEEN: set[Hashable] = set()  # the releases that were read


class _Remembered:
    def __init__(self, reader: Reader, key: tuple[Hashable, ...]) -> None:
        self._reader = reader
        self._key = key

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._reader, name)
        if not callable(method):
            return method

        def ask(*given: Any, **named: Any) -> Any:
            key = (*self._key, name, _plain(given), _plain(sorted(named.items())))
            return ANSWERS.of(key, lambda: method(*given, **named))

        return ask


class Answers:
    """The answers asked for last, by their questions.

    A frame, a list or a dict is given as a copy of its own; nothing else can change.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()
        _EVERY.append(self)

    def of(self, question: Hashable, answer: Callable[[], Any]) -> Any:
        """The kept answer, or what `answer` gives, kept."""
        with self._lock:
            kept = self._kept.get(question)
            if kept is not None:
                self._kept.move_to_end(question)
        if kept is None:
            found = answer()
            kept = _Kept(found)
            with self._lock:
                self._kept[question] = kept
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return kept.own()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_EVERY: list[Answers] = []
ANSWERS = Answers(MOST_ANSWERS)


class _Kept:
    """An answer, given as a copy of its own.

    What a frame holds is shared, within a list or a dict too. Polars pickles a frame holding the
    interpreter while it waits for its threads, which may wait for the interpreter: for ever.
    """

    def __init__(self, found: Any) -> None:
        self._frames: list[pl.DataFrame] = []
        self._found, self._is_pickled = found, isinstance(found, (dict, list))
        if self._is_pickled:
            written = io.BytesIO()
            _Writing(written, self._frames).dump(found)
            self._found = written.getvalue()

    def own(self) -> Any:
        if self._is_pickled:
            return _Reading(io.BytesIO(self._found), self._frames).load()
        return self._found.clone() if isinstance(self._found, pl.DataFrame) else self._found


class _Writing(pickle.Pickler):
    """Puts frames aside."""

    def __init__(self, file: io.BytesIO, frames: list[pl.DataFrame]) -> None:
        super().__init__(file)
        self._frames = frames

    def persistent_id(self, part: Any) -> int | None:
        if not isinstance(part, pl.DataFrame):
            return None
        self._frames.append(part)
        return len(self._frames) - 1


class _Reading(pickle.Unpickler):
    """Gives frames that were put aside."""

    def __init__(self, file: io.BytesIO, frames: list[pl.DataFrame]) -> None:
        super().__init__(file)
        self._frames = frames

    def persistent_load(self, place: Any) -> Any:
        return self._frames[place].clone()


def _plain(value: Any) -> Hashable:
    """What a question says, to be compared: texts, numbers, days, and lists of such."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(one) for one in value)
    if value is None or isinstance(value, (str, int, float, date)):
        return value
    raise TypeError(f"a question that cannot be kept by: {type(value).__name__}")
