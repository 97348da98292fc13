"""Look for words in everything that lies in some folders, however it is written or packed there."""

import base64
import re
import sqlite3
import zipfile
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
INSIDE = rb"[0-9A-Za-z-]"  # of a word: E0001-1 is not found in E0001-10


def places(folder: Path, words: Collection[str]) -> list[tuple[str, str]]:
    """Each file in which a word stands, and the word."""
    looked = Looked(words)
    hits = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            hits += [(str(path.relative_to(folder)), word) for word in looked.in_file(path)]
    return hits


def named(data: bytes, words: Collection[str]) -> set[str]:
    """The words that stand in some bytes, or in what is packed in them."""
    looked = Looked(words)
    return looked.in_bytes(data).union(*map(looked.in_bytes, _of_bytes(data)))


class Looked:
    """The words in every form in which they may be written."""

    def __init__(self, words: Collection[str]) -> None:
        self.words = sorted(words)
        either = b"|".join(re.escape(word.encode()) for word in self.words)
        self.plain = re.compile(rb"(?<!%s)(?:%s)(?!%s)" % (INSIDE, either, INSIDE), re.I)
        self.wide = {
            form: re.compile(b"|".join(re.escape(word.encode(form)) for word in self.words))
            for form in ENCODINGS[1:]
        }
        coded = {part for word in self.words for part in _coded(word)}
        self.coded = re.compile(b"|".join(map(re.escape, sorted(coded))))

    def in_bytes(self, data: bytes) -> set[str]:
        found = {match.decode().upper() for match in self.plain.findall(data)}
        for form, pattern in self.wide.items():
            found |= {match.decode(form) for match in pattern.findall(data)}
        return found | {match.decode() for match in self.coded.findall(data)}

    def in_file(self, path: Path) -> set[str]:
        data = path.read_bytes()
        found = self.in_bytes(str(path.name).encode() + b"\n" + data)
        for told in _unpacked(path, data):
            found |= self.in_bytes(told)
        return found


def _coded(word: str) -> Iterator[bytes]:
    """What of a word is sure to stand in hex, and in base64 at each of the three beginnings."""
    for form in ENCODINGS:
        text = word.encode(form)
        yield text.hex().encode()
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + text).rstrip(b"=")
            part = whole[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]
            yield part


def _unpacked(path: Path, data: bytes) -> Iterator[bytes]:
    """What stands in a database, a Parquet file or an archive, as text."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            names = connection.execute("select table_name from duckdb_tables()").fetchall()
            for (name,) in names:
                yield repr(connection.execute(f'from "{name}"').fetchall()).encode()
    elif path.suffix == ".sqlite":
        with sqlite3.connect(path) as connection:
            yield "\n".join(connection.iterdump()).encode()
    else:
        yield from _of_bytes(data)


def _of_bytes(data: bytes) -> Iterator[bytes]:
    if data[:4] == b"PAR1":
        yield repr(pl.read_parquet(data).rows()).encode()
    elif data[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for name in archive.namelist():
                member = archive.read(name)
                yield name.encode() + b"\n" + member
                yield from _of_bytes(member)
