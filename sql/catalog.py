"""The models and the indicators: what stands in the SQL files, and in which order it runs."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import duckdb

from expectations.rule_files import terms
from sql.hardening import HARDENED

ROOM = Path(__file__).parent
FOLDERS = ("staging", "marts", "indicators")
SCHEMA_VERSION = 6  # of a release file: a Reader opens only the version it knows

Unit = Literal["procedure", "lesion", "patient", "field", "pair", "complication", "scan", "quarter"]
# How an indicator is read: a rate has a verdict where it has a target, a share describes and
# is never judged; an incidence is a time that ends in one of several ways; of a measure the
# amount is read, of a change the amount and the share that worsened; a ratio is of counts.
Kind = Literal[
    "rate", "share", "compliance", "completeness",
    "survival", "incidence", "measure", "change", "ratio",
]  # fmt: skip

# What names one unit of an indicator, beside the site.
UNIT_KEYS: Mapping[Unit, tuple[str, ...]] = {
    "procedure": ("procedure_id",),
    "lesion": ("procedure_id", "lesion_id"),
    "patient": ("patient_key",),
    "field": ("table_name", "column_name", "record_key"),
    "pair": ("delivery_id",),
    "complication": ("complication_id",),
    "scan": ("imaging_id",),
    "quarter": ("quarter",),
}

# The rules' own terms that models use too, with what each is worked out from.
SHARED = {
    "child_pugh_points": "bilirubin, albumin, inr, ascites, encephalopathy_grade",
    "is_near": "dist_vessel_mm, nearest_vessel, dist_bile_duct_mm, nearest_duct, near_mm",
}

# What a release rests on beside its models: dated declarations, each a table of the build.
DECLARATIONS = ("indicators.toml", "guidance.toml", "policy.toml", "scales.toml")

# What a select may give beside its value, with the type that it is kept in.
BESIDE_VALUE: Mapping[str, str] = {
    "reason": "varchar",  # why the value is not known, or what else is to be said of it
    "time_days": "double",  # followed so long
    "ended_by": "varchar",  # what ended it, where more than one thing may
    "amount": "double",  # measured, in the entry's `measured_in`
    "expected": "double",  # of a ratio, what the amount is read against
}


class CatalogError(Exception):
    """A model or an indicator is not written as the house style asks: our own mistake."""


@dataclass(frozen=True)
class Macro:
    """A named expression that models use; made in every connection that runs them."""

    name: str
    arguments: str
    expression: str


@dataclass(frozen=True)
class Model:
    """One SQL file: a single select, its grain (empty: told in words), and what it reads.

    `columns` are those that the select names (none of a union).
    """

    name: str
    folder: str
    select: str
    grain: tuple[str, ...]
    reads: frozenset[str]
    columns: tuple[str, ...]

    @property
    def is_indicator(self) -> bool:
        return self.folder == "indicators"

    @property
    def kept_as(self) -> Literal["table", "temp table", "view"]:
        """How the model stands in a release: an int_ model is of the build only."""
        if self.is_indicator:
            return "view"
        return "temp table" if self.name.startswith("int_") else "table"


@dataclass(frozen=True)
class Indicator:
    """One entry of indicators.toml: what an indicator means, and against what it is read.

    Proportions (low, high, target) are 0 to 1; a bound that nobody has published is null.
    not_eligible: why a unit of the period, its window elapsed, does not count; measured_in:
    the unit of an amount.
    """

    id: str
    name: str
    title: str
    kind: Kind
    unit: Unit
    direction: Literal["lower", "higher"]
    clause: tuple[str, ...]
    numerator: str
    denominator: str
    definition: str
    not_eligible: str | None
    measured_in: str | None
    window_days: int | None
    maturity_days: int
    benchmark: str
    low: float | None
    high: float | None
    target: float | None
    source: str
    case_mix: str
    provenance: str
    author: str
    reviewer: str
    date: date
    version: str

    @property
    def model(self) -> str:
        return f"ind_{self.name}"


@cache
def macros() -> Sequence[Macro]:
    """The macros, each after those that it uses."""
    found = {path.stem: _macro(path) for path in _files("macros")}
    found |= {name: _shared(name, arguments) for name, arguments in SHARED.items()}
    uses = {
        name: [other for other in found if re.search(rf"\b{other}\(", macro.expression)]
        for name, macro in found.items()
    }
    return [found[name] for name in TopologicalSorter(uses).static_order()]


@cache
def models() -> Sequence[Model]:
    """Every model, each after those that it reads; indicators last.

    Raises:
        CatalogError: if a file has no grain.
        graphlib.CycleError: if models read each other in a ring.
    """
    found = {path.stem: _model(path) for folder in FOLDERS for path in _files(folder)}
    # Sorted: the same order in every process, whatever the sets' own.
    reads = {name: sorted(model.reads & found.keys()) for name, model in sorted(found.items())}
    order = [found[name] for name in TopologicalSorter(reads).static_order()]
    return sorted(order, key=lambda model: model.is_indicator)


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by id, in the order of indicators.toml.

    Raises:
        CatalogError: if an entry has no SQL file, or a file no entry.
    """
    declared = tomllib.loads((ROOM / "indicators.toml").read_text("utf-8"))
    found = {key: _indicator(key, body) for key, body in declared.items()}
    written = {model.name for model in models() if model.is_indicator}
    unmatched = written ^ {indicator.model for indicator in found.values()}
    if unmatched:
        raise CatalogError(f"SQL file or entry missing for: {', '.join(sorted(unmatched))}")
    return found


