"""The command `account`: who may sign in, as what."""

from __future__ import annotations

import argparse
import json
from typing import get_args

from ingest.deciding_commands import Adder
from ingest.home import Home, HomeError
from ingest.opened import home_of, now
from ingest.register import registered_sites
from sql import accounts
from sql.access import Role
from sql.accounts import Rights
from sql.ledger import Ledger

Options = argparse.Namespace
SHOWN = ("number", "login", "name", "role", "sites", "trust", "state", "granted_by", "granted_at")


def add_accounts(command: Adder) -> None:
    """Declare the command of this module."""
    added = command("account", account, "Say who may sign in, with which role and for which sites.")
    added.add_argument("action", choices=ACTIONS, help="what to do")
    added.add_argument("number", type=int, nargs="?", help="of the account, as listed")
    added.add_argument("--login", help="the e-mail address that the sign-in provider gives")
    added.add_argument("--name", help="of the person, as pages show it")
    added.add_argument("--role", choices=get_args(Role), help="what the person may see and do")
    added.add_argument("--site", action="append", default=[], help="of the role; may be repeated")
    added.add_argument("--trust", help="of the sites, as pages show it")
    added.add_argument("--reason", help="why an account is disabled")
    added.add_argument("--by", default="", metavar="LOGIN", help="the admin who does it")
    added.add_argument("--json", action="store_true", help="print a list as JSON")


def account(options: Options) -> int:
    home = home_of(options)
    with Ledger(home.ledger_path) as ledger:
        return ACTIONS[options.action](options, home, ledger)


def _add(options: Options, home: Home, ledger: Ledger) -> int:
    if options.login is None or options.name is None:
        raise HomeError("say who: --login ADDRESS --name NAME")
    said = {
        "registered": registered_sites(home.newest_register()),
        "by": options.by,
        "at": now(home),
    }
    number = accounts.grant(ledger, options.login, options.name, _rights(options), **said)
    state = next(one.state for one in accounts.accounts(ledger) if one.number == number)
    waits = "; another admin has to agree" if state == "proposed" else ""
    print(f"account {number} is {state}{waits}")
    return 0


def _agree(options: Options, home: Home, ledger: Ledger) -> int:
    accounts.agree(ledger, _number(options), by=options.by, at=now(home))
    print(f"account {options.number} is active")
    return 0


def _change(options: Options, home: Home, ledger: Ledger) -> int:
    said = {
        "registered": registered_sites(home.newest_register()),
        "by": options.by,
        "at": now(home),
    }
    accounts.change(ledger, _number(options), _rights(options), **said)
    print(f"account {options.number} changed: it holds from the next click on")
    return 0


def _disable(options: Options, home: Home, ledger: Ledger) -> int:
    said = {"reason": options.reason or "", "by": options.by, "at": now(home)}
    accounts.disable(ledger, _number(options), **said)
    print(f"account {options.number} is disabled")
    return 0


def _list(options: Options, home: Home, ledger: Ledger) -> int:
    found = [{name: getattr(one, name) for name in SHOWN} for one in accounts.accounts(ledger)]
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for row in found:
        sites = ", ".join(row["sites"]) or "-"
        print("  ".join(str(value) for value in {**row, "sites": sites}.values() if value))
    return 0


def _rights(options: Options) -> Rights:
    if options.role is None:
        raise HomeError("say as what: --role ROLE, and for which sites: --site CODE")
    return Rights(options.role, tuple(dict.fromkeys(options.site)), options.trust)


def _number(options: Options) -> int:
    if options.number is None:
        raise HomeError("say which account, by its number; list them: ire-audit account list")
    return int(options.number)


ACTIONS = {"add": _add, "agree": _agree, "change": _change, "disable": _disable, "list": _list}
