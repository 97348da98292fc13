"""What each command does; gives its exit code."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ingest import inbox
from ingest.home import (
    Home,
    HomeError,
    HomeLocked,
    create_home,
    writer_lock,
)
from ingest.opened import home_of, now
from ingest.reading import SERVER
from ingest.site_commands import EXIT, OURS
from sql.accepted import end_of
from sql.accounts import begin, first_admins
from sql.ledger import Ledger, LedgerAway

PAUSE_SECONDS = 0.3
WAIT_SECONDS = 300
STOP_SECONDS = 10

Done = TypeVar("Done")

_log = logging.getLogger(__name__)


def init(options: argparse.Namespace) -> int:
    if options.home is None:
        raise HomeError("no registry home; give --home, or set REGISTRY_HOME")
    named = dict(one.partition("=")[::2] for one in options.admin)
    admins = first_admins(named) if named else {}
    home = create_home(Path(options.home))
    if admins:
        with Ledger(home.ledger_path) as ledger:
            begin(ledger, admins, at=now(home))
    print(f"made {options.home}")
    return 0


def health(options: argparse.Namespace) -> int:
    found = inbox.health(home_of(options).path)
    print("\n".join(found) or "fit")
    return OURS if found else 0


def submit(options: argparse.Namespace) -> int:
    from ingest.worker import Worker

    home = home_of(options)
    if not options.path.is_file():
        raise HomeError(f"{options.path}: no such file; a folder is sent as a .zip")
    with Ledger(home.ledger_path) as ledger:
        submission_id = inbox.deposit(
            home.path,
            options.path.read_bytes(),
            options.path.name,
            site=options.site,
            by=options.by,
            at=now(home),
        )
        try:
            with writer_lock(home):
                worker = Worker(home, ledger, clock=lambda: now(home), limits=SERVER)
                worker.reconcile()
                if worker.check(submission_id) == "accepted":
                    worker.publish()
        except HomeLocked:
            _wait(ledger, submission_id)  # the running worker does it
        state = ledger.submission(submission_id)["state"]
        note = ledger.submission(submission_id)["note"]
    report = inbox.report(home.path, submission_id)
    if report.verdict == "repeated":
        print(f"{submission_id}: {note}")
    else:
        print(f"{submission_id} {state}: {report.total} findings")
    return EXIT[report.verdict]


def _wait(ledger: Ledger, submission_id: str) -> None:
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        if ledger.submission(submission_id)["state"] not in ("received", "checking"):
            return
        time.sleep(PAUSE_SECONDS)
    raise HomeError(f"{submission_id} is still waiting; look later: ire-audit submissions")


def submissions(options: argparse.Namespace) -> int:
    home = home_of(options)
    frame = inbox.submissions(home.path, None if options.site is None else [options.site])
    if options.json:
        print(frame.write_json())
        return 0
    for row in frame.iter_rows(named=True):
        period = f"{row['period_start']} to {row['period_end']}" if row["period_start"] else "-"
        print(
            f"{row['submission_id']}  {row['site_ods_code']}  {row['state']:<10}  {period}"
            f"  {row['filename']}"
        )
    return 0


def register(options: argparse.Namespace) -> int:
    from ingest.register import load_register

    home = home_of(options)
    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        number = load_register(home, options.path, by=options.by, at=now(home))
        ledger.append("register loaded", str(number), by=options.by, at=now(home))
    print(f"register {number} loaded")
    return 0


def policy(options: argparse.Namespace) -> int:
    from ingest.policy import load_policy

    home = home_of(options)
    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        number = load_policy(home, options.path, by=options.by, at=now(home))
        ledger.append("policy loaded", str(number), by=options.by, at=now(home))
    print(f"policy {number} loaded")
    return 0


def build(options: argparse.Namespace) -> int:
    from ingest.worker import Worker

    home = home_of(options)
    day = options.as_of
    end = None if day is None else end_of(day)
    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: now(home))
        worker.reconcile()
        release = worker.publish(as_of=end)
    if release is None:
        raise HomeError("no register is loaded; load it with: ire-audit register load FOLDER")
    print(f"release {release.number} {'published' if end is None else f'rebuilt as of {day}'}")
    return 0


def worker(options: argparse.Namespace) -> int:
    home = home_of(options)
    home.require_secrets()
    return _work_until_stopped(home, lambda: True)


def _work_until_stopped(home: Home, goes_on: Callable[[], bool]) -> int:
    """Work until a signal asks to stop (0), or what it goes with has ended (our fault)."""
    from ingest.mailing import server_of
    from ingest.notifying import Notifier
    from ingest.validating import renew
    from ingest.worker import Worker

    server = None if home.is_demo else server_of(os.environ)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with (
            writer_lock(home),
            _patiently(partial(Ledger, home.ledger_path), goes_on) as ledger,
        ):
            worker = Worker(home, ledger, clock=lambda: now(home))
            _patiently(worker.reconcile, goes_on)
            notifier = Notifier(home, ledger, lambda: now(home), server)
            is_validated = False
            while goes_on():
                try:
                    is_busy = worker.run_once()
                    notifier.run_once()
                    if not (is_busy or is_validated):  # 4 s, once a version: nobody waits for it
                        is_validated = True
                        renew(home)
                except Exception as error:
                    # One submission must not end the work on the others.
                    if isinstance(error, LedgerAway):
                        _log.warning("%s", error)
                    else:
                        _log.exception("incident %s", secrets.token_hex(4))
                    time.sleep(10 * PAUSE_SECONDS)
                    _patiently(worker.reconcile, goes_on)
                    continue
                if not is_busy:
                    time.sleep(PAUSE_SECONDS)
    except KeyboardInterrupt:
        return 0
    return OURS


def _patiently(step: Callable[[], Done], goes_on: Callable[[], bool]) -> Done:
    """Do it; while the ledger's database is away, wait and try again."""
    while True:
        try:
            return step()
        except LedgerAway as away:
            if not goes_on():
                raise
            _log.warning("%s", away)
            time.sleep(10 * PAUSE_SECONDS)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def serve(options: argparse.Namespace) -> int:
    home = home_of(options)
    if options.demo and not home.is_demo:
        raise HomeError(f"{home.path}: not a demo home; start it without --demo")
    if options.today is not None and options.today != home.today:
        raise HomeError(f"{home.path}: its today is {home.today}, fixed when it was made")
    home.require_secrets()
    told = {"home": home.path, "port": options.port, "processes": options.processes}
    dashboard = subprocess.Popen(
        [sys.executable, "-m", "dashboard", *(f"--{name}={value}" for name, value in told.items())]
        + (["--demo"] if options.demo else []),
        start_new_session=True,
    )
    try:
        return _work_until_stopped(home, lambda: dashboard.poll() is None)
    finally:
        dashboard.terminate()
        try:
            dashboard.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:  # a browser that holds on must not hold us
            os.killpg(dashboard.pid, signal.SIGKILL)


def demo(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from ingest.demo import fill

    if options.home is None:
        raise HomeError("no registry home; give --home, or set REGISTRY_HOME")
    path = Path(options.home)
    if (path / "releases" / "CURRENT").exists():
        print(f"{path} is there already")
        return 0

    def progress(actions: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
        yield from tqdm(list(actions), desc="replaying", unit="action", disable=None)

    fill(path, options.sample_data, progress)
    print(f"{path} filled")
    return 0
