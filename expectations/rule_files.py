"""The rules that are declared in files: one SQL file a rule on rows, one TOML entry a code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from expectations import dictionary
from expectations.dictionary import site_tables
from expectations.rule import EFFECTIVE_FROM, VERSION, CrossRule, Rule, severity, tags

FOLDER = Path(__file__).parent / "rules"


@cache
def sql_rules() -> tuple[CrossRule, ...]:
    """The cross-field and cross-table rules, one SQL file each, by id."""
    read = [cross for path in FOLDER.glob("*.sql") for cross in rules_of(path)]
    return tuple(sorted(read, key=lambda cross: cross.rule.id))


@cache
def declared_codes() -> Mapping[str, Mapping[str, str]]:
    """What reading and the submission as a whole can be told, by code."""
    declared: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        declared |= tomllib.loads(path.read_text("utf-8"))
    return declared


def coded_rules() -> Iterator[Rule]:
    """The rules about the reading, and about a submission as a whole: one a code."""
    for code, body in declared_codes().items():
        if body["severity"] == "notice":
            continue  # what was read in the one possible way: said, not found
        yield Rule(
            id=body["rule"],
            code=code,
            severity=severity(body["severity"]),
            table=None,
            column=None,
            clause=(),
            title=body["title"],
            message=body["message"],
            fix=body["fix"],
            source=_source(body),
            provenance=tags(_source(body)),
            version=body.get("version", VERSION),
            effective_from=body.get("effective", EFFECTIVE_FROM),
        )


def _source(body: Mapping[str, str]) -> str:
    return body.get("source", f"IRE-REG {dictionary.VERSION}, rule {body['rule']} [P]")


_HEADER = re.compile(r"^-- (?:(?P<field>[A-Z][a-z]+): )?(?P<text>.*)$")
_FIELDS = (
    "Rule", "Severity", "Row", "Clause", "Message", "Fix", "Source", "Code", "Version", "Effective",
    "Across",
)  # fmt: skip


def rules_of(path: Path) -> Iterator[CrossRule]:
    """The rule of an SQL file, once for each column that its findings can stand on."""
    lines = path.read_text("utf-8").splitlines()
    title, reading, fields = _header(path.name, [line for line in lines if line.startswith("--")])
    select = _without_comments("\n".join(lines))
    used: dict[str, str] = {}
    while new := {name: text for name, text in terms().items() if f"{{{name}}}" in select}:
        used |= new  # a term may name another
        for name, text in new.items():
            select = select.replace(f"{{{name}}}", _without_comments(text))
    places = list(_places(fields["Row"]))
    rule = Rule(
        id=fields["Rule"],
        code=fields.get("Code", fields["Rule"]),
        severity=severity(fields["Severity"]),
        table=places[0][0] if len(places) == 1 else None,
        column=places[0][1] if len(places) == 1 else None,
        clause=tuple(fields["Clause"].split(", ")),
        title=title,
        reading=reading,
        message=fields["Message"],
        fix=fields["Fix"],
        source=fields["Source"],
        provenance=tags(fields["Source"], *used.values()),
        version=fields.get("Version", VERSION),
        effective_from=fields.get("Effective", EFFECTIVE_FROM),
    )
    for table, column in places:
        own = select.replace("{table}", table).replace("{column}", column)
        name = rule.id if len(places) == 1 else f"{rule.id}__{column}"
        yield CrossRule(rule, table, column, own, name, fields.get("Across") == "patients")


def _header(name: str, lines: Sequence[str]) -> tuple[str, str, Mapping[str, str]]:
    """The title, up to the first line that ends a sentence; the reading; the fields."""
    title, reading, fields, field = "", "", dict[str, str](), ""
    for line in lines:
        match = _HEADER.match(line)
        assert match is not None, f"{name}: {line}"
        if match["field"] in _FIELDS:
            field = match["field"]
            fields[field] = match["text"]
        elif field:
            fields[field] += " " + match["text"].strip()
        elif title.endswith("."):
            reading = f"{reading} {match['text']}".strip()
        else:
            title = f"{title} {match['text']}".strip()
    return title, reading, fields


def _places(row: str) -> Iterator[tuple[str, str]]:
    """The columns that a header's `Row` names: a list of table.column, * for any letters."""
    for place in row.split(", "):
        table, pattern = place.split(".")
        for column in site_tables()[table].columns:
            if fnmatchcase(column, pattern):
                yield table, column


@cache
def terms() -> Mapping[str, str]:
    """Expressions that several rules use, written once; a rule names one in braces."""
    return {path.stem: path.read_text("utf-8") for path in (FOLDER / "terms").glob("*.sql")}


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))
