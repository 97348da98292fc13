"""The plan of a change bridge: the states between two releases, in the order of their causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from ingest.accepted_of import accepted_of
from ingest.home import Home
from sql import ledger_answers
from sql.bridge_file import Kind
from sql.change_bridge import Made
from sql.ledger import Ledger, LedgerError
from sql.walk import Accepted

# What a state is built from (walk, register, policy, today, answers: of which release; or
# frozen: the release itself), and of its step kind, site, submissions, at and left_out.
Plan = dict[str, Any]


def planned(home: Home, ledger: Ledger, first: Made, second: Made) -> list[Plan]:
    """The states between two releases: what each is built from, and what it changed.

    Raises:
        LedgerError: if the second shows an earlier state than the first, or both are one.
    """
    if first.number == second.number:
        raise LedgerError("a bridge needs two releases")
    if (first.at, first.number) > (second.at, second.number):
        raise LedgerError(
            f"release {first.number} shows a later state than release {second.number}: "
            "name the earlier first"
        )
    state: Plan = {
        "walk": sorted(first.submissions),
        "register": first.register,
        "policy": first.policy,
        "today": first.today.isoformat(),
        "answers": first.number,
    }
    steps = [_step("definition", state)]
    if second.today != first.today:
        state = state | {"today": second.today.isoformat()}
        steps.append(_step("time", state))
    if second.register != first.register:
        state = state | {"register": second.register}
        steps.append(_step("register", state))
    if second.policy != first.policy:
        state = state | {"policy": second.policy}
        steps.append(_step("policy", state))
    given = [known_answers(ledger, one, state["today"]) for one in (first, second)]
    if given[0] != given[1]:
        steps.append(_step("answers", state | {"answers": second.number}))
    state = state | {"answers": second.number}
    for kind, site, moves in _moves(home, ledger, first, second):
        walk = set(state["walk"]) ^ {move["submission"] for move in moves}
        state = state | {"walk": sorted(walk)}
        steps.append(_step(kind, state, site, moves))
    return [*steps, _step("definition", {"frozen": second.number})]


def _moves(
    home: Home, ledger: Ledger, first: Made, second: Made
) -> Iterator[tuple[Kind, str, list[Plan]]]:
    """What came or went, in order: neighbours of one site and kind together."""
    known = {row["submission_id"]: row for row in ledger.submissions()}
    entered: dict[tuple[str, str], Mapping[str, Any]] = {}
    for event in ledger.events():
        if event["new"] in ("accepted", "withdrawn"):
            entered.setdefault((event["subject"], event["new"]), event)
    moves = []
    for name in first.submissions ^ second.submissions:
        is_withdrawn = name in first.submissions
        found = entered.get((name, "withdrawn" if is_withdrawn else "accepted"))
        one = accepted_of(home, [known[name]])[0]
        moves.append(
            {
                "submission": name,
                "site": one.site_ods_code,
                "kind": "withdrawal" if is_withdrawn else _kind(one),
                "order": (found["number"] if found else 0, one.acceptance_number),
                "at": found["at"] if found else None,
                "left_out": 0 if is_withdrawn else one.manifest.get("records_excluded") or 0,
            }
        )
    moves.sort(key=itemgetter("order"))
    for (kind, site), group in groupby(moves, key=itemgetter("kind", "site")):
        yield kind, site, list(group)


def known_answers(ledger: Ledger, release: Made, today: str) -> Sequence[Mapping[str, Any]]:
    """The answers that a release knew, those that stand on a day."""
    given = ledger_answers.known_to(ledger, release.number, release.at)
    return ledger_answers.standing(given, date.fromisoformat(today))


def _step(kind: Kind, state: Plan, site: str | None = None, moves: Sequence[Plan] = ()) -> Plan:
    return {
        **state,
        "kind": kind,
        "site": site,
        "submissions": [move["submission"] for move in moves],
        "at": moves[-1]["at"] if moves else None,
        "left_out": sum(move["left_out"] for move in moves),
    }


def _kind(one: Accepted) -> Kind:
    if "rolled_back_to" in one.manifest:
        return "roll-back"
    return "correction" if one.submission_type == "CORRECTION" else "new data"
