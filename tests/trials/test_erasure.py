"""Erasures at full size: on the whole demo registry, and killed at every step."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from ingest.demo import fill
from ingest.home import open_home
from ingest.worker import Worker
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.ledger import Ledger
from sql.snapshots import differences, snapshots
from tests.ingest.at_rest import places
from tests.ingest.erasable import erase, figures, of_patient, tables_of, without, words
from tests.ingest.test_journey import EXPORTS, ROOT
from tests.records import record
from tests.trials.erasing import POINTS
from tests.trials.test_kill_points import ALONE

pytestmark = pytest.mark.trial

SITES = ("ZZ102", "ZZ302")  # which hold one patient under the same pseudonym
SEEDS = 2


class Home:
    """A home with its ledger and worker, at its own noon."""

    def __init__(self, path):
        self.home = open_home(path)
        self.ledger = Ledger(self.home.ledger_path)
        self.now = self.home.noon
        self.worker = Worker(self.home, self.ledger, clock=lambda: self.now)
        self.worker.reconcile()


def shared():
    """The patient whom both sites hold."""
    held = [
        {row["patient_pseudo_id"] for source in sources(site) for row in patients(source)}
        for site in SITES
    ]
    (found,) = set.intersection(*held)
    return found


def sources(site):
    return sorted((EXPORTS / site).glob("*.zip"))


def patients(source):
    return tables_of(source).get("patient", [])


def test_the_demo_registry_without_a_patient_is_one_that_never_held_it(changeable_home, tmp_path):
    patient = shared()
    sample = tmp_path / "sample"
    shutil.copytree(ROOT / "sample_data", sample)
    for site in SITES:
        for source in sources(site):
            if any(patient in ids for ids in of_patient(patient, source).values()):
                place = sample / "exports" / site / source.name
                place.write_bytes(without(source, patient, *sources(site)))
    fill(tmp_path / "never", sample)
    ours, never = Home(changeable_home), Home(tmp_path / "never")
    names = {word for site in SITES for word in words(ours, patient, *sources(site), site=site)}
    held_in = len({place for place, _ in places(ours.home.path, names)})
    done = erase(ours, patient, site=SITES[1])
    found = places(ours.home.path, names)
    rows = [one["submission_id"] for one in ours.ledger.submissions() if one["acceptance_number"]]
    broken = [*faults(ours.ledger), *changed_files(ours.home.path, rows)]
    frozen = [list(snapshots(one.ledger)) for one in (ours, never)]
    for row in frozen[0]:
        broken += differences(ours.home.path, ours.ledger, row)
    releases = [(None, None), *((a["release"], b["release"]) for a, b in zip(*frozen, strict=True))]
    differ = set()
    tables = 0
    for a, b in releases:
        one, other = figures(ours, a), figures(never, b)
        tables += len(one)
        differ |= {f"{a}: {name}" for name in one if one[name] != other[name]}
    record(
        "trial-erasure-demo",
        "A patient of two sites erased from the whole demo registry",
        [
            f"erased: {done['records']} records in {done['submissions']} submissions, "
            f"{done['releases']} releases removed, {done['snapshots']} snapshots built anew",
            f"{len(names)} words (pseudonym, keys, record ids) stood in {held_in} files before; "
            f"after: {found or 'in none'}",
            f"{tables} tables of the served release and both snapshots against a registry that "
            f"never held the patient: {sorted(differ) or 'all equal'}",
            f"audit log, manifests, snapshots: {broken or 'whole'}",
        ],
    )
    assert (done["state"], found, broken, differ) == ("done", [], [], set())
    ours.ledger.close()
    never.ledger.close()


def test_killed_before_and_after_every_step_an_erasure_ends_whole(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "tests.trials.erasing", str(tmp_path), "0", str(SEEDS)],
        env=os.environ | ALONE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    trials = [json.loads(line) for line in told.stdout.splitlines()]
    failures = [trial for trial in trials if trial["wrong"]]
    record(
        "trial-erasure-kills",
        "SIGKILL before and after every step of an erasure",
        [
            f"{len(trials)} kills, {SEEDS} before and {SEEDS} after each of {len(POINTS)} steps:"
            f" {', '.join(POINTS)}",
            "after each: the published digest is the one before or the one after; at the next"
            " start it is ended; no word of the patient is left, manifests, audit log and"
            " snapshot are whole, nothing unfinished lies about",
            f"failures: {failures or 'none'}",
        ],
    )
    assert len(trials) == 2 * SEEDS * len(POINTS)
    assert not failures
