"""Make or verify a board pack: `python -m dashboard.reports pack|verify --home HOME ...`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dashboard import data, settings
from dashboard.reports import drawn, verifying
from dashboard.reports.making import NATIONAL, PUBLIC, PackError, issue, lead_of
from sql.reader import NoRelease

USAGE = 2
DIFFERS = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Gives the exit code: 0 done or verified, 1 a pack that differs, 2 what cannot be done."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except (PackError, NoRelease) as error:
        print(f"ire-audit: {error}", file=sys.stderr)
    except OSError as error:
        print(f"ire-audit: {error.filename}: {error.strerror}", file=sys.stderr)
    return USAGE


def _pack(given: argparse.Namespace) -> int:
    now = data.demo_now(given.home) if settings.is_demo(given.home) else datetime.now(UTC)
    viewer = lead_of(given.home, given.trust) if given.trust else PUBLIC
    made = issue(given.home, viewer, given.trust or NATIONAL, now)
    out: Path = given.out
    if out.suffix == ".html":
        out.write_text(drawn.html_of(made), "utf-8")
    elif out.suffix == ".xlsx":
        out.write_bytes(drawn.xlsx_of(made))
    else:
        out.write_bytes(drawn.pdf_of(made))
    print(f"{out}: {made.title}, release {made.release}")
    return 0


def _verify(given: argparse.Namespace) -> int:
    found = verifying.problems(given.home, given.pack.read_bytes())
    for said in found:
        print(said)
    if not found:
        print("Verified: every figure was worked out anew and is as the pack says.")
    return DIFFERS if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ire-audit", description="Make or verify a board pack.")
    choices = parser.add_subparsers(required=True)
    pack = choices.add_parser("pack")
    pack.set_defaults(run=_pack)
    pack.add_argument("--trust", help="a trust of the register; without it the national pack")
    pack.add_argument("--out", type=Path, required=True, help="a .pdf, .html or .xlsx")
    verify = choices.add_parser("verify")
    verify.set_defaults(run=_verify)
    verify.add_argument("pack", type=Path, help="a board pack as PDF")
    for one in (pack, verify):
        one.add_argument("--home", type=Path, required=True)
    return parser


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # no server runs: Streamlit need not say so
    sys.exit(main())
