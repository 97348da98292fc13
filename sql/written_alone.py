"""A database file without what lay in the memory of who wrote it.

What DuckDB writes may hold, between its rows, what its process read before. Who has erased a
patient has read them; until that process ends, what it writes is looked through.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sql.files import UNFINISHED
from sql.rekeyed_release import ReleaseNotRekeyed, holds_any, rewrite_release

SHORTEST = 6  # a shorter id stands in every file, whoever wrote it


def without(file: Path, words: Collection[str]) -> None:
    """Let a process that never saw these words write a file again, if its bytes hold any.

    Args:
        file: a database of DuckDB that nobody has open; replaced, not synced.
        words: keys of patients at rest, which may not be left, and ids of records, of which
            another patient's record may have one too.

    Raises:
        ReleaseNotRekeyed: if a key is left.
    """
    sought = [word.encode() for word in words if len(word) >= SHORTEST]
    if not sought:
        return
    content = file.read_bytes()
    if any(word in content for word in sought):
        written = file.with_name(file.name + f"{UNFINISHED}.alone")
        scratch = file.with_name(file.name + f"{UNFINISHED}.rows")
        try:
            rewrite_release(file, written, {}, scratch)
            if holds_any(written, words):
                says = f"{file.name}: a key of an erased patient would be left in it"
                raise ReleaseNotRekeyed(says)
            written.replace(file)
        finally:
            written.unlink(missing_ok=True)
