"""The rule catalogue: reading rules, column rules, link rules and cross-table rules.

A column rule follows from the dictionary, a link rule from a column's `references`,
a cross-table rule is one SQL file in `rules/` whose header declares it, a reading rule
a rule about a whole file or submission an entry of a TOML file there. Nothing is
declared twice.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from expectations.dictionary import PATIENT, Column, Table, register_tables, site_tables

FOLDER = Path(__file__).parent / "rules"
VERSION = "1"
EFFECTIVE_FROM = "2026-01-01"

Severity = Literal["F", "R", "B", "W"]

# A governance link that does not resolve must not delete the procedure (K05).
_PLACING_PARENTS = ("patient", "procedure", "lesion", "followup_imaging")


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
    stands_for: str | None = None  # the rule of the specification that a range carries out
    version: str = VERSION
    effective_from: str = EFFECTIVE_FROM


@dataclass(frozen=True)
class CrossRule:
    """A rule whose SQL gives (row_id, holds): true, false, or null where not evaluable."""

    rule: Rule
    table: str
    column: str
    select: str
    column_name: str  # of the boolean column that the suite expects true


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by id; `columns`' and links' rules are one entry a table and column."""
    rules: dict[str, Rule] = {}
    for rule in (*_reading_rules(), *_column_rules(), *_link_catalogue()):
        rules[rule.id] = rule
    for cross in sql_rules():
        rules[cross.rule.id] = cross.rule
    return rules


@cache
def sql_rules() -> tuple[CrossRule, ...]:
    """The cross-field and cross-table rules, one SQL file each, by id."""
    read = [cross for path in FOLDER.glob("*.sql") for cross in _sql_rules(path)]
    return tuple(sorted(read, key=lambda cross: cross.rule.id))


@cache
def link_rules() -> tuple[CrossRule, ...]:
    """K05: each link of the dictionary resolves in the export or in the registry."""
    rules = []
    for table in site_tables().values():
        for column in table.columns.values():
            if column.references:
                rules.append(_link_rule(table, column))
    return tuple(rules)


def column_rule_id(table: str, column: str, kind: str) -> str:
    return f"{table}.{column}.{kind}"


@cache
def declared_codes() -> Mapping[str, Mapping[str, str]]:
    """What reading and the submission as a whole can be told, by code."""
    declared: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        declared |= tomllib.loads(path.read_text("utf-8"))
    return declared


def _reading_rules() -> Iterator[Rule]:
    for code, body in declared_codes().items():
        if body["severity"] == "notice":
            continue  # what was read in the one possible way: said, not found
        yield Rule(
            id=body["rule"],
            code=code,
            severity=_severity(body["severity"]),
            table=None,
            column=None,
            clause=(),
            title=body["title"],
            message=body["message"],
            fix=body["fix"],
        )


# KIND: (code, message, fix). The words stand for every column; the column says the rest.
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "REQUIRED": ("REQUIRED", "{title}: no value.", "Fill in the value at the source."),
    "TYPE": ("TYPE", "{title}: not {allowed}.", "Send {allowed}."),
    "NUMBER": (
        "NUMBER",
        "{title}: not a number as the specification writes it.",
        "Send digits with a point for the decimals, no thousands separator, no unit.",
    ),
    "DATE_FORMAT": (
        "DATE_FORMAT",
        "{title}: not a date as the specification writes it.",
        "Send YYYY-MM-DD or DD/MM/YYYY.",
    ),
    "DATE_IMPOSSIBLE": (
        "DATE_IMPOSSIBLE",
        "{title}: no such day, or a stand-in for a missing date.",
        "Correct the date, or leave the cell empty.",
    ),
    "DATE_FUTURE": (
        "DATE_FUTURE",
        "{title}: later than the extract.",
        "Correct the date.",
    ),
    "CODE": (
        "CODE",
        "{title}: not a code of the list. Allowed: {allowed}.",
        "Send one of the codes.",
    ),
    "PATTERN": (
        "PATTERN",
        "{title}: not in the form {allowed}.",
        "Send the value in this form.",
    ),
    "HARD": ("RANGE", "{title}: outside {allowed}.", "Check the value and its unit."),
    "PLAUSIBLE": (
        "PLAUSIBLE",
        "{title}: unusual, outside {allowed}.",
        "Correct it, or answer that it is right and why.",
    ),
}


