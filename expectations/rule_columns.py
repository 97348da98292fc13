"""The rules that follow from the columns of the dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expectations import dictionary
from expectations.dictionary import Column, Table, site_tables
from expectations.rule import PROPOSED, Rule, Severity


def column_rule_id(table: str, column: str, kind: str) -> str:
    """The id of a column rule: <table>.<column>.<KIND>."""
    return f"{table}.{column}.{kind}"


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

# What holds where a rule of a kind is kept.
_HOLDS: Mapping[str, str] = {
    "REQUIRED": "a value is given",
    "TYPE": "a value of its kind",
    "NUMBER": "a number as specified",
    "DATE_FORMAT": "a date as specified",
    "DATE_IMPOSSIBLE": "a day that exists",
    "DATE_FUTURE": "not in the future",
    "CODE": "a code of its list",
    "PATTERN": "in its form",
    "HARD": "within what is possible",
    "PLAUSIBLE": "within what is usual",
}

# The kinds that say which values a column may hold: they rest on the column's source.
_OF_VALUES = ("CODE", "PATTERN", "HARD", "PLAUSIBLE")


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


def column_rules() -> Iterator[Rule]:
    """The rules of every column of every table that a site sends."""
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
                    title=f"{column.title}: {_HOLDS[kind]}",
                    message=message.format(title=column.title, allowed=allowed),
                    fix=fix.format(allowed=allowed),
                    stands_for=column.stands_for.get(kind),
                    source=f"IRE-REG {dictionary.VERSION}, {table.name}.{column.name}",
                    provenance=column.provenance if kind in _OF_VALUES else PROPOSED,
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
