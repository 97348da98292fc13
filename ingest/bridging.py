"""Working out a change bridge: the states between two releases, built one after the other.

First the earlier release as it was frozen, then its own state with today's code, then the
later one's day, register, policy values and answers, then each submission that came or went, in
the order of the ledger; last the later release as it was frozen. Every state but the two frozen
ones is a real build. A state is built at a time, so that exports are checked in between.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl

from ingest.accepted_of import accepted_of
from ingest.bridge_plan import Plan, known_answers, planned
from ingest.bridges import FAILED, PLAN, built, part_folder, plan_of
from ingest.home import Home
from sql import change_bridge
from sql.bridge_file import Bridge, End, Step, bridge_path, joined, write
from sql.catalog import code_version
from sql.change_bridge import Made, Standing
from sql.files import finish, unfinished
from sql.ledger import Ledger, LedgerError
from sql.walk import BuildError
from sql.warehouse import release_path

_log = logging.getLogger(__name__)


class Bridges:
    """Works out the bridges that were asked for, state by state."""

    def __init__(self, home: Home, ledger: Ledger) -> None:
        self.home = home
        self.ledger = ledger

    def want(self, first: int, second: int) -> None:
        """Plan a bridge that has not been worked out; what stopped before begins anew.

        Raises:
            LedgerError: if one of the two is not kept, or the second is the earlier.
        """
        part = part_folder(self.home.path, first, second)
        if bridge_path(self.home.path, first, second).is_file():
            return
        if (part / PLAN).is_file() and not (part / FAILED).is_file():
            return
        steps = planned(self.home, self.ledger, self._made(first), self._made(second))
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        told = {"first": first, "second": second, "code_version": code_version(), "steps": steps}
        _keep_text(part / PLAN, json.dumps(told))

    def work(self) -> bool:
        """Build one state of a bridge that waits; True where one did."""
        for part in sorted((self.home.path / "bridges").glob("*.part")):
            if not (part / PLAN).is_file() or (part / FAILED).is_file():
                continue
            try:
                self._build_next(part)
            except Exception:
                # A bridge that fails is no reason to stop the worker; it may be asked anew.
                incident = secrets.token_hex(4)
                _log.exception("incident %s: the bridge %s stopped", incident, part.stem)
                _keep_text(part / FAILED, f"our fault, incident {incident}")
            return True
        return False

    def work_out(
        self, first: int, second: int, told: Callable[[int, int], None] = lambda done, of: None
    ) -> None:
        """Plan a bridge and build all of its states at once; `told` hears of each."""
        self.want(first, second)
        part = part_folder(self.home.path, first, second)
        while part.is_dir():
            self._build_next(part)
            if part.is_dir():
                told(len(built(part)), len(plan_of(part)["steps"]) + 1)

    def _made(self, release: int) -> Made:
        path = release_path(self.home.path, release)
        if not path.is_file():
            raise LedgerError(f"release {release} is not kept; build it again with --as-of")
        return change_bridge.made(path)

    def _build_next(self, part: Path) -> None:
        plan = plan_of(part)
        if plan["code_version"] != code_version():  # an upgrade came in between
            shutil.rmtree(part)
            self.want(plan["first"], plan["second"])
            return
        done = built(part)
        if not done:
            first = change_bridge.standing(release_path(self.home.path, plan["first"]))
            self._keep(part, 0, first.values, first.data_date)
            return
        if len(done) > len(plan["steps"]):  # a worker ended right before this
            self._finish(part, plan)
            return
        before = _replayed(done)
        step = plan["steps"][len(done) - 1]
        found = self._state(step, part)
        moves = change_bridge.moved(before, found.values)
        if not change_bridge.after(before, moves).sort(change_bridge.KEY).equals(found.values):
            raise BuildError(f"bridge {part.stem}: the units of step {len(done)} do not add up")
        self._keep(part, len(done), moves, found.data_date)
        if len(done) == len(plan["steps"]):
            self._finish(part, plan)

    def _state(self, step: Plan, part: Path) -> Standing:
        if "frozen" in step:
            return change_bridge.standing(release_path(self.home.path, step["frozen"]))
        known = {row["submission_id"]: row for row in self.ledger.submissions()}
        walk = sorted((known[name] for name in step["walk"]), key=itemgetter("acceptance_number"))
        release = self._made(step["answers"])
        policy = self.home.path / "policy" / str(step["policy"])
        workplace = part / "workplace"
        shutil.rmtree(workplace, ignore_errors=True)
        workplace.mkdir()
        found = change_bridge.rebuilt(
            accepted_of(self.home, walk),
            register=self.home.path / "register" / str(step["register"]),
            policy=policy if step["policy"] else None,
            today=date.fromisoformat(step["today"]),
            answers=known_answers(self.ledger, release, step["today"]),
            value_sets=self.home.path / "value_sets",
            workplace=workplace,
        )
        shutil.rmtree(workplace)
        return found

    def _keep(self, part: Path, number: int, rows: pl.DataFrame, data_date: date) -> None:
        path = part / f"{number:04}.parquet"
        written = unfinished(path)
        rows.write_parquet(written, metadata={"data_date": data_date.isoformat()})
        finish(written, path)

    def _finish(self, part: Path, plan: Mapping[str, Any]) -> None:
        paths = built(part)
        rows = [pl.read_parquet(path) for path in paths]
        dates = [_data_date(path) for path in paths]
        first, second = (_end(self._made(plan[name])) for name in ("first", "second"))
        steps = tuple(
            Step(
                kind=step["kind"],
                data_date=until,
                site=step["site"],
                submissions=tuple(step["submissions"]),
                at=step["at"],
                left_out=step["left_out"],
            )
            for step, until in zip(plan["steps"], dates[1:], strict=True)
        )
        found = Bridge(first, second, steps, plan["code_version"], joined(rows[0], rows[1:]))
        write(bridge_path(self.home.path, first.number, second.number), found)
        shutil.rmtree(part)


def _end(release: Made) -> End:
    told = asdict(release)
    del told["submissions"]
    return End(**told)


def _replayed(done: Sequence[Path]) -> pl.DataFrame:
    values = pl.read_parquet(done[0])
    for path in done[1:]:
        values = change_bridge.after(values, pl.read_parquet(path))
    return values


def _data_date(path: Path) -> date:
    return date.fromisoformat(pl.read_parquet_metadata(path)["data_date"])


def _keep_text(path: Path, text: str) -> None:
    written = unfinished(path)
    written.write_text(text, "utf-8")
    finish(written, path)
