"""The command line: `ire-audit`."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from ingest import commands, rule_listing, site_commands, validating
from ingest.account_commands import add_accounts
from ingest.audit_commands import add_audit
from ingest.backup_commands import add_backup
from ingest.bridge_commands import add_bridge
from ingest.deciding_commands import add_decisions
from ingest.erasure_commands import add_erase
from ingest.home import HomeError
from ingest.incidents import PlacesOnly
from ingest.key_commands import add_keys
from ingest.notify_commands import add_notify
from ingest.packing import add_packs
from ingest.reading import ExportRefused
from ingest.site_commands import EXIT, OURS
from ingest.snapshot_commands import add_snapshot
from ingest.storage_faults import advice
from sql.ledger import LedgerAway, LedgerError
from sql.secrets import SecretMissing

USAGE = 2

_log = logging.getLogger("ingest")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives the exit code: 0 accepted, 3 held, 4 refused, 2 usage, 1 our fault."""
    options = parser().parse_args(arguments)
    handler = logging.StreamHandler()
    handler.setFormatter(PlacesOnly("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    try:
        return int(options.run(options))
    except (HomeError, LedgerError, SecretMissing) as error:
        print(f"ire-audit: {error}", file=sys.stderr)
        return USAGE
    except ExportRefused as refusal:
        print(f"ire-audit: {refusal}", file=sys.stderr)
        return EXIT["refused"]
    except LedgerAway as away:
        print(f"ire-audit: {advice(away) or away}", file=sys.stderr)
        return OURS
    except KeyboardInterrupt:
        return OURS
    except Exception as error:
        incident = secrets.token_hex(4)
        if os.environ.get("IRE_DEBUG"):
            _log.exception("incident %s", incident)
        words = advice(error)
        ours = f"our fault, incident {incident}; nothing was changed"
        said = f"{words} (incident {incident})" if words is not None else ours
        print(f"ire-audit: {said}", file=sys.stderr)
        return OURS


def parser() -> argparse.ArgumentParser:
    """Every command, its arguments and what each is for."""
    whole = argparse.ArgumentParser(
        prog="ire-audit",
        description="Audit of irreversible electroporation for primary liver cancer (NICE HTG532).",
    )
    choices = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = choices.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        added.add_argument(
            "--home",
            type=Path,
            default=os.environ.get("REGISTRY_HOME"),
            help="the registry's home (default: $REGISTRY_HOME)",
        )
        return added

    added = command("init", commands.init, "Make an empty registry home.")
    added.add_argument(
        "--admin",
        action="append",
        default=[],
        metavar="LOGIN=NAME",
        help="a registry admin; the first two, at least",
    )
    added = command("check", site_commands.check, "Check an export; stores nothing.")
    added.add_argument("path", type=Path, help="a .zip, a folder, an .xlsx, or a table's file")
    added.add_argument("--table", help="the table's name, for a single table's file")
    added.add_argument("--site", help="the submitting site")
    added.add_argument("--period", help="2026/27-Q1, for a single table's file")
    added.add_argument(
        "--type",
        choices=["INCREMENTAL", "FULL", "CORRECTION"],
        help="for a single table's file (default: INCREMENTAL)",
    )
    added.add_argument("--reason", help="of a correction, for a single table's file")
    added.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="lay it over this: what the registry holds, downloaded from Submissions",
    )
    added.add_argument(
        "--key-file", type=Path, help="the linkage key in hex, where NHS numbers may be sent"
    )
    added.add_argument(
        "--report", type=Path, metavar="OUT.xlsx", help="write the report and your rows there"
    )
    added.add_argument("--json", action="store_true", help="print the report as JSON")
    added = command(
        "submit", commands.submit, "Send an export to the registry and wait for its verdict."
    )
    added.add_argument("path", type=Path, help="a .zip or an .xlsx")
    added.add_argument("--site", required=True, help="the submitting site")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")
    added = command("submissions", commands.submissions, "List the submissions and their states.")
    added.add_argument("--site", help="of this site only")
    added.add_argument("--json", action="store_true", help="print the list as JSON")
    add_decisions(command)
    add_notify(command)
    add_accounts(command)
    add_audit(command)
    add_backup(command)
    added = command("register", commands.register, "Load the register of sites and studies.")
    added.add_argument("action", choices=["load"], help="the one thing there is to do")
    added.add_argument("path", type=Path, help="a folder with one CSV file a register table")
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")
    added = command("policy", commands.policy, "Load the registry's own policy values.")
    added.add_argument("action", choices=["load"], help="the one thing there is to do")
    added.add_argument("path", type=Path, help="a TOML file of dated values")
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")
    added = command("build", commands.build, "Build and publish a release.")
    added.add_argument(
        "--as-of",
        type=date.fromisoformat,
        metavar="DATE",
        help="from what was recorded by the end of that day",
    )
    add_bridge(command)
    add_snapshot(command)
    add_packs(command)
    add_erase(command)
    add_keys(command)
    command("worker", commands.worker, "Work on what is deposited until stopped.")
    command("health", commands.health, "Say what is wrong with a home; 0 where nothing is.")
    added = command("serve", commands.serve, "Start the dashboard and the worker.")
    added.add_argument("--port", type=int, default=8501, help="of the dashboard, on this machine")
    added.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="servers of the dashboard, on this port and the next ones, behind a proxy: one a core",
    )
    added.add_argument("--demo", action="store_true", help="persona picker instead of sign-in")
    added.add_argument(
        "--today", type=date.fromisoformat, metavar="DATE", help="a demo home's own day"
    )
    added = command(
        "demo", commands.demo, "Fill a demo home from the sample data, if there is none."
    )
    added.add_argument(
        "--sample-data", type=Path, default=Path("sample_data"), help="the folder it is filled from"
    )
    added = command("rules", rule_listing.rules, "List the rules that exports are checked by.")
    added.add_argument("--json", action="store_true", help="print the catalogue as JSON")
    added = command(
        "validate", validating.validate, "Work out every recorded answer of the statistics anew."
    )
    added.add_argument(
        "--out", type=Path, metavar="FILE", help="write the report there: .html, .md or .json"
    )
    added.add_argument("--json", action="store_true", help="print the report as JSON")
    added = command("template", site_commands.template, "Write the templates that sites fill in.")
    added.add_argument("path", type=Path, nargs="?", help="a new .xlsx, or a folder of headers")
    added.add_argument("--xlsx", type=Path, metavar="PATH", help="a workbook to fill in")
    added.add_argument("--csv", type=Path, metavar="FOLDER", help="CSV files with their headers")
    added = command(
        "pseudonymise", site_commands.pseudonymise, "Turn NHS numbers or local ids into pseudonyms."
    )
    added.add_argument("path", type=Path, help="a CSV file of the site")
    added.add_argument("--column", help="the column of NHS numbers, where its name is another")
    added.add_argument("--local-column", help="the site's own ids, for patients without a number")
    added.add_argument("--site", help="the site's code, for its own ids")
    added.add_argument("--key-file", type=Path, help="the linkage key in hex, mode 0400")
    added.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="a new CSV file"
    )
    return whole


if __name__ == "__main__":
    sys.exit(main())
