"""Release files that a process has open for reading, shared by all who read them.

DuckDB gives a process one database a path for as long as any connection to it is open: a file
that was written again under its name would be read as it was before. So a file is known by its
stamp here, and one that was written again is opened when the last reader of the old one is done.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition

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
    readers: int = 0


class OpenFiles:
    """The files, by path.

    Attributes:
        most: how many stay open when nobody reads them: opening one again takes longer than
            asking it, and it is asked again soon where pages are served.
    """

    def __init__(self) -> None:
        self.most = 0
        self._files: OrderedDict[Path, _Open] = OrderedDict()
        self._changed = Condition()

    @contextmanager
    def reading(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own to a file, read-only and hardened.

        Raises:
            WrittenAgain: if the file was, and the old one is still read after ten seconds.
        """
        with self._changed:
            opened = self._open(path)
            opened.readers += 1
            connection = opened.database.cursor()
        try:
            yield connection
        finally:
            with self._changed:
                connection.close()
                opened.readers -= 1
                self._close_the_oldest()
                self._changed.notify_all()

    def _open(self, path: Path) -> _Open:
        while (kept := self._files.get(path)) and kept.stamp != stamp_of(path):
            if kept.readers == 0:
                self._files.pop(path).database.close()
            elif not self._changed.wait(PATIENCE_SECONDS):
                raise WrittenAgain("The release is being written again: open the page again.")
        if kept is None:
            stamp = stamp_of(path)
            database = duckdb.connect(str(path), read_only=True, config=HARDENED)
            kept = self._files[path] = _Open(stamp, database)
        self._files.move_to_end(path)
        return kept

    def _close_the_oldest(self) -> None:
        unread = [path for path, opened in self._files.items() if not opened.readers]
        for path in unread[: max(0, len(unread) - self.most)]:
            self._files.pop(path).database.close()


def stamp_of(path: Path) -> Stamp:
    """Another one if the file was written again.

    Raises:
        FileNotFoundError: if it is not there.
    """
    found = path.stat()
    return (found.st_ino, found.st_mtime_ns, found.st_size)


FILES = OpenFiles()
