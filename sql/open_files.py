"""Release files that a process has open for reading, shared by all who read them.

DuckDB gives a process one database a path for as long as any connection to it is open: a file
that was written again under its name would be read as it was before. So a file is known by its
stamp here, and one that was written again is opened when the last reader of the old one is done.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, get_ident

import duckdb

from sql.hardening import HARDENED

PATIENCE_SECONDS = 10.0
Stamp = tuple[int, ...]


class WrittenAgain(Exception):
    """A file was written again, and somebody still reads what it was; nothing else is given."""


@dataclass
class _Open:
    stamp: Stamp
    database: duckdb.DuckDBPyConnection
    readers: Counter[int] = field(default_factory=Counter)  # by thread

    def end(self, thread: int) -> None:
        self.readers[thread] -= 1
        self.readers += Counter()  # without those that have none

    def is_as_written(self, path: Path) -> bool:
        return path.is_file() and stamp_of(path) == self.stamp


class OpenFiles:
    """The files, by path.

    Attributes:
        most: how many stay open when nobody reads them: opening one again takes longer than
            asking it, and it is asked again soon where pages are served. One that was removed
            or written again never does.
    """

    def __init__(self) -> None:
        self.most = 0
        self._files: OrderedDict[Path, _Open] = OrderedDict()
        self._changed = Condition()

    @contextmanager
    def reading(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own to a file, read-only and hardened.

        A thread that already reads a file goes on reading what it was, whatever became of it.

        Raises:
            FileNotFoundError: if it is not there.
            WrittenAgain: if it was, and the old one is still read after ten seconds.
        """
        thread = get_ident()
        with self._changed:
            opened = self._open(path, thread)
            try:
                connection = opened.database.cursor()
            except duckdb.Error:  # a database that has failed once fails for ever
                self._files.pop(path).database.close()
                opened = self._open(path, thread)
                connection = opened.database.cursor()
            opened.readers[thread] += 1
        try:
            yield connection
        finally:
            with self._changed:
                connection.close()
                opened.end(thread)
                self._close_the_unread()
                self._changed.notify_all()

    def _open(self, path: Path, thread: int) -> _Open:
        until = time.monotonic() + PATIENCE_SECONDS
        while kept := self._files.get(path):
            if kept.readers[thread] or kept.stamp == stamp_of(path):
                self._files.move_to_end(path)
                return kept
            if not kept.readers.total():
                self._files.pop(path).database.close()
            elif not self._changed.wait(max(0.0, until - time.monotonic())):
                raise WrittenAgain("The release is being written again: open the page again.")
        stamp = stamp_of(path)
        database = duckdb.connect(str(path), read_only=True, config=HARDENED)
        opened = self._files[path] = _Open(stamp, database)
        self._close_the_unread(but=path)
        return opened

    def _close_the_unread(self, but: Path | None = None) -> None:
        unread = [
            path for path, one in self._files.items() if path != but and not one.readers.total()
        ]
        gone = [path for path in unread if not self._files[path].is_as_written(path)]
        held = [path for path in unread if path not in gone]
        for path in (*gone, *held[: max(0, len(held) - self.most)]):
            self._files.pop(path).database.close()


def stamp_of(path: Path) -> Stamp:
    """Another one if the file was written again.

    Raises:
        FileNotFoundError: if it is not there.
    """
    found = path.stat()
    return (found.st_ino, found.st_mtime_ns, found.st_size)


FILES = OpenFiles()
