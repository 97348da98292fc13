"""The command `keys`: the ids of a registry's keys, and the rotation of the storage key."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ingest.home import Home, writer_lock
from ingest.key_ids import known_ids
from ingest.opened import home_of, now
from sql.ledger import Ledger
from sql.rotations import newest_first
from sql.sentences import counted

Options = argparse.Namespace
Adder = Callable[[str, Callable[[Options], int], str], argparse.ArgumentParser]


def add_keys(command: Adder) -> None:
    """Declare the command."""
    text = "List the ids of a registry's keys, or rotate the storage key: look, then --confirm."
    added = command("keys", keys, text)
    added.add_argument("action", choices=["list", "rotate"], help="what to do")
    added.add_argument("--confirm", action="store_true", help="do it: there is no way back")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")


def keys(options: Options) -> int:
    home = home_of(options)
    return _list(home) if options.action == "list" else _rotate(home, options)


def _list(home: Home) -> int:
    for variable, ids in known_ids(home.path).items():
        print(f"{variable}: {', '.join(ids.split())}")
    with Ledger(home.ledger_path) as ledger:
        for row in newest_first(ledger):
            said = f"rotation {row['number']}, {row['old_key']} to {row['new_key']}: {row['state']}"
            print(f"{said}; begun {row['begun_at'][:16]} UTC by {row['begun_by']}")
    return 0


def _rotate(home: Home, options: Options) -> int:
    # Seconds to load, which no other command need wait for: a worker checks too.
    from ingest import rotating
    from ingest.worker import Worker

    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: now(home))
        for row in rotating.resume(worker):
            print(f"rotation {row['number']}, which was stopped: {row['state']}")
            if row["state"] == rotating.DONE:
                worker.workbooks.write()
                return 0
        rotating.new_keys(worker)
        found = rotating.preview(worker)
        size = found.pop("bytes")
        print(", ".join(counted(n, word) for word, n in found.items()), end="")
        print(f"; it needs up to {size / 1e6:,.0f} MB beside")
        if not options.confirm:
            print(
                "nothing is changed yet. Stop the dashboard, take a backup, then: "
                "ire-audit keys rotate --confirm"
            )
            return 0
        number = rotating.rotate(worker, by=options.by)
        worker.workbooks.write()
    print(f"rotation {number} is done. Keep every key, in this order; take a new backup.")
    return 0
