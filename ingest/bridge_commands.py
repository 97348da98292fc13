"""The command that says what moved the figures between two releases."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.bridges import bridge_progress, request_bridge
from ingest.home import HomeError, HomeLocked, writer_lock
from ingest.opened import home_of, now
from sql.access import AccessDenied, Viewer
from sql.bridge_words import COUNTS
from sql.ledger import Ledger
from sql.reader import Reader
from sql.reader_bridge import Moved

Command = Callable[..., argparse.ArgumentParser]

BY = "command line"
TEAM = Viewer(BY, "registry team")
PAUSE_SECONDS = 0.5
MOST_PAUSES = 1200  # of a worker that gets no further


def add_bridge(command: Command) -> None:
    """The command `bridge`."""
    added = command("bridge", bridge, "Say what moved the figures between two releases.")
    added.add_argument("first", type=int, metavar="A", help="the earlier release")
    added.add_argument("second", type=int, metavar="B", help="the later release")
    added.add_argument("--site", help="of this site only")
    added.add_argument("--indicator", metavar="ID", help="of this indicator only")
    added.add_argument("--period", default="36 months", help="such as 12 months, 2026/27 Q2")
    added.add_argument("--json", action="store_true", help="print figures and steps as JSON")


def bridge(options: argparse.Namespace) -> int:
    """Work the bridge out where it is not yet, and print what moved, a line a figure."""
    home = home_of(options)
    _work_out(home.path, options)
    with Reader.open(home.path, TEAM) as reader:
        known = set(reader.indicators()["id"])
        if options.indicator is not None and options.indicator not in known:
            raise HomeError(f"no such indicator: {options.indicator}")
        try:
            found = reader.change_bridges(
                options.first,
                options.second,
                period=options.period,
                indicator_id=options.indicator,
                site=options.site,
            )
        except AccessDenied:
            raise HomeError(f"no such site: {options.site}") from None
        except ValueError as error:
            raise HomeError(str(error)) from None
    is_one = options.site is not None and options.indicator is not None
    shown = [one for one in found if one.steps.height or is_one]
    if options.json:
        print(json.dumps([_told(one) for one in shown], ensure_ascii=False))
        return 0
    for one in shown:
        print(one.sentence)
    print(f"{len(shown)} of {len(found)} figures moved ({options.period})")
    return 0


def _work_out(home: Path, options: argparse.Namespace) -> None:
    """Work it out here, or have it done by the worker that runs."""
    from tqdm import tqdm

    from ingest.bridging import Bridges

    first, second = options.first, options.second
    if bridge_progress(home, first, second).state == "made":
        return
    opened = home_of(options)
    with tqdm(unit="state", disable=None) as bar:

        def told(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        try:
            with writer_lock(opened), Ledger(opened.ledger_path) as ledger:
                Bridges(opened, ledger).work_out(first, second, told)
            return
        except HomeLocked:
            request_bridge(home, first, second, by=BY, at=now(opened))
        before, pauses = None, 0
        while (progress := bridge_progress(home, first, second)).state in ("asked", "working"):
            pauses = pauses + 1 if progress == before else 0
            if pauses > MOST_PAUSES:
                raise HomeError("the worker has got no further in ten minutes; ask again later")
            before = progress
            told(progress.done, progress.of)
            time.sleep(PAUSE_SECONDS)
    if progress.state != "made":
        raise HomeError(progress.why or "the worker has not worked it out")


def _told(one: Moved) -> dict[str, Any]:
    def figure(of: Any) -> dict[str, Any]:
        counts = {name: getattr(of, name) for name in COUNTS}
        return {"release": of.release, "data_date": of.data_date.isoformat(), **counts}

    return {
        "indicator_id": one.indicator_id,
        "site_id": one.site,
        "first": figure(one.first),
        "second": figure(one.second),
        "steps": one.steps.drop("step", "short").to_dicts(),
    }
