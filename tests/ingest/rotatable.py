"""A registry that is no demo, under storage keys that a test may rotate."""

import json

from ingest import rotating
from ingest.home import SECRETS, open_home
from ingest.key_ids import STORAGE, STORAGE_BEFORE
from ingest.pseudonym import history_keys, patient_key
from sql.keyring import keyed
from tests.ingest.erasable import PATIENTS
from tests.ingest.journeys import Journey

# What a demo home's fixed secrets are made of: a copy that is no demo is worked with by the same.
OLD = {variable: f"demo home: invented patients only:{p}" for variable, p in SECRETS.items()}
NEW, NEWER = "a new storage key: " + 20 * "n", "one newer still: " + 20 * "m"


def set_keys(monkeypatch, *storage):
    """Set the secrets, the storage keys from the oldest on."""
    for variable, text in OLD.items():
        monkeypatch.setenv(variable, text)
    *before, newest = storage or (OLD[STORAGE],)
    monkeypatch.setenv(STORAGE, newest)
    if before:
        monkeypatch.setenv(STORAGE_BEFORE, "\n".join(before))
    else:
        monkeypatch.delenv(STORAGE_BEFORE, raising=False)


def no_demo(path):
    """Make a demo home one that is worked with by the keys that are set."""
    told = json.loads((path / "home.json").read_text("utf-8"))
    (path / "home.json").write_text(json.dumps(told | {"demo": False}), "utf-8")


class Rotatable(Journey):
    """A copy of a made home, which is no demo home any more."""

    def __init__(self, made, path):
        super().__init__(made, path)
        no_demo(path)
        self.home = open_home(path)
        self.restart()

    def rotate(self, step=lambda name: None):
        self.restart()
        self.worker.step = step
        return rotating.rotate(self.worker, by="registry admin")

    def work(self):
        """A start of the worker."""
        self.restart()
        self.worker.reconcile()
        self.worker.run_once()


def keys_at_rest(keys, patients=PATIENTS, site="ZZ101"):
    """What may stand of some patients in a home worked with by these storage keys."""
    return {patient_key(keys, one) for one in patients} | {
        keyed(history_keys(keys, site), one) for one in patients
    }
