"""A ZIP file or a folder as its files' bytes, within limits and without surprises."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.nhs_numbers import bytes_hold_nhs_number, holds_nhs_number
from ingest.reading import MEGABYTE, ExportRefused, Limits, Place, refused, shown_name

ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst", ".xlsx")
LEFT_BY_SYSTEMS = (".ds_store", "thumbs.db", "desktop.ini")
LEFT_BESIDE = ("._", "~$", ".~lock.")  # a Mac's second half of a file, locks of open ones
NO_FILES = (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK)
DIRECTORY_END = b"PK\x05\x06"
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class Members:
    """The files of an export by plain name, and whether a system's litter was left out."""

    files: Mapping[str, bytes]
    is_littered: bool


def read_zip(content: bytes, name: str, limits: Limits) -> Members:
    """The files of a ZIP, unpacked in memory.

    Raises:
        ExportRefused: one of the ZIP_ codes, or TYPE for a workbook named .zip.
    """
    if not content.startswith((b"PK\x03\x04", DIRECTORY_END)):
        raise zip_refused("TYPE", name)
    with open_zip(content, name, limits) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        kept = [info for info in infos if not _is_litter(info.filename)]
        for info in archive.infolist():  # what is passed over is kept with the rest
            if info not in kept and bytes_hold_nhs_number(read_member(archive, info, name)):
                raise zip_refused("IDENTIFIER", name, info.filename)
        if "[Content_Types].xml" in [info.filename for info in kept]:
            raise zip_refused("TYPE", name)
        plain = {_plain_name(info.filename, kept): info for info in kept}
        for member in plain:
            if "/" in member:
                raise zip_refused("ZIP_PATH", name, member)
            if member.lower().endswith(ARCHIVES):
                raise zip_refused("ZIP_NESTED", name, member)
        files = {member: read_member(archive, info, name) for member, info in plain.items()}
    return Members(files, len(kept) < len(infos))


def read_folder(path: Path, limits: Limits) -> Members:
    """The files of a folder; links and folders within it are refused."""
    entries = sorted(path.iterdir())
    kept = [entry for entry in entries if not _is_litter(entry.name)]
    if len(kept) > limits.members:
        raise zip_refused("ZIP_MEMBERS", path.name)
    for entry in kept:
        if entry.is_symlink() or not entry.is_file():
            raise zip_refused("ZIP_PATH", path.name, entry.name)
    if sum(entry.stat().st_size for entry in kept) > limits.unpacked:
        raise zip_refused("SIZE", path.name)
    files = {entry.name: entry.read_bytes() for entry in kept}
    return Members(files, len(kept) < len(entries))


def open_zip(
    content: bytes, name: str, limits: Limits, size_code: str | None = None
) -> zipfile.ZipFile:
    """A ZIP whose directory has been checked before anything of it is unpacked.

    `size_code` stands for ZIP_SIZE, ZIP_RATIO and ZIP_MEMBERS where it is given.
    """
    _check_directory_size(content, name, limits, size_code or "ZIP_MEMBERS")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except DAMAGE:
        raise zip_refused("ZIP_DAMAGED", name) from None
    infos = archive.infolist()
    beside = (archive.comment, *_beside_members(content, infos))
    if any(holds_nhs_number(info.filename) for info in infos) or any(
        map(bytes_hold_nhs_number, beside)
    ):
        raise zip_refused("IDENTIFIER", name)
    if len(infos) > limits.members:
        raise zip_refused(size_code or "ZIP_MEMBERS", name)
    if sum(info.file_size for info in infos) > limits.unpacked:
        raise zip_refused(size_code or "ZIP_SIZE", name)
    seen: set[str] = set()
    for info in infos:
        _check_member(info, name, limits, size_code)
        folded = info.filename.casefold()
        if folded in seen:
            raise zip_refused("ZIP_DUPLICATE", name, info.filename)
        seen.add(folded)
    return archive


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """A member's bytes: never more than the directory declares, and its CRC holds."""
    try:
        content = archive.read(info)
    except DAMAGE:
        raise zip_refused("ZIP_DAMAGED", name, info.filename) from None
    if len(content) != info.file_size:
        raise zip_refused("ZIP_DAMAGED", name, info.filename)
    return content


def zip_refused(code: str, name: str, member: str | None = None) -> ExportRefused:
    """A refusal that names the archive and the member, both without folders."""
    file = shown_name(member) if member else shown_name(name)
    return refused(code, file, places=[Place(code, None, file, None, None)])


def _check_directory_size(content: bytes, name: str, limits: Limits, code: str) -> None:
    """Refuse a directory of thousands of entries before Python builds it."""
    end = content.rfind(DIRECTORY_END, max(0, len(content) - 66_000))
    if end < 0 or len(content) < end + 22:
        raise zip_refused("ZIP_DAMAGED", name)
    entries, size = struct.unpack_from("<HI", content, end + 10)
    if entries > limits.members or size > MEGABYTE:
        raise zip_refused(code, name)


def _beside_members(content: bytes, infos: list[zipfile.ZipInfo]) -> Iterator[bytes]:
    """The bytes that are no member's content: notes, extra fields, whatever lies between."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        yield info.comment
        yield from _extra_fields(info.extra)
        lengths = content[info.header_offset + 26 : info.header_offset + 30]
        if len(lengths) == 4:
            of_name, of_extra = struct.unpack("<HH", lengths)
            extra = info.header_offset + 30 + of_name
            yield from _extra_fields(content[extra : extra + of_extra])
            yield content[end:extra]
            end = max(end, extra + of_extra + info.compress_size)
    yield content[end:]


def _extra_fields(extra: bytes) -> Iterator[bytes]:
    while len(extra) >= 4:
        end = 4 + int.from_bytes(extra[2:4], "little")
        yield extra[4:end]
        extra = extra[end:]
    yield extra


def _check_member(info: zipfile.ZipInfo, name: str, limits: Limits, size_code: str | None) -> None:
    parts = info.filename.rstrip("/").split("/")
    is_outside = "\\" in info.filename or ":" in parts[0] or {"", ".", ".."} & set(parts)
    if is_outside or stat.S_IFMT(info.external_attr >> 16) in NO_FILES:
        raise zip_refused("ZIP_PATH", name, info.filename)
    if info.flag_bits & 0x1:
        raise zip_refused("ZIP_PASSWORD", name, info.filename)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zip_refused("ZIP_DAMAGED", name, info.filename)
    packed = max(info.compress_size, 1)
    if info.file_size > MEGABYTE and info.file_size / packed > limits.ratio:
        raise zip_refused(size_code or "ZIP_RATIO", name, info.filename)


def _is_litter(name: str) -> bool:
    last = name.rsplit("/", 1)[-1].casefold()
    return name.startswith("__MACOSX/") or last in LEFT_BY_SYSTEMS or last.startswith(LEFT_BESIDE)


def _plain_name(name: str, infos: list[zipfile.ZipInfo]) -> str:
    """The name within the one folder that holds everything, where there is one."""
    folder, slash, rest = name.partition("/")
    if slash and all(info.filename.startswith(f"{folder}/") for info in infos):
        return rest
    return name
