"""The rule catalogue on the command line: for people, or as JSON for other programs."""

from __future__ import annotations

import argparse
import json
from typing import Any

from expectations.rules import Rule, listed_rules, places


def rules(options: argparse.Namespace) -> int:
    """List every rule, in the order of the ids."""
    if options.json:
        print(json.dumps([as_told(rule) for rule in listed_rules()], ensure_ascii=False, indent=1))
        return 0
    for rule in listed_rules():
        where = ", ".join(places().get(rule.id, ("whole export",))[:3])
        mark = " (to be verified)" if rule.is_to_be_verified else ""
        print(f"{rule.severity} {rule.id}  {where}: {rule.title}{mark}")
    return 0


def as_told(rule: Rule) -> dict[str, Any]:
    """A rule as other programs read it; a rule that stands in several columns lists them."""
    return {
        "id": rule.id,
        "code": rule.code,
        "severity": rule.severity,
        "table": rule.table,
        "column": rule.column,
        "places": list(places().get(rule.id, ())),
        "clause": list(rule.clause),
        "title": rule.title,
        "message": rule.message,
        "fix": rule.fix,
        "reading": rule.reading,
        "stands_for": rule.stands_for,
        "source": rule.source,
        "provenance": rule.provenance,
        "is_to_be_verified": rule.is_to_be_verified,
        "version": rule.version,
        "effective_from": rule.effective_from,
    }