@cache
def code_version() -> str:
    """The first twelve digits of the SHA-256 of every model, macro and declaration."""
    digest = hashlib.sha256()
    for folder in ("macros", *FOLDERS):
        for path in _files(folder):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for name in SHARED:
        digest.update(name.encode() + b"\0" + terms()[name].encode() + b"\0")
    for name in DECLARATIONS:
        digest.update(name.encode() + b"\0" + (ROOM / name).read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _files(folder: str) -> list[Path]:
    return sorted((ROOM / folder).glob("*.sql"))


def _shared(name: str, arguments: str) -> Macro:
    """A term of the rules; what it names in braces is an argument of the macro."""
    expression = terms()[name]
    for argument in arguments.split(", "):
        expression = expression.replace(f"{{{argument}}}", argument)
    return Macro(name, arguments, expression)


def _macro(path: Path) -> Macro:
    text = path.read_text("utf-8")
    arguments = re.search(r"^-- Arguments: \((.*)\)$", text, re.MULTILINE)
    if arguments is None:
        raise CatalogError(f"{path.name}: no line '-- Arguments: (…)'")
    return Macro(path.stem, arguments[1], text)


def _model(path: Path) -> Model:
    select = path.read_text("utf-8")
    grain = re.search(r"^-- Grain: one row per (?:\((.+)\)|.+)$", select, re.MULTILINE)
    if grain is None:
        raise CatalogError(f"{path.name}: no line '-- Grain: one row per …'")
    tree = _parsed(select)
    return Model(
        name=path.stem,
        folder=path.parent.name,
        select=select,
        grain=tuple(part.strip() for part in (grain[1] or "").split(",") if part.strip()),
        reads=_tables_read(tree),
        columns=_columns_given(tree),
    )


@cache
def tables_read(select: str) -> frozenset[str]:
    """The tables that a select reads, less those that it defines itself."""
    return _tables_read(_parsed(select))


def _tables_read(tree: dict[str, Any]) -> frozenset[str]:
    nodes = list(_nodes(tree))
    tables = {n["table_name"] for n in nodes if n.get("type") == "BASE_TABLE"}
    own = {entry["key"] for n in nodes if "cte_map" in n for entry in n["cte_map"]["map"]}
    return frozenset(tables - own)


def _columns_given(tree: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        each["alias"] or each["column_names"][-1]
        for each in tree["statements"][0]["node"].get("select_list", [])
        if each["alias"] or each.get("column_names")
    )


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database for parsing only: to open one takes 40 ms of CPU, to parse a rule 2 ms."""
    return duckdb.connect(config=HARDENED | {"threads": "1"})


def _parsed(select: str) -> dict[str, Any]:
    # connection.get_table_names binds the query, and fails on `using` while the tables it
    # names are not there yet (DuckDB 2.0); the serialised parse tree needs no table.
    with _parser().cursor() as connection:  # one of its own: pages parse in several threads
        row = connection.execute("select json_serialize_sql(?)", [select]).fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if tree.get("error"):
        raise CatalogError(f"{tree.get('error_message')}: {select.splitlines()[0]}")
    return tree


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    children = tree.values() if isinstance(tree, dict) else tree
    for child in children:
        if isinstance(child, dict | list):
            yield from _nodes(child)


def _indicator(key: str, body: Mapping[str, Any]) -> Indicator:
    empty = dict.fromkeys(("not_eligible", "measured_in", "window_days", "low", "high", "target"))
    try:
        return Indicator(id=key, **{**empty, **body, "clause": tuple(body["clause"])})
    except TypeError as error:
        raise CatalogError(f"indicators.toml, {key}: {error}") from error
