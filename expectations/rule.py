"""One rule of the catalogue: where it stands, how grave it is, and what it rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

VERSION = "1"
EFFECTIVE_FROM = "2026-01-01"
PROPOSED = "[P]"

Severity = Literal["F", "R", "B", "W"]


@dataclass(frozen=True)
class Rule:
    """One rule: where its finding stands, how grave it is, and what the site reads."""

    id: str
    code: str
    severity: Severity
    table: str | None
    column: str | None
    clause: tuple[str, ...]
    title: str
    message: str
    fix: str
    reading: str = ""  # how the specification is read, and what other rules say instead
    stands_for: str | None = None  # the rule of the specification that a range carries out
    source: str = ""
    provenance: str = PROPOSED  # tags: [S…] a source read, [M] general knowledge, [P] proposed
    version: str = VERSION
    effective_from: str = EFFECTIVE_FROM

    @property
    def is_to_be_verified(self) -> bool:
        """True where the rule rests on general knowledge not yet re-read ([M])."""
        return "[M]" in self.provenance


@dataclass(frozen=True)
class CrossRule:
    """A rule whose SQL gives (row_id, holds): true, false, or null where not evaluable."""

    rule: Rule
    table: str
    column: str
    select: str
    column_name: str  # of the boolean column that the suite expects true
    looks_across: bool = False  # what it says of a patient's row, others' rows may change


def severity(text: str) -> Severity:
    """The severity that a declaration names."""
    severities: tuple[Severity, ...] = get_args(Severity)
    return severities[severities.index(text)]


def tags(*texts: str) -> str:
    """The provenance tags that stand in these texts, each once: [S5], [M]."""
    found = dict.fromkeys(tag for text in texts for tag in re.findall(r"\[(?:S[0-9]+|M|P)\]", text))
    if any("HTG532" in text for text in texts):
        found = {"[S1]": None} | found
    return ", ".join(found) or PROPOSED
