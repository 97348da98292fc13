"""The folder of an accepted submission: whole, or not there at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import polars as pl
from polars.exceptions import PolarsError

from ingest.home import Home

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Step = Callable[[str], None]
EXPORT = "export"  # the file as received, whatever its suffix


class FolderOf:
    """A submission's folder: filled beside its place, flushed, and renamed into it at the end."""

    def __init__(self, home: Home, submission_id: str, step: Step) -> None:
        self.folder = home.submission_folder(submission_id)
        self.unfinished = self.folder.with_name(self.folder.name + ".tmp")
        self._step = step

    def __enter__(self) -> FolderOf:
        shutil.rmtree(self.unfinished, ignore_errors=True)
        self.unfinished.mkdir()
        self._step("folder made")
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed is not None:
            return  # what is unfinished is removed at the next start
        for path in self.unfinished.iterdir():
            _flush(path)
        _flush(self.unfinished)
        self._step("folder flushed")
        self.unfinished.rename(self.folder)
        _flush(self.folder.parent)
        self._step("folder renamed")

    def write(self, name: str, frame: pl.DataFrame) -> str:
        """Write rows; gives the SHA-256 of the file."""
        return write_rows(self.unfinished / f"{name}.parquet", frame)

    def write_table(self, name: str, frame: pl.DataFrame) -> dict[str, Any]:
        """Write a table's rows; gives what the manifest says of them."""
        return {"rows": frame.height, "sha256": self.write(name, frame)}

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        path = self.unfinished / "manifest.json"
        path.write_text(json.dumps(manifest, indent=1), "utf-8")


def write_rows(path: Path, frame: pl.DataFrame) -> str:
    """Write rows as Parquet; gives the SHA-256 of the file.

    Uncompressed: a build opens a thousand small files, and spends half its reading time on
    setting up decompression (measured).
    """
    with path.open("wb") as file:
        written = _Digested(file)
        try:
            frame.write_parquet(cast(IO[bytes], written), compression="uncompressed")
        except PolarsError as error:
            raise written.failed or error from None
    return written.digest.hexdigest()


class _Digested(io.RawIOBase):
    """A file and the digest of it; of a write that failed it keeps why, which polars may not."""

    def __init__(self, file: io.BufferedWriter) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.failed: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        self.digest.update(data)
        try:
            return self._file.write(data)
        except OSError as error:
            self.failed = error
            raise


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
