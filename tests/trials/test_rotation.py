"""Rotations of the storage key: of the whole demo registry, and killed at every step."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import polars as pl
import pytest

from ingest import inbox, rotating
from ingest.home import open_home
from ingest.key_ids import STORAGE
from ingest.pseudonym import patient_key
from ingest.worker import Worker
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.keyring import rotated
from sql.ledger import Ledger
from sql.publish_release import numbers
from sql.rekeyed_release import KEY
from sql.snapshots import differences, snapshots
from tests.ingest.at_rest import places
from tests.ingest.erasable import figures
from tests.ingest.rotatable import NEW, NEWER, OLD, keys_at_rest, no_demo, set_keys
from tests.ingest.test_journey import EXPORTS
from tests.records import record
from tests.trials.rotating import POINTS
from tests.trials.test_erasure import SITES, patients, shared, sources
from tests.trials.test_kill_points import ALONE

pytestmark = pytest.mark.trial

SEEDS = 1


class Home:
    """A home with its ledger and worker, at its own noon."""

    def __init__(self, path):
        self.home = open_home(path)
        self.ledger = Ledger(self.home.ledger_path)
        self.now = self.home.noon
        self.worker = Worker(self.home, self.ledger, clock=lambda: self.now)

    def broken(self):
        rows = [r["submission_id"] for r in self.ledger.submissions() if r["acceptance_number"]]
        found = [str(fault) for fault in faults(self.ledger)]
        found += changed_files(self.home.path, rows)
        for row in snapshots(self.ledger):
            found += differences(self.home.path, self.ledger, row)
        return found

    def patients(self):
        folders = (self.home.path / "submissions").glob("*/*.parquet")
        frames = (pl.read_parquet(path) for path in folders)
        keys = (frame["patient_key"] for frame in frames if "patient_key" in frame.columns)
        return {key for found in keys for key in found.drop_nulls()}


def everyone():
    """Every pseudonym in the exports of every site."""
    exports = sorted(EXPORTS.glob("*/*.zip"))
    return sorted({row["patient_pseudo_id"] for one in exports for row in patients(one)})


def test_the_whole_demo_registry_under_two_new_keys_says_what_it_said(changeable_home, monkeypatch):
    set_keys(monkeypatch)
    no_demo(changeable_home)
    before = Home(changeable_home)
    before.worker.reconcile()
    known = before.home.storage_keys()
    kept = numbers(changeable_home)
    was = {number: figures(before, number) for number in kept}
    names, now = everyone(), {key: key for key in before.patients()}
    held_in = len({place for place, _ in places(changeable_home, keys_at_rest(known, names[:20]))})
    before.ledger.close()
    for keys in ((OLD[STORAGE], NEW), (OLD[STORAGE], NEW, NEWER)):
        set_keys(monkeypatch, *keys)
        ours = Home(changeable_home)
        rotating.rotate(ours.worker, by="registry admin")
        newest = ours.home.storage_keys()[-1]
        now = {old: rotated(newest, key) for old, key in now.items()}
        ours.ledger.close()
    ours = Home(changeable_home)
    ours.worker.reconcile()
    differ, tables = set(), 0
    for number in kept:
        found = figures(ours, number)
        tables += len(found)
        for name, rows in was[number].items():
            if name.endswith((" stg_finding", " stg_submission")):
                pair = [sorted(KEY.sub("", one) for one in of) for of in (rows, found[name])]
            else:
                pair = [sorted(KEY.sub(lambda k: now.get(k[0], k[0]), one) for one in rows)]
                pair.append(sorted(found[name]))
            differ |= {f"{number}: {name}"} if pair[0] != pair[1] else set()
    left = [
        place
        for under in (known, ours.home.storage_keys()[:2])
        for place in places(changeable_home, keys_at_rest(under, names[:20]))
    ]
    both = patient_key(ours.home.storage_keys(), shared())
    linked = [
        row["site_ods_code"]
        for row in ours.ledger.submissions()
        if both in set(_patients(ours, row["submission_id"]))
    ]
    before_build = figures(ours)
    ours.worker.publish()
    after_build = figures(ours)
    anew = [n for n, rows in before_build.items() if rows != after_build[n]]
    source = sources(SITES[0])[-1]
    ours.now += timedelta(minutes=1)
    again = inbox.deposit(
        ours.home.path, source.read_bytes(), source.name, site=SITES[0], by="a", at=ours.now
    )
    ours.worker.check(again)
    code = ours.ledger.submission(again)["code"]
    broken = ours.broken()
    record(
        "trial-rotation-demo",
        "The storage key of the whole demo registry rotated twice",
        [
            f"{len(now)} patients of {len(names)} pseudonyms; keys of 20 of them stood in "
            f"{held_in} files before; under the first key, and under the second, after: "
            f"{left or 'in none'}",
            f"{tables} tables of {len(kept)} releases, each key put under the new ones: "
            f"{sorted(differ) or 'all equal'}",
            f"built anew after: {anew or 'all tables equal'}",
            f"the patient of two sites is one at: {', '.join(sorted(set(linked)))}",
            f"an export that was accepted before, sent again: {code}",
            f"audit log, manifests, snapshots: {broken or 'whole'}",
        ],
    )
    assert held_in > 20
    assert (left, differ, anew, broken) == ([], set(), [], [])
    assert sorted(set(linked)) == sorted(SITES)
    assert code == "ALREADY_RECEIVED"
    ours.ledger.close()


def _patients(home, submission_id):
    path = home.home.submission_folder(submission_id) / "patient.parquet"
    return pl.read_parquet(path)["patient_key"] if path.exists() else ()


def test_killed_before_and_after_every_step_a_rotation_ends_whole(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "tests.trials.rotating", str(tmp_path), "0", str(SEEDS)],
        env=os.environ | ALONE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    trials = [json.loads(line) for line in told.stdout.splitlines()]
    failures = [trial for trial in trials if trial["wrong"]]
    after = sum(trial.get("is_told", False) for trial in trials)
    record(
        "trial-rotation-kills",
        "SIGKILL before and after every step of a rotation of the storage key",
        [
            f"{len(trials)} kills, {SEEDS} before and {SEEDS} after each of {len(POINTS)} steps:"
            f" {', '.join(POINTS)}",
            f"{len(trials) - after} before the ledger was told: nothing was changed, the next start"
            " let it go, and the command done again ended it",
            f"{after} after it: the next start ended it",
            "at the end of each no key of before is left, every table is that of a rotation that"
            " was not stopped, manifests, audit log and snapshot are whole, nothing unfinished"
            " lies about",
            f"failures: {failures or 'none'}",
        ],
    )
    assert len(trials) == 2 * SEEDS * len(POINTS)
    assert not failures
    assert 0 < after < len(trials)
