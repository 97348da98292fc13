"""The rule catalogue: reading rules, column rules, link rules and cross-table rules.

A column rule follows from the dictionary, a link rule from a column's `references`,
a cross-table rule is one SQL file in `rules/` whose header declares it, a reading rule or
a rule about a whole file or submission an entry of a TOML file there. Nothing is
declared twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from expectations import dictionary
from expectations.dictionary import PATIENT, Column, Table, register_tables, site_tables
from expectations.rule import VERSION, CrossRule, Rule, Severity
from expectations.rule_columns import column_kinds, column_rule_id, column_rules
from expectations.rule_files import coded_rules, declared_codes, sql_rules

__all__ = [
    "VERSION",
    "CrossRule",
    "Rule",
    "Severity",
    "catalogue",
    "column_kinds",
    "column_rule_id",
    "declared_codes",
    "link_rules",
    "listed_rules",
    "places",
    "sql_rules",
]

# A governance link that does not resolve must not delete the procedure (K05).
_PLACING_PARENTS = ("patient", "procedure", "lesion", "followup_imaging")
_SOURCE = f"IRE-REG {dictionary.VERSION}, rule K05 [P]"


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by id; `columns`' and links' rules are one entry a table and column."""
    rules: dict[str, Rule] = {}
    for rule in (*coded_rules(), *column_rules(), *_link_catalogue()):
        rules[rule.id] = rule
    for cross in sql_rules():
        rules[cross.rule.id] = cross.rule
    return rules


@cache
def coded() -> Mapping[str, Rule]:
    """The rules about the reading, and about a submission as a whole, by code.

    Several codes may share an id: what to do about a missing column is not what to do about
    an unknown one.
    """
    return {rule.code: rule for rule in coded_rules()}


@cache
def listed_rules() -> tuple[Rule, ...]:
    """The catalogue for people: one entry an id, in the order of the ids.

    Where an id is reported under several codes (K01, K02), its entry has the words
    of all of them.
    """
    sharing: dict[str, list[Rule]] = {}
    for rule in coded_rules():
        sharing.setdefault(rule.id, []).append(rule)
    by_id = dict(catalogue()) | {rule_id: _together(rules) for rule_id, rules in sharing.items()}
    return tuple(by_id[rule_id] for rule_id in sorted(by_id))


def _together(rules: Sequence[Rule]) -> Rule:
    def words(name: str, between: str) -> str:
        return between.join(dict.fromkeys(getattr(rule, name) for rule in rules))

    return replace(
        rules[0],
        code=words("code", ", "),
        title=words("title", "; "),
        message=words("message", " "),
        fix=words("fix", " "),
    )


@cache
def places() -> Mapping[str, tuple[str, ...]]:
    """By rule, the columns (table.column) that its findings stand in; none for a whole export."""
    found: dict[str, list[str]] = {}
    for rule in catalogue().values():
        if rule.table is not None:
            found[rule.id] = [f"{rule.table}.{rule.column}"]
    for cross in (*sql_rules(), *link_rules()):
        place = f"{cross.table}.{cross.column}"
        if place not in found.setdefault(cross.rule.id, []):
            found[cross.rule.id].append(place)
    return {rule_id: tuple(columns) for rule_id, columns in found.items()}


@cache
def link_rules() -> tuple[CrossRule, ...]:
    """K05: each link of the dictionary resolves in the export or in the registry."""
    rules = []
    for table in site_tables().values():
        for column in table.columns.values():
            if column.references:
                rules.append(_link_rule(table, column))
    return tuple(rules)


def _link_catalogue() -> tuple[Rule, ...]:
    return (
        Rule(
            id="K05a",
            code="K05a",
            severity="R",
            table=None,
            column=None,
            clause=(),
            title="Links to patient, procedure, lesion and scan resolve",
            message="The record that this row belongs to is neither in the export nor held.",
            fix="Send the record it belongs to, or correct the link.",
            source=_SOURCE,
        ),
        Rule(
            id="K05b",
            code="K05b",
            severity="W",
            table=None,
            column=None,
            clause=(),
            title="Links to MDT, enrolment, study, approval and operator resolve",
            message="The record linked to is neither in the export nor held; the row counts,"
            " and the rule that needs it says cannot tell.",
            fix="Send the record linked to, or correct the link.",
            source=_SOURCE,
        ),
    )


def _link_rule(table: Table, column: Column) -> CrossRule:
    assert column.references is not None
    rule = _link_catalogue()[0 if column.references in _PLACING_PARENTS else 1]
    parents = {**site_tables(), **register_tables()}
    # The parent's key is the last of its key columns: operators, patients … have one.
    target = parents[column.references].key[-1]
    name = "patient_key" if column.name == PATIENT else column.name
    target = "patient_key" if target == PATIENT else target
    return CrossRule(
        rule=rule,
        table=table.name,
        column=column.name,
        column_name=f"{rule.id}__{column.name}",
        select=(
            f"select {table.name}.row_id, case when {table.name}.{name} is not null then"
            f" parent.{target} is not null end as holds from {table.name} left join"
            f" (select distinct {target} from {column.references}) as parent"
            f" on {table.name}.{name} = parent.{target}"
        ),
    )
