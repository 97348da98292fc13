"""Make a board pack of the served release, and read one back."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pypdf

from dashboard.data import View
from dashboard.pages.cases_sentinel import reviewed
from dashboard.provisional import said
from dashboard.reports import national, trust
from dashboard.reports.parts import Pack, Section, read
from ingest.home import open_home
from ingest.inbox import Desk
from sql import watch
from sql.access import AccessDenied, Viewer, require
from sql.board_packs import entered
from sql.hashes import code_hash, full_hash, public_hash, rules_hash
from sql.ledger import Ledger
from sql.reader import Reader
from sql.reader_periods import ROLLING

NATIONAL = "national"
WHOLE = next(iter(ROLLING))  # the period of the pack as a whole
ATTACHED = "figures.json"
TEAM = Viewer("board pack", "registry team")
PUBLIC = Viewer("board pack", "commissioner")


class PackError(Exception):
    """A pack that cannot be made, or is none: a sentence for the person who asked."""


def make(
    home: Path, viewer: Viewer, scope: str, now: datetime, *, release: int | None = None
) -> Pack:
    """A trust's pack of the viewer's own sites, or the national one of published figures alone.

    Args:
        scope: the viewer's trust, or "national".
        release: one that the home still keeps; the served one where none is given.

    Raises:
        AccessDenied: if the viewer may not make a pack of patient-level rows.
    """
    if scope == NATIONAL:
        require(viewer, "see published figures")
        viewer = PUBLIC  # whoever asks: published figures, and nothing else
    else:
        require(viewer, "make a board pack")
        if scope != viewer.trust:
            raise AccessDenied("This account makes the board pack of its own trust only.")
    with Reader.open(home, viewer, release=release, at=now) as reader:
        view = View(home, viewer, reader, now, kept=Desk(home, viewer, now).kept_states())
        served = reader.release()
        named = "National board pack" if scope == NATIONAL else f"Board pack of trust {scope}"
        return Pack(
            title=f"IRE Liver Audit: {named}",
            scope=scope,
            sites=list(viewer.sites),
            status=served.status,
            period=". ".join(filter(None, (reader.period_sentence(), said(view, WHOLE)))),
            release=served.number,
            made_at=now.isoformat(timespec="seconds"),
            hashes={
                "data": (public_hash if scope == NATIONAL else full_hash)(home, served.number),
                "rules": rules_hash(),
                "code": code_hash(),
            },
            sections=national.sections(view) if scope == NATIONAL else _of_trust(view),
        )


def issue(home: Path, viewer: Viewer, scope: str, now: datetime) -> Pack:
    """Make a pack of the served release, and enter it: the release that it names is kept."""
    try:
        pack = make(home, viewer, scope, now)
    except AccessDenied as denial:
        watch.denied(home, viewer, denial, at=now, of=f"board pack {scope}")
        raise
    with Ledger(open_home(home).ledger_path) as ledger:
        entered(ledger, pack.release, scope, by=viewer.by, at=now)
    return pack


def _of_trust(view: View) -> list[Section]:
    return trust.sections(view, view.desk.cases(), reviewed(view))


def lead_of(home: Path, trust_id: str) -> Viewer:
    """The governance lead of a trust: sees the rows of its sites and no others.

    Raises:
        PackError: if the register has no site of that trust.
    """
    with Reader.open(home, TEAM) as reader:
        known = reader.sites()
    sites = known.filter(trust_id=trust_id)["site_id"].to_list()
    if not sites:
        named = ", ".join(known["trust_id"].drop_nulls().unique().sort())
        raise PackError(f"no trust {trust_id} in the register; it has {named}")
    return lead(sites, trust_id)


def lead(sites: Sequence[str], trust_id: str) -> Viewer:
    """A governance lead of these sites."""
    return Viewer("board pack", "governance lead", tuple(sites), trust_id)


def attached(pdf: bytes) -> Pack:
    """The pack whose figures are attached to a PDF.

    Raises:
        PackError: if it is no PDF, or has no figures attached.
    """
    try:
        found = pypdf.PdfReader(io.BytesIO(pdf)).attachments.get(ATTACHED)
    except pypdf.errors.PyPdfError as error:
        raise PackError(f"this is not a PDF that can be read: {error}") from None
    if not found:
        raise PackError(f"no {ATTACHED} is attached: this is no board pack of the registry")
    try:
        return read(json.loads(found[0]))
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(f"{ATTACHED} cannot be read: {error!r}") from None
