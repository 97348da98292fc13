"""The commands that a site runs on its own computer; nothing in them needs POSIX."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ingest.home import HomeError


def pseudonymise(options: argparse.Namespace) -> int:
    from ingest.keys import KeyUnusable, linkage_key
    from ingest.pseudonymise import Identities, pseudonymised

    if not options.path.is_file():
        raise HomeError(f"{options.path}: no such file")
    if options.output.exists():
        raise HomeError(f"{options.output}: is there already; give a new name")
    try:
        key = linkage_key(options.key_file, os.environ)
    except KeyUnusable as unusable:
        raise HomeError(str(unusable)) from None
    identities = Identities(options.column, options.local_column, options.site or "")
    made = pseudonymised(options.path.read_bytes(), options.path.name, identities, key)
    _write_owned(options.output, made.text)
    print(f"{options.output}: {made.by_number} rows by NHS number, {made.by_local_id} by local id")
    if made.identifying:
        print(f"take these columns out before you send it: {', '.join(made.identifying)}")
    return 0


def _write_owned(path: Path, text: str) -> None:
    """A new file that only its owner may read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="") as file:
        file.write(text)


def template(options: argparse.Namespace) -> int:
    from ingest.template import write_template

    write_template(options.path)
    print(f"wrote {options.path}")
    return 0
