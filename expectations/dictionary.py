"""The data dictionary: every table and column of an export, declared once in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

ROOM = Path(__file__).parent
VERSION = "1.0"

ColumnType = Literal["text", "integer", "decimal", "date", "datetime", "boolean", "code", "set"]
Null = Literal["mandatory", "required", "conditional", "optional"]
Owner = Literal["site", "registry"]

DUCKDB_TYPES: Mapping[ColumnType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "double",
    "date": "date",
    "datetime": "timestamp with time zone",
    "boolean": "boolean",
    "code": "varchar",
    "set": "varchar",  # codes sorted and joined by ';'
}


@dataclass(frozen=True)
class CodeList:
    """The codes that a column may hold, with their plain words and, for some, groups."""

    name: str
    title: str
    source: str
    codes: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Condition:
    """When a conditional column is required: another column holds one of these (or any)."""

    column: str
    is_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column: what it means, what it may hold, and what its absence does."""

    name: str
    title: str
    type: ColumnType
    null: Null
    codes: CodeList | None = field(default=None, hash=False)
    unit: str | None = None
    plausible: tuple[float, float] | None = None
    hard: tuple[Any, Any] | None = None
    not_before: str | None = None  # the date column of this row that may be the same day
    after: str | None = None  # the date column of this row that must be an earlier day
    length: tuple[int, int] | None = None
    pattern: str | None = None
    when: Condition | None = None
    places_record: bool = False
    free_text: bool = False
    may_be_future: bool = False
    is_month: bool = False  # of birth: with its day it would identify
    references: str | None = None
    aliases: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    provenance: str = "[P]"
    hint: str | None = None  # what a value out of range often is
    # By kind of column rule, the rule of the specification that it carries out.
    stands_for: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def duckdb_type(self) -> str:
        return DUCKDB_TYPES[self.type]

    @property
    def earlier(self) -> str | None:
        """The column of the same row whose date is not later than this one's."""
        return self.not_before or self.after

    @property
    def order(self) -> str | None:
        """The order that the date must keep, in words."""
        return f"{'after' if self.after else 'not before'} {self.earlier}" if self.earlier else None

    @property
    def is_optional(self) -> bool:
        """True where the column may be left out of a file altogether."""
        return self.null == "optional"

    @property
    def is_to_be_verified(self) -> bool:
        """True where the definition rests on general knowledge not yet re-read ([M])."""
        return "[M]" in self.provenance


@dataclass(frozen=True)
class Table:
    """One table of an export or of the register, with its columns in order."""

    name: str
    title: str
    order: int
    owner: Owner
    key: tuple[str, ...]
    clause: tuple[str, ...]
    columns: Mapping[str, Column]
    # Read only where the register records the site's legal basis, compared, and dropped.
    never_stored: Mapping[str, Column] = field(default_factory=dict)

    @property
    def is_registry_owned(self) -> bool:
        return self.owner == "registry"

    @property
    def holds_patients(self) -> bool:
        return PATIENT in self.columns


PATIENT = "patient_pseudo_id"
PATIENT_KEY = "patient_key"  # what stands for the pseudonym at rest


@cache
def code_lists() -> Mapping[str, CodeList]:
    """Every code list by name."""
    return {
        path.stem: _code_list(path.stem, tomllib.loads(path.read_text("utf-8")))
        for path in sorted((ROOM / "codes").glob("*.toml"))
    }


@cache
def tables() -> Mapping[str, Table]:
    """Every table by name, in dictionary order (register first, then the site's)."""
    read = [
        _table(path.stem, tomllib.loads(path.read_text("utf-8")))
        for path in (ROOM / "tables").glob("*.toml")
    ]
    return {table.name: table for table in sorted(read, key=lambda table: table.order)}


@cache
def site_tables() -> Mapping[str, Table]:
    """The tables that a site sends."""
    return {n: t for n, t in tables().items() if not t.is_registry_owned}


@cache
def register_tables() -> Mapping[str, Table]:
    """The tables that the registry team loads; an export's copy is only compared."""
    return {n: t for n, t in tables().items() if t.is_registry_owned}


@cache
def manifest() -> Table:
    """The fields of an export's manifest, as a table of one row."""
    declared = tomllib.loads((ROOM / "manifest.toml").read_text("utf-8"))
    whole = {"order": 0, "owner": "site", "key": ["submitting_site"], "clause": []}
    return _table("manifest", whole | declared)


def stored_key(table: Table) -> tuple[str, ...]:
    """The key as it stands at rest: the patient's keyed hash for the pseudonym."""
    return tuple(PATIENT_KEY if name == PATIENT else name for name in table.key)


def stored_columns(table: Table) -> tuple[str, ...]:
    """The columns as they stand at rest, in dictionary order."""
    return tuple(PATIENT_KEY if n == PATIENT else n for n in table.columns)


def _code_list(name: str, declared: Mapping[str, Any]) -> CodeList:
    groups = {group: tuple(codes) for group, codes in declared.get("groups", {}).items()}
    return CodeList(name, declared["title"], declared["source"], declared["codes"], groups)


def _table(name: str, declared: Mapping[str, Any]) -> Table:
    columns: dict[str, Column] = {}
    for column_name, body in declared["columns"].items():
        for number in range(1, body.get("repeat", 0) + 1):
            numbered = f"{column_name}_{number:02d}"
            columns[numbered] = _column(numbered, body, f"{body['title']} {number}")
        if "repeat" not in body:
            columns[column_name] = _column(column_name, body, body["title"])
    return Table(
        name=name,
        title=declared["title"],
        order=declared["order"],
        owner=declared["owner"],
        key=tuple(declared["key"]),
        clause=tuple(declared["clause"]),
        columns=columns,
        never_stored={
            column: _column(column, body, body["title"])
            for column, body in declared.get("never_stored", {}).items()
        },
    )


def _column(name: str, declared: Mapping[str, Any], title: str) -> Column:
    given = {k: _frozen(v) for k, v in declared.items() if k not in ("repeat", "title")}
    if "codes" in given:
        given["codes"] = code_lists()[given["codes"]]
    if "when" in given:
        condition = declared["when"]
        given["when"] = Condition(condition["column"], tuple(condition.get("is_in", ())))
    return Column(name=name, title=title, **given)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
