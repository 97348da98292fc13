"""Fill a demo home by replaying the synthetic registry's own history."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest import inbox
from ingest.demo_cases import REPLAYED, replay
from ingest.home import Home, create_home, open_home, writer_lock
from ingest.register import load_register, registered_sites
from ingest.validating import renew
from ingest.worker import Worker
from sql.access import DEMO_VIEWERS
from sql.accounts import Rights, begin, grant
from sql.ledger import Ledger
from sql.visits import visit

Progress = Callable[[Iterable[Mapping[str, Any]]], Iterable[Mapping[str, Any]]]


def fill(path: Path, sample_data: Path, progress: Progress = lambda actions: actions) -> Home:
    """Make a demo home and replay every action of `demo.json` and `cases.json`, then publish.

    Raises:
        HomeError: if the folder is not empty.
    """
    history = json.loads((sample_data / "demo.json").read_text("utf-8"))
    actions = _in_order(history["actions"], sample_data / "cases.json")
    # Filled beside its place and renamed at the end: half a demo home is never served.
    unfinished = path.with_name(path.name + ".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    home = create_home(unfinished, demo_today=date.fromisoformat(history["today"]))
    sent: dict[str, str] = {}
    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        at = datetime.fromisoformat(actions[0]["at"])
        worker = Worker(home, ledger, clock=lambda: at)
        for action in progress(actions):
            at = datetime.fromisoformat(action["at"])
            source = sample_data / action.get("path", "")
            if action["action"] == "publish":
                worker.publish()
            elif action["action"] in REPLAYED:
                replay(home, ledger, action)
                worker.carry_out_requests()
            elif action["action"] == "register":
                number = load_register(home, source, by=action["by"], at=at)
                ledger.append("register loaded", str(number), by=action["by"], at=at)
            elif action["action"] == "submit":
                sent[action["path"]] = inbox.deposit(
                    home.path,
                    source.read_bytes(),
                    source.name,
                    site=action["site"],
                    by=action["by"],
                    at=at,
                )
                worker.check(sent[action["path"]])
            elif action["action"] == "accept":
                worker.accept(sent[action["path"]], by=action["by"])
            elif action["action"] == "withdraw":
                worker.withdraw(sent[action["path"]], by=action["by"], reason=action["reason"])
        at = home.noon or at
        worker.publish()
        _make_accounts(home, ledger, at)
        _make_visits(ledger, at - LAST_HERE)
    renew(home)
    unfinished.rename(path)
    return open_home(path)


def _make_accounts(home: Home, ledger: Ledger, at: datetime) -> None:
    """An account for each persona; the admin among them and another are the first."""
    admin = DEMO_VIEWERS["admin"]
    begin(ledger, {admin.login: admin.name, "g.demo@registry.example": "G. Demo"}, at=at)
    registered = registered_sites(home.newest_register())
    for persona, viewer in DEMO_VIEWERS.items():
        rights = Rights(viewer.role, viewer.sites, viewer.trust)
        if viewer != admin and registered.issuperset(viewer.sites):
            login = f"{persona}@demo.example"
            by = admin.login
            grant(ledger, login, viewer.name, rights, registered=registered, by=by, at=at)


LAST_HERE = timedelta(days=14)  # before the demo's day: Home has something new to each persona


def _make_visits(ledger: Ledger, at: datetime) -> None:
    """An earlier visit of each persona, with the release that was served then."""
    published = [one for one in ledger.events() if one["action"] == "published"]
    served = [one["subject"] for one in published if datetime.fromisoformat(one["at"]) <= at]
    number = int(served[-1].removeprefix("release ")) if served else None
    for viewer in DEMO_VIEWERS.values():
        visit(ledger, viewer, number, at=at)


def _in_order(actions: list[Mapping[str, Any]], cases: Path) -> list[Mapping[str, Any]]:
    """The actions of both play lists by time; a generated registry has no cases of its own."""
    more = json.loads(cases.read_text("utf-8"))["actions"] if cases.is_file() else []
    return sorted(actions + more, key=lambda action: datetime.fromisoformat(action["at"]))