def column_kinds(column: Column) -> Iterator[tuple[str, Severity, str]]:
    """The kinds of rule that a column has, with severity and what is allowed, in words."""
    if column.null in ("mandatory", "required", "conditional"):
        yield "REQUIRED", "R" if column.places_record else "W", ""
    if column.type in ("integer", "decimal"):
        yield "NUMBER", "R", ""
    if column.type == "date":
        yield "DATE_FORMAT", "R", ""
        yield "DATE_IMPOSSIBLE", "R", ""
        if not column.may_be_future:
            yield "DATE_FUTURE", "R", ""
    if column.type not in ("integer", "decimal", "date"):
        yield "TYPE", "R", "Y or N" if column.type == "boolean" else "a value, or nothing"
    if column.codes is not None:
        yield "CODE", "R", ", ".join(column.codes.codes)
    if column.pattern is not None:
        yield "PATTERN", "R", column.pattern
    if column.hard is not None:
        yield "HARD", "R", _range(column.hard, column.unit)
    if column.length is not None:
        yield "HARD", "R", _range(column.length, "characters")
    if column.order is not None:
        yield "HARD", "R", column.order
    if column.plausible is not None:
        yield "PLAUSIBLE", "W", _range(column.plausible, column.unit)


def _column_rules() -> Iterator[Rule]:
    for table in site_tables().values():
        for column in table.columns.values():
            for kind, severity, allowed in column_kinds(column):
                code, message, fix = _KINDS[kind]
                if kind == "HARD" and column.earlier is not None:
                    message, fix = _date_order(table, column), "Correct the date that is wrong."
                if kind in ("HARD", "PLAUSIBLE") and column.hint is not None:
                    fix = f"{fix} {column.hint}"
                yield Rule(
                    id=column_rule_id(table.name, column.name, kind),
                    code=code,
                    severity=severity,
                    table=table.name,
                    column=column.name,
                    clause=column.clause,
                    title=f"{column.title}: {kind.replace('_', ' ').lower()}",
                    message=message.format(title=column.title, allowed=allowed),
                    fix=fix.format(allowed=allowed),
                    stands_for=column.stands_for.get(kind),
                )


def _date_order(table: Table, column: Column) -> str:
    earlier = table.columns[str(column.earlier)]
    words = "not after" if column.after else "before"
    return f"{column.title}: {words} the {_lower(earlier.title)} ({earlier.name})."


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _range(bounds: tuple[object, object], unit: str | None) -> str:
    low, high = (f"{bound:g}" if isinstance(bound, float) else bound for bound in bounds)
    words = f"{low} to {high}" if high != "" else f"{low} or later"
    return f"{words} {unit}" if unit else words


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


_HEADER = re.compile(r"^-- (?:(?P<field>[A-Z][a-z]+): )?(?P<text>.*)$")
_FIELDS = ("Rule", "Severity", "Row", "Clause", "Message", "Fix", "Source", "Code")


def _sql_rules(path: Path) -> Iterator[CrossRule]:
    """The rule of a file, once for each column that its findings can stand on."""
    lines = path.read_text("utf-8").splitlines()
    title, fields = _header(path.name, [line for line in lines if line.startswith("--")])
    select = "\n".join(line for line in lines if not line.startswith("--"))
    for name, term in _terms().items():
        select = select.replace(f"{{{name}}}", term)
    places = list(_places(fields["Row"]))
    rule = Rule(
        id=fields["Rule"],
        code=fields.get("Code", fields["Rule"]),
        severity=_severity(fields["Severity"]),
        table=places[0][0] if len(places) == 1 else None,
        column=places[0][1] if len(places) == 1 else None,
        clause=tuple(fields["Clause"].split(", ")),
        title=title,
        message=fields["Message"],
        fix=fields["Fix"],
    )
    for table, column in places:
        own = select.replace("{table}", table).replace("{column}", column)
        name = rule.id if len(places) == 1 else f"{rule.id}__{column}"
        yield CrossRule(rule, table, column, own, name)


def _header(name: str, lines: Sequence[str]) -> tuple[str, Mapping[str, str]]:
    title, fields, field = "", dict[str, str](), ""
    for line in lines:
        match = _HEADER.match(line)
        assert match is not None, f"{name}: {line}"
        if match["field"] in _FIELDS:
            field = match["field"]
            fields[field] = match["text"]
        elif field:
            fields[field] += " " + match["text"].strip()
        else:
            title = f"{title} {match['text']}".strip()
    return title, fields


def _places(row: str) -> Iterator[tuple[str, str]]:
    """The columns that a header's `Row` names: a list of table.column, * for any letters."""
    for place in row.split(", "):
        table, pattern = place.split(".")
        for column in site_tables()[table].columns:
            if fnmatchcase(column, pattern):
                yield table, column


@cache
def _terms() -> Mapping[str, str]:
    """Expressions that several rules use, written once; a rule names one in braces."""
    return {
        path.stem: "\n".join(
            line for line in path.read_text("utf-8").splitlines() if not line.startswith("--")
        )
        for path in (FOLDER / "terms").glob("*.sql")
    }


def _severity(text: str) -> Severity:
    severities: tuple[Severity, ...] = get_args(Severity)
    return severities[severities.index(text)]
