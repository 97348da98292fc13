"""Which columns of an export each indicator rests on, read off the models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from expectations.dictionary import (
    PATIENT,
    PATIENT_KEY,
    Table,
    site_tables,
    tables,
)
from sql import catalog
from sql.dependence import NOTHING, OPEN, Relation, Source, Sources, relation_of
from sql.placing import key_field_select, parents
from sql.scoring import score_select
from sql.walk import PLACE, SUBMISSION_KEYS

# What the build keeps beside the rows that sites send: no cell of an export decides it.
# Whether a record was sent again (current_record) is of the walk, not of a value.
_BESIDE = (
    "walk_submission", "walk_report", "walk_removed", "walk_finding", "walk_exclusion",
    "walk_answer", "walk_rule", "current_record", "dim_quarter",
    "stg_eq5d_value", "eq5d_value_set", "nice_guidance", "local_policy",
)  # fmt: skip

# What an indicator says of one unit: the reasons and the strata beside it do not count.
_SAID = ("value", "time_days", "ended_by", "amount", "procedure_date", "event_date")


@cache
def sources() -> Mapping[str, Sources]:
    """What each indicator rests on: (table, column), or (table, "") for which rows there are."""
    relations = _relations()
    counted = relations["fct_procedure"]
    return {
        entry.id: relations[entry.model].rows.union(
            counted.rows,
            counted.columns["is_counted"],
            *(relations[entry.model].columns.get(name, NOTHING) for name in _SAID),
        )
        for entry in catalog.indicators().values()
    }


@cache
def moved_by(table: str, column: str | None) -> tuple[str, ...]:
    """The indicators that a value of this column may move, in the registry's order.

    Without a column, or for one without which the row has no place: those that the whole
    row may move.
    """
    declared = tables()[table].columns
    is_whole = column is None or column not in declared or declared[column].places_record
    return tuple(
        indicator
        for indicator, rests_on in sources().items()
        if any(t == table and (is_whole or c == column) for t, c in rests_on)
    )


@cache
def reads(indicator: str) -> frozenset[str]:
    """The tables, the site's and the register's, that an indicator rests on."""
    return frozenset(table for table, _ in sources()[indicator])


@cache
def _relations() -> Mapping[str, Relation]:
    """What every base table and every model rests on, in the order of the build."""
    known: dict[str, Relation] = dict.fromkeys(_BESIDE, OPEN)
    for table in tables().values():
        known[f"stg_{table.name}"] = _staged(table)
    known |= {f"unplaced of {name}": _unplaced(name) for name in site_tables()}
    known["stg_prom_score"] = relation_of(score_select(), known)
    known["stg_key_field"] = relation_of(key_field_select(), known)
    for model in catalog.models():
        found = relation_of(model.select, known)
        grain = {frozenset(model.grain)} if model.grain else set()
        known[model.name] = Relation(found.columns, found.rows, found.grains | grain)
    return known


def _staged(table: Table) -> Relation:
    """A table as staged: each column rests on itself, the rows on there being any."""
    columns = {_stored(name): frozenset({(table.name, name)}) for name in table.columns}
    key = {_stored(name) for name in table.key}
    if not table.is_registry_owned:
        columns.pop("site_id", None)  # the submission's site, whatever the cell says
    beside = dict.fromkeys(("site_id", *PLACE, *SUBMISSION_KEYS), NOTHING)
    if table.is_registry_owned:
        grains = {frozenset(key)}
    else:
        grains = {frozenset(key | {"site_id"}), frozenset({"site_id", "record_key"})}
    return Relation(beside | columns, frozenset({(table.name, "")}), frozenset(grains))


def _stored(column: str) -> str:
    return {PATIENT: PATIENT_KEY, "site_ods_code": "site_id"}.get(column, column)


def _unplaced(table: str) -> Relation:
    """The rows of a table that have lost a parent, or whose parent has."""
    found: set[Source] = {(table, "")}
    for link, parent in parents(site_tables()[table]):
        column = PATIENT if link == PATIENT_KEY else link
        found |= {(table, column), (parent, "")} | _unplaced(parent).rows
    names = ("site_id", "table_name", "record_key", "missing_table", "missing_key")
    return Relation(dict.fromkeys(names, frozenset(found)), frozenset(found))
