"""Text as the fonts of a PDF can show it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# What the fonts hold, with the signs that our own sentences use; of a name in another script
# the code points are shown.
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa1-\xac\xae-\u017f\u2010-\u2026\u20ac→−≤≥√τφ▲■●○◆◐▶◀✚]")


def printable(told: Any) -> Any:
    """The same data with every character that the fonts lack as its code point: [U+5317]."""
    if isinstance(told, str):
        return _UNPRINTABLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", told)
    if isinstance(told, Mapping):
        return {name: printable(value) for name, value in told.items()}
    return [printable(one) for one in told] if isinstance(told, list | tuple) else told
