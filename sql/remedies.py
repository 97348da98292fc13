"""What would make a compliance rule met, by the reason for which it is not."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DECLARED = Path(__file__).parent / "remedies.toml"
BETWEEN = "; "  # two reasons of one procedure


@cache
def remedies() -> Mapping[str, str]:
    """By reason, what to do."""
    declared = tomllib.loads(DECLARED.read_text("utf-8"))["remedy"]
    return {reason: each["then"] for each in declared for reason in each["reasons"]}


def remedy(reasons: str) -> str:
    """What to do about the reasons of one procedure, each thing once."""
    told = (remedies()[reason] for reason in reasons.split(BETWEEN))
    return " ".join(dict.fromkeys(told))
