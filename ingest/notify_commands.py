"""The command `notify`: who is told by e-mail, what was written to them, and sending it."""

from __future__ import annotations

import argparse
import json
import os
from typing import get_args

from ingest.deciding_commands import Adder
from ingest.home import Home, HomeError
from ingest.opened import home_of, now
from ingest.register import registered_sites
from ingest.site_commands import OURS
from sql import outbox, recipients
from sql.access import Role
from sql.ledger import Ledger
from sql.sentences import counted

Options = argparse.Namespace
SHOWN = ("number", "state", "made_at", "address", "subject", "attempts", "last_error", "sent_at")


def add_notify(command: Adder) -> None:
    """Declare the command of this module."""
    added = command("notify", notify, "Say who is told by e-mail, and send what there is to tell.")
    added.add_argument("action", choices=ACTIONS, help="what to do")
    added.add_argument("--address", help="a role's mailbox")
    added.add_argument(
        "--role", choices=get_args(Role), help="what is told: what this role has to act on"
    )
    added.add_argument("--site", action="append", default=[], help="of the role; may be repeated")
    added.add_argument(
        "--often", choices=recipients.OFTEN, default="daily", help="how often at most"
    )
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")
    added.add_argument("--json", action="store_true", help="print a list as JSON")


def notify(options: Options) -> int:
    home = home_of(options)
    with Ledger(home.ledger_path) as ledger:
        return ACTIONS[options.action](options, home, ledger)


def _add(options: Options, home: Home, ledger: Ledger) -> int:
    if options.address is None or options.role is None:
        raise HomeError("say who is told, and as what: --address ADDRESS --role ROLE")
    known = registered_sites(home.newest_register())
    for site in options.site:
        if site not in known:
            raise HomeError(f"{site}: no such site in the register")
    about = (options.address, options.role, options.site)
    said = {"often": options.often, "by": options.by, "at": now(home)}
    number = recipients.add_recipient(ledger, *about, **said)
    print(f"recipient {number}: {options.address} is told {options.often} as {options.role}")
    return 0


def _remove(options: Options, home: Home, ledger: Ledger) -> int:
    if options.address is None:
        raise HomeError("say who is told no more: --address ADDRESS")
    said = {"by": options.by, "at": now(home)}
    number = recipients.remove_recipients(ledger, options.address, options.role, **said)
    print(f"{options.address} removed ({counted(number, 'recipient')})")
    return 0


def _list(options: Options, home: Home, ledger: Ledger) -> int:
    found = recipients.recipients(ledger)
    if options.json:
        print(json.dumps([vars(one) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        sites = ", ".join(one.sites) or "all sites"
        print(f"{one.number}  {one.address}  {one.role}  {sites}  {one.often}")
    return 0


def _outbox(options: Options, home: Home, ledger: Ledger) -> int:
    found = [{name: row[name] for name in SHOWN} for row in outbox.messages(ledger)]
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for row in found:
        print("  ".join(str(value) for value in row.values() if value is not None))
    return 0


def _send(options: Options, home: Home, ledger: Ledger) -> int:
    from ingest.digests import queue_digests  # reads a release: no other command pays for it
    from ingest.mailing import send_queued, server_of

    server = None if home.is_demo else server_of(os.environ)
    if server is None and not home.is_demo:
        raise HomeError("no mail server is set; set IRE_SMTP_HOST and IRE_SMTP_FROM")
    at = now(home)
    numbers = queue_digests(home, ledger, by=options.by, at=at)
    print(f"{counted(len(numbers), 'message')} queued")
    if server is None:
        for row in outbox.messages(ledger, "queued"):
            print(f"\nTo: {row['address']}\nSubject: {row['subject']}\n\n{row['body']}")
        print("a demo home sends nothing")
        return 0
    ended = send_queued(ledger, server, by=options.by, at=at)
    waiting = len(outbox.messages(ledger, "queued"))
    print(f"{ended['sent']} sent, {ended['failed']} failed, {waiting} waiting to be tried again")
    return OURS if ended["failed"] else 0


ACTIONS = {"add": _add, "remove": _remove, "list": _list, "outbox": _outbox, "send": _send}
