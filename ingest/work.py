"""What the worker works with: the home, the ledger, the clock, and the walk of a site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ingest import inbox
from ingest.accepted_of import accepted_of
from ingest.answers import standing
from ingest.bridging import Bridges
from ingest.form import Form
from ingest.home import LONDON, Home, walk_lock
from ingest.left_out import shown
from ingest.pipeline import Verdict, judge
from ingest.read import read_content
from ingest.reading import BROWSER, Limits, RawExport
from ingest.register import may_send_numbers, registered_sites
from ingest.since import last_checked
from ingest.submission import Registry
from ingest.tombstones import tombstones
from ingest.workbooks import Workbooks
from sql import erasures
from sql.ledger import Ledger
from sql.locks import locked
from sql.walk import Accepted

WORKER = "worker"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """What a submission was checked against: where any of it has moved, it is checked again."""

    walk: tuple[str, ...]
    locked: tuple[Any, ...]
    register: str | None


class Work:
    """One home and its ledger, for the one who writes."""

    def __init__(
        self,
        home: Home,
        ledger: Ledger,
        clock: Callable[[], datetime],
        *,
        limits: Limits = BROWSER,
        step: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.home = home
        self.ledger = ledger
        self.clock = clock
        self.limits = limits
        self.step = step
        self.workbooks = Workbooks(home, ledger, self.read_shown)
        self.bridges = Bridges(home, ledger)
        self.is_published = False
        self.erased: set[str] = set()  # keys and record ids that lie in this process's memory
        self.previewed: tuple[str, bytes] | None = None  # an erasure's plan, and what it rests on
        self.cases_opened: date | None = None  # the day on which due dates were last followed
        self.interrupted: set[str] = set()  # checks that the ledger's database went away in
        self.answers_shown = (0, 0)  # by the served release; see ledger_answers.moved

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Hold the lock under which the walk and the served release move.

        Within it nobody else accepts, withdraws, rolls back or publishes: what was checked
        against the walk before is compared with the walk as it is now.
        """
        with walk_lock(self.home):
            yield

    def walk(
        self, as_of: datetime | None = None, site: str | None = None, *, after: int | None = None
    ) -> list[Accepted]:
        """The accepted submissions in order, of one site or of all; see Ledger.walk."""
        return accepted_of(self.home, self.ledger.walk(as_of, after=after), site)

    def registry(self, site: str) -> Registry:
        """What the registry knows when an export of this site is checked."""
        rows = [r for r in self.ledger.walk() if r["site_ods_code"] == site]
        extracts = [datetime.fromisoformat(row["extract_datetime"]) for row in rows]
        register = self.home.newest_register()
        return Registry(
            accepted=self.walk(site=site),
            register=register,
            sites=registered_sites(register) if register is not None else None,
            storage_keys=self.home.storage_keys(),
            newest_extract=max(extracts, default=None),
            locked=locked(self.ledger),
            tombstones=tombstones(self.home.storage_keys(), erasures.tombstones(self.ledger)),
            is_alone=False,
        )

    def standing(self, site: str) -> Standing:
        """What an export of this site would be checked against now."""
        register = self.home.newest_register()
        return Standing(
            walk=tuple(one.submission_id for one in self.walk(site=site)),
            locked=locked(self.ledger),
            register=register.name if register is not None else None,
        )

    def linkage_key(self, site: str) -> bytes | None:
        """The key to turn the site's NHS numbers with, where it may send them."""
        register = self.home.newest_register()
        if register is None or not may_send_numbers(register, site):
            return None
        return self.home.linkage_key()

    def judge(
        self, row: Row, raw: bytes, tell: Callable[[str], None] = lambda step: None
    ) -> Verdict:
        """Check a submission against what stands now; `tell` hears of each step that begins."""
        today = self.clock().astimezone(LONDON).date()
        return judge(
            lambda: self.read(row, raw),
            lambda site: replace(
                self.registry(site),
                last=last_checked(self.home, self.ledger, row),
                answers=standing(self.ledger, site, today),
            ),
            now=self.clock(),
            site=row["site_ods_code"],
            form=Form.of(row["form"]),
            progress=tell,
        )

    def read(self, row: Row, raw: bytes) -> RawExport:
        """Read what was sent as a submission."""
        form = Form.of(row["form"])
        return read_content(
            row["filename"],
            raw,
            table=form.table if form is not None else None,
            limits=self.limits,
            linkage_key=self.linkage_key(row["site_ods_code"]),
        )

    def read_shown(self, row: Row, raw: bytes) -> RawExport:
        """The same as people may look at it: without patients who asked for erasure."""
        site = row["site_ods_code"]
        return shown(self.read(row, raw), site, self.registry(site))

    def move(
        self,
        submission_id: str,
        to: str,
        detail: Mapping[str, Any] | None = None,
        *,
        by: str = WORKER,
        **values: Any,
    ) -> None:
        self.ledger.move(submission_id, to, by=by, at=self.clock(), detail=detail, **values)

    def drop(self, submission_id: str, to: str, detail: Mapping[str, Any], **values: Any) -> None:
        """Move a submission to an end that keeps nothing of its content."""
        self.move(submission_id, to, detail, **values)
        inbox.remove(self.home, submission_id)
