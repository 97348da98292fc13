"""Is a text so plain that nothing in its cells need be looked for character by character?"""

from __future__ import annotations

import numpy as np

SPACE, LINE_FEED, DELETE = 32, 10, 127


def is_plain(content: bytes, delimiter: str) -> bool:
    """True where every cell is printable ASCII, with no space at either end of it.

    A few passes over the bytes: a pattern over each cell costs a hundred times as much.

    Args:
        content: UTF-8 with LF line ends.
        delimiter: one ASCII character.
    """
    if not content.isascii() or b'"' in content or bytes([DELETE]) in content:
        return False  # in quotation marks a cell may hold a line end, and begin with a space
    code = np.frombuffer(content, dtype=np.uint8)
    expected = content.count(b"\n") + (content.count(b"\t") if delimiter == "\t" else 0)
    if int(np.count_nonzero(code < SPACE)) != expected:
        return False
    spaces = np.flatnonzero(code == SPACE)
    if not len(spaces):
        return True
    if spaces[0] == 0 or spaces[-1] == len(code) - 1:
        return False
    beside = np.concatenate([code[spaces - 1], code[spaces + 1]])
    return not np.isin(beside, [ord(delimiter), LINE_FEED]).any()
