"""The command `validate`, and the result that a home keeps for its dashboard."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.files import write_whole
from ingest.home import Home, HomeError, open_home
from ingest.opened import now
from ingest.site_commands import OURS

if TYPE_CHECKING:  # the methods take seconds to load: only a validation needs them
    from sql.validation.validate import Validation

FORMS = (".html", ".md", ".json")


def validate(options: argparse.Namespace) -> int:
    """Compare every recorded answer; our fault where one disagrees.

    The page goes to --out, else to the terminal; with a home, its dashboard shows the result.
    """
    home = None if options.home is None else open_home(Path(options.home))
    _check_writable(options.out)
    from sql.validation.validate import validate as compare_all

    found = compare_all(now(home))
    if home is not None:
        _keep(home, found)
    if options.out is not None:
        write_whole(options.out, _written(found, options.out.suffix.lower()).encode())
        print(f"{found.sentence} Written to {options.out}")
    else:
        print(_written(found, ".json" if options.json else ".md"))
    return 0 if found.agrees else OURS


def renew(home: Home) -> None:
    """Validate anew where the home's result was made by other statistics than those installed."""
    from sql.validation.validate import fingerprint, kept, validate

    known = kept(home.path)
    if known is None or known.fingerprint != fingerprint():
        _keep(home, validate(now(home)))


def _keep(home: Home, found: Validation) -> None:
    from sql.validation.validate import KEPT, as_json

    write_whole(home.path / KEPT, as_json(found).encode())


def _written(found: Validation, form: str) -> str:
    from ingest.validation_page import page_of
    from sql.validation.validate import as_json

    return as_json(found) if form == ".json" else page_of(found, form[1:])


def _check_writable(out: Path | None) -> None:
    if out is None:
        return
    if out.suffix.lower() not in FORMS:
        raise HomeError(f"{out}: the name of a report ends in {', '.join(FORMS)}")
    if not out.parent.is_dir():
        raise HomeError(f"{out.parent}: no such folder")
    if out.is_dir():
        raise HomeError(f"{out}: is a folder; give a file's name")
