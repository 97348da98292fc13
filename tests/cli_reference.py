"""The reference of the command line: docs/cli.md, written from the parsers themselves.

`make reference` writes it; a test holds that the committed page is what the parsers say.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ingest.__main__ import parser

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "cli.md"
GUIDES = {
    "init": "operations/signing-in.md",
    "check": "check-offline.md",
    "submit": "for-sites.md",
    "accept": "for-sites.md",
    "sign-off": "periods.md",
    "lock": "periods.md",
    "due": "for-sites.md",
    "analyse": "outlier-cases.md",
    "notify": "notifications.md",
    "account": "operations/signing-in.md",
    "audit": "operations/README.md",
    "backup": "operations/backups.md",
    "restore": "operations/backups.md",
    "policy": "contributing.md",
    "bridge": "change-bridge.md",
    "snapshot": "periods.md",
    "pack": "for-governance-leads.md",
    "verify": "for-governance-leads.md",
    "erase": "erasure.md",
    "keys": "operations/keys.md",
    "health": "operations/README.md",
    "serve": "operations/README.md",
    "template": "check-offline.md",
    "pseudonymise": "check-offline.md",
}
HEAD = """# The command line

Every command of `ire-audit`, as `make reference` writes this page from the commands themselves;
`ire-audit COMMAND --help` says the same. Each takes `--home HOME`, the registry's home, or reads it
from `REGISTRY_HOME`; `template`, `pseudonymise`, `rules` and `validate` need none, and `check` only
to be as sure as the registry.

| it ends with | when |
|---|---|
| 0 | it is done; the export is accepted |
| 1 | a fault of ours, with an incident number; or what was asked about is not well |
| 2 | a wrong call: the message says what to change |
| 3 | the export is held |
| 4 | the export is refused |

"""


def commands() -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """Each command by name: its one sentence, and its parser."""
    [choices] = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    sentences = {one.dest: one.help or "" for one in choices._choices_actions}
    return {name: (sentences[name], one) for name, one in choices.choices.items()}


def arguments(command: argparse.ArgumentParser) -> list[argparse.Action]:
    """What a command takes beside its home and --help: first what must be given."""
    shared = {"help", "home"}
    own = [action for action in command._actions if action.dest not in shared]
    return sorted(own, key=lambda action: (not _is_required(action), bool(action.option_strings)))


def reference() -> str:
    found = commands()
    listed = [f"| [`{name}`](#{name}) | {text} |\n" for name, (text, _) in found.items()]
    index = "| command | what it does |\n|---|---|\n" + "".join(listed)
    return HEAD + index + "".join(_section(name, *found[name]) for name in found)


def _section(name: str, text: str, command: argparse.ArgumentParser) -> str:
    own = arguments(command)
    needed = [_written(action) for action in own if _is_required(action)]
    said = [f"\n## {name}\n\n{text}", f"`{' '.join(['ire-audit', name, *needed])}`"]
    if own:
        said.append("| argument | what it says |\n|---|---|\n" + "".join(map(_row, own)).rstrip())
    if name in GUIDES:
        said.append(f"How it is used: [{GUIDES[name]}]({GUIDES[name]}).")
    return "\n\n".join(said) + "\n"


def _row(action: argparse.Action) -> str:
    written = _written(action).replace("|", "\\|")
    return f"| `{written}` | {'; '.join(_told(action))} |\n"


def _told(action: argparse.Action) -> Iterator[str]:
    yield (action.help or "") % {"default": action.default}
    if action.choices and action.option_strings:
        yield "one of " + ", ".join(f"`{choice}`" for choice in action.choices)
    is_said = action.default not in (None, False, "", []) and "(default" not in (action.help or "")
    if action.option_strings and is_said:
        yield f"default: `{action.default}`"


def _written(action: argparse.Action) -> str:
    """As it is typed: `--site SITE`, `--json`, `ID`, `list|verify`."""
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    if action.option_strings:
        return f"{action.option_strings[-1]} {value}".strip()
    return "|".join(action.choices) if action.choices else value


def _is_required(action: argparse.Action) -> bool:
    return action.required and action.nargs != "?"


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
