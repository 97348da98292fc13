"""What a page is given: the registry's home, the time, and the Reader of one viewer."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from streamlit.delta_generator import DeltaGenerator

from dashboard.settings import HOME, declared
from dashboard.words import LONDON
from ingest.inbox import Desk, KeptStates, Stood
from sql.access import Viewer
from sql.reader import NoRelease, Reader, Release
from sql.sessions import SignIn


@dataclass(frozen=True)
class View:
    """One run of one page: who looks, at what, when.

    Attributes:
        viewer: who may do nothing while looking back.
        published: the release as this viewer may read it, or why there is none to read.
        past: the past state that is looked at; None for the present.
        kept: what the registry keeps of the past.
        mark: the place at the top of the page for what is provisional; None where there is none.
        sign_in: by which the session's rights are read again; None in the demo.
    """

    home: Path
    viewer: Viewer
    published: Reader | NoRelease
    now: datetime
    past: Stood | None = None
    kept: KeptStates | None = None
    mark: DeltaGenerator | None = None
    sign_in: SignIn | None = None

    @property
    def desk(self) -> Desk:
        """What the viewer may ask of the registry, and do."""
        return Desk(self.home, self.viewer, self.now)

    @property
    def today(self) -> date:
        """The day on which the figures stand: today, or the day looked back at."""
        return self.now.date() if self.past is None else self.past.day

    @property
    def person(self) -> Viewer:
        """The viewer with all that the role may do in the present."""
        return replace(self.viewer, is_looking_back=False)

    @property
    def reader(self) -> Reader:
        """The Reader of what is published.

        Raises:
            NoRelease: if nothing has been published yet.
        """
        if isinstance(self.published, NoRelease):
            raise self.published
        return self.published

    @property
    def release(self) -> Release | None:
        """The release served; None before the first: exports can be sent all the same."""
        return None if isinstance(self.published, NoRelease) else self.published.release()


class NotDemo(Exception):
    """The home is not a demo home."""


def home() -> Path:
    """The registry's home, as `python -m dashboard` hands it to the server."""
    return Path(os.environ[HOME])


def demo_now(home: Path) -> datetime:
    """Noon in London on the demo's fixed day.

    Raises:
        NotDemo: if the home is not a demo home.
    """
    said = declared(home)
    if said.get("demo") is not True:
        raise NotDemo(f"{home.name} is not a demo home: home.json does not say so")
    today = date.fromisoformat(said["today"])
    return datetime.combine(today, time(12), LONDON).astimezone(UTC)
