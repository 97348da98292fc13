"""What a document attached to a case may be, and whether an NHS number stands in its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.archive import open_zip, read_member
from ingest.nhs_numbers import bytes_hold_nhs_number, holds_nhs_number
from ingest.reading import MEGABYTE, ExportRefused, Limits
from ingest.sandbox import ChildTooSlow, run_child

MOST_BYTES = 10 * MEGABYTE
KINDS = {
    ".pdf": b"%PDF-",
    ".docx": b"PK\x03\x04",
    ".xlsx": b"PK\x03\x04",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".txt": b"",
}
ALLOWED = ", ".join(kind[1:] for kind in KINDS)
HOLDS_NUMBER = "an NHS number stands in it; nothing of it is kept"
UNREAD = (
    "{} could not be looked into: whoever attached it answers for it that it identifies no patient"
)
_LIMITS = Limits(received=MOST_BYTES, unpacked=50 * MEGABYTE, members=1000, child_memory=2 << 30)
_MAIN = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_TEXT = (".xml", ".rels", ".txt", ".csv")
# What a person reads or wrote among the attributes; the others are identifiers of the program,
# many of ten digits, and one in eleven of those would pass for an NHS number.
_WRITTEN = re.compile(rb'\b(?:descr|title|alt|name|tooltip|author|target)="([^"]*)"', re.IGNORECASE)
# Text that ends a paragraph may go on in the next; two cells of a sheet are never one number.
_BREAKS = {".docx": rb"</w:(?:p|tc)>", ".xlsx": rb"</(?:c|si|text)>"}
_APART = {".docx": b"\n", ".xlsx": b"\n\n\n\n\n"}


@dataclass(frozen=True)
class Looked:
    """What came of looking into a document: why it is refused, or what was not looked into."""

    refused: str | None = None
    unread: str | None = None


def why_not_received(name: str, data: bytes) -> str | None:
    """Why a document is not even taken in, by its name, size and first bytes."""
    kind = Path(name).suffix.lower()
    if kind not in KINDS:
        return f"a document is of one of these kinds: {ALLOWED}"
    if not data:
        return "the document is empty"
    if len(data) > MOST_BYTES:
        return f"a document has at most {MOST_BYTES // MEGABYTE} MB"
    if not data.startswith(KINDS[kind]):
        return f"the content is not that of a {kind[1:]} file"
    return None


def looked_into(name: str, data: bytes) -> Looked:
    """Look for NHS numbers in a document, wherever it holds text."""
    kind = Path(name).suffix.lower()
    match kind:
        case ".txt":
            return _looked_at_text(data)
        case ".docx" | ".xlsx":
            return _looked_at_archive(kind, name, data)
        case ".pdf":
            return _looked_at_pdf(data)
    return Looked(unread=UNREAD.format("a picture"))


def _looked_at_text(data: bytes) -> Looked:
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Looked("the content is not that of a txt file")
    return Looked(HOLDS_NUMBER) if bytes_hold_nhs_number(data) else Looked()


def _looked_at_archive(kind: str, name: str, data: bytes) -> Looked:
    try:
        with open_zip(data, name, _LIMITS, "SIZE") as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if _MAIN[kind] not in [info.filename for info in infos]:
                return Looked(f"the content is not that of a {kind[1:]} file")
            unread = None
            for info in infos:
                content = read_member(archive, info, name)
                if not info.filename.lower().endswith(_TEXT):
                    unread = UNREAD.format("what is embedded in it, such as pictures,")
                    if bytes_hold_nhs_number(content):
                        return Looked(HOLDS_NUMBER)
                elif any(map(bytes_hold_nhs_number, _words(kind, content))):
                    return Looked(HOLDS_NUMBER)
    except ExportRefused as refusal:
        is_number = refusal.code == "IDENTIFIER"
        return Looked(HOLDS_NUMBER if is_number else "the file is damaged, locked or too large")
    return Looked(unread=unread)


def _words(kind: str, content: bytes) -> Iterator[bytes]:
    """The text between the tags, parts of one word joined; what was written in attributes.

    What is not of one byte a letter is given whole.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content
    yield re.sub(rb"<[^>]*>", b"", re.sub(_BREAKS[kind], _APART[kind], content))
    yield from _WRITTEN.findall(content)


def _looked_at_pdf(data: bytes) -> Looked:
    try:
        told = run_child("ingest._pdf_child", data, _LIMITS)
    except ChildTooSlow:
        told = None
    if told is None:
        return Looked(unread=UNREAD.format("its text"))
    pages = [json.loads(line) for line in told.decode("utf-8").splitlines()]
    if any(holds_nhs_number(page["text"]) for page in pages):
        return Looked(HOLDS_NUMBER)
    has_unread = any(page["has_images"] or not page["text"].strip() for page in pages[:-1])
    return Looked(unread=UNREAD.format("pages that are pictures") if has_unread else None)
