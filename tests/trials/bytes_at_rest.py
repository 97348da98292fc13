"""Look for NHS numbers in every byte of a folder, however they may be written there."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path

FORMS = (
    lambda n: n,
    lambda n: f"{n[:3]} {n[3:6]} {n[6:]}",
    lambda n: f"{n[:3]}-{n[3:6]}-{n[6:]}",
)
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


State = tuple[int, int, int]  # of a file: which it is, its size, when it was last written


def found(
    folders: Sequence[Path], numbers: Sequence[str], seen: dict[Path, State] | None = None
) -> list[tuple[str, str]]:
    """Each file, and each name of one, in which a number stands.

    Args:
        seen: filled with the files looked at; those unchanged since are not looked at again.
    """
    needles = {number: _in_base64(number) for number in numbers}
    hits = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            about = path.lstat()
            state = (about.st_ino, about.st_size, about.st_mtime_ns)
            if seen is not None:
                if seen.get(path) == state:
                    continue
                seen[path] = state
            content = str(path.relative_to(folder)).encode()
            if path.is_file():
                content += b"\n" + path.read_bytes()
            hits += [(str(path), n) for n in _numbers_in(content, needles)]
    return hits


def _numbers_in(content: bytes, needles: dict[str, set[bytes]]) -> list[str]:
    # Whatever is no letter or digit goes: then any separator, and the NUL of UTF-16, is none.
    plain = re.sub(rb"[^0-9A-Za-z]", b"", content)
    wide = content.decode("utf-8", "replace").translate(
        {0xFF10 + d: 48 + d for d in range(10)} | {0x0660 + d: 48 + d for d in range(10)}
    )
    folded = re.sub(r"[^0-9A-Za-z]", "", wide).encode()
    return [
        number
        for number, encoded in needles.items()
        if number.encode() in plain
        or number.encode() in folded
        or any(needle in content for needle in encoded)
    ]


def _in_base64(number: str) -> set[bytes]:
    """What of the number is sure to stand in base64, at each of the three beginnings."""
    needles = set()
    for form in FORMS:
        for encoding in ENCODINGS:
            text = form(number).encode(encoding)
            for before in range(3):
                encoded = base64.b64encode(b"\0" * before + text).rstrip(b"=")
                first = -(-before * 8 // 6)
                needles.add(encoded[first : (before + len(text)) * 8 // 6])
    return needles | {n.replace(b"+", b"-").replace(b"/", b"_") for n in needles}
