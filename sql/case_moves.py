"""The legal moves of an outlier case: from which stage to which, who may, and what must be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sql.access import Action
from sql.case_stages import FIRST_STAGE, LAST_STAGE, policy

Decision = Literal["data error", "no case", "confirmed"]

TEAM: Action = "decide a case"
TRUST: Action = "respond to a case"


@dataclass(frozen=True)
class Move:
    """One move.

    Attributes:
        asks: what the person must say; empty where nothing.
        decision: what it decides of the case, if anything.
        is_for_late: True where it is open only once the stage's deadline has passed.
    """

    name: str
    old: str
    new: str
    action: Action
    asks: str = ""
    decision: Decision | None = None
    is_for_late: bool = False


def _moves() -> tuple[Move, ...]:
    told_whom = "Who was told, and how"
    error, none = "What was wrong in the data", "Why this is no case"
    whom = "What is late, and who was told (CQC, NHS England, HQIP)"
    legal = [
        Move("begin the data check", "potential", "data check", TEAM),
        Move("close: data error", "data check", "closed", TEAM, error, "data error"),
        Move("close: no case", "data check", "closed", TEAM, none, "no case"),
        Move("data stand", "data check", "data stand", TEAM, "What was checked"),
        Move("notify the trust", "data stand", "notified", TEAM, told_whom),
        Move("respond", "notified", "response received", TRUST, "The trust's response"),
        Move("go on without a response", "notified", "review", TEAM, whom, is_for_late=True),
        Move("begin the review", "response received", "review", TEAM),
        Move("close: data error", "review", "closed", TEAM, error, "data error"),
        Move("close: no case", "review", "closed", TEAM, none, "no case"),
        Move("confirm", "review", "confirmed", TEAM, "Why it is confirmed", "confirmed"),
        Move("send the letter", "confirmed", "letter sent", TEAM, told_whom),
        Move("acknowledge", "letter sent", "acknowledged", TRUST, "What the trust will do"),
        Move("publish", "acknowledged", "published", TEAM, "Where it is published"),
        Move(
            *("publish without an acknowledgement", "letter sent", "published", TEAM, whom),
            is_for_late=True,
        ),
        Move("close", "published", "closed", TEAM, "What the trust has done since"),
    ]
    # Telling somebody of a late stage moves nothing, and is on record all the same.
    timed = [
        name for name in policy().stages if name not in ("acknowledged", "published", "closed")
    ]
    legal += [Move(ESCALATE, name, name, TEAM, whom, is_for_late=True) for name in timed]
    return tuple(legal)


ESCALATE = "escalate"
MOVES = _moves()
BY_NAME: Mapping[tuple[str, str], Move] = {(move.old, move.name): move for move in MOVES}
TRANSITIONS = frozenset((move.old, move.new) for move in MOVES if move.old != move.new)

_STAGES = set(policy().stages)
_UNKNOWN = {stage for move in MOVES for stage in (move.old, move.new)} ^ _STAGES
if _UNKNOWN:  # a stage that nothing leads to, or a move to a stage that is not declared
    raise ValueError(f"case_stages.toml and the moves differ in: {', '.join(sorted(_UNKNOWN))}")
if any(old == LAST_STAGE or new == FIRST_STAGE for old, new in TRANSITIONS):
    raise ValueError("a closed case stays closed, and none becomes potential again")
