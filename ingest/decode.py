"""Bytes to text, in one way only: what the file is, and how its characters are written."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.reading import ExportRefused, Source, listed, notice, refused

# The first bytes of what people rename to .csv; polars would open gzip by itself.
BINARY_STARTS = (
    b"\x1f\x8b",  # gzip
    b"PK\x03\x04",  # ZIP, XLSX
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0",  # XLS, encrypted XLSX
    b"%PDF",
    b"PAR1",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",  # Zstandard
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"SQLite format 3",
    b"\x7fELF",
    b"MZ\x90",
    b"ARROW1",
    b"x\x9c",  # zlib
)
BINARY_WITHIN = {257: b"ustar", 8: b"DUCK"}  # tar, DuckDB
TEXT_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<table", b"{\\rtf", b"{", b"[")

DAMAGED = re.compile(rb"[\xc2-\xf4][\x80-\xbf]|[\x81\x8d\x8f\x90\x9d]")
# 1C to 1F are what keys and digests are joined by.
FORBIDDEN = {"NUL": b"\x00", "ENCODING": b"\x1c\x1d\x1e\x1f"}
HEAD = 100_000  # bytes in which a file says something
SLICE = 16_000_000  # bytes that are decoded at a time
LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Text:
    """A file as UTF-8 with LF line ends; its physical lines are unchanged."""

    content: bytes
    notices: tuple[str, ...] = ()
    is_windows_1252: bool = False

    @property
    def text(self) -> str:
        return self.content.decode()


def decode(content: bytes, source: Source) -> Text:
    """The text of a CSV file.

    Raises:
        ExportRefused: TYPE, EMPTY, ENCODING or NUL, with the physical lines where it can
            tell them.
    """
    if _is_binary(content) or _opens_as_other_text(content):
        raise refused("TYPE", source.file, places=[source.place("TYPE")])
    decoded = _decode(content, source)
    text = decoded.content
    if not (text[:HEAD].decode(errors="ignore").strip() or text.decode().strip()):
        raise refused("EMPTY", source.file, places=[source.place("EMPTY")])
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for code, characters in FORBIDDEN.items():
        if any(character in text for character in characters):
            raise _not_text(code, source, _lines_with(re.compile(b"[" + characters + b"]"), text))
    return Text(text, decoded.notices, decoded.is_windows_1252)


def _is_binary(content: bytes) -> bool:
    return content.startswith(BINARY_STARTS) or any(
        content.startswith(sign, at) for at, sign in BINARY_WITHIN.items()
    )


def _opens_as_other_text(content: bytes) -> bool:
    return content[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(TEXT_STARTS)


def _decode(content: bytes, source: Source) -> Text:
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _undecodable(source, "UTF-32 is not read; save the file as CSV UTF-8.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError:
            raise _undecodable(source, "damaged UTF-16; save the file as CSV UTF-8.") from None
        return Text(text.removeprefix("\ufeff").encode(), (notice("UTF16", file=source.file),))
    if content.startswith(codecs.BOM_UTF8):
        return _utf8_with_mark(content.removeprefix(codecs.BOM_UTF8), source)
    if _looks_like_utf16(content):
        raise _undecodable(
            source, "looks like UTF-16 without its mark; save the file as CSV UTF-8."
        )
    return Text(content) if _is_utf8(content) else _windows_1252(content, source)


def _is_utf8(content: bytes) -> bool:
    """True for UTF-8; read in slices, since a large file is not wanted as a string too."""
    if content.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), SLICE):
            decoder.decode(content[start : start + SLICE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf8_with_mark(content: bytes, source: Source) -> Text:
    if _is_utf8(content):
        return Text(content, (notice("BOM", file=source.file),))
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_of(content, error.start)
        raise _undecodable(
            source, f"marked as UTF-8 but damaged on line {line}; export it again.", [line]
        ) from None
    raise AssertionError("two readings of UTF-8 differ")


def _windows_1252(content: bytes, source: Source) -> Text:
    nul_lines = _lines_with(re.compile(rb"\x00"), content)
    if nul_lines:
        raise _not_text("NUL", source, nul_lines)
    lines = _lines_with(DAMAGED, content)
    if lines:
        raise _undecodable(
            source,
            f"damaged characters on line {listed(lines)}; save the file as CSV UTF-8.",
            lines,
        )
    return Text(content.decode("cp1252").encode(), (notice("CP1252", file=source.file),), True)


def _lines_with(pattern: re.Pattern[bytes], content: bytes, most: int = 100) -> list[int]:
    """The physical lines on which the pattern is found, the first `most` of them."""
    lines: list[int] = []
    line, counted_to, start = 1, 0, 0
    while len(lines) < most and (match := pattern.search(content, start)):
        line += _line_ends(content, counted_to, match.start())
        lines.append(line)
        counted_to = match.start()
        end_of_line = LINE_END.search(content, match.end())
        if end_of_line is None:
            break
        start = end_of_line.end()
    return lines


def _line_ends(content: bytes, start: int, end: int) -> int:
    return sum(1 for _ in LINE_END.finditer(content, start, end))


def _line_of(content: bytes, at: int) -> int:
    return 1 + _line_ends(content, 0, at)


def _looks_like_utf16(content: bytes) -> bool:
    head = content[:512]
    odd, even = head[1::2].count(0), head[::2].count(0)
    return max(odd, even) > len(head) // 4 and min(odd, even) == 0


def _undecodable(source: Source, says: str, lines: Sequence[int | None] = (None,)) -> ExportRefused:
    return refused(
        "ENCODING", source.file, says, [source.place("ENCODING", line) for line in lines]
    )


def _not_text(code: str, source: Source, lines: list[int]) -> ExportRefused:
    return refused(
        code,
        source.file,
        f"the characters on line {listed(lines)} are not text.",
        [source.place(code, line) for line in lines],
    )
