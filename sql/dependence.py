"""What each column of a select rests on: the columns, and the rows, of the tables below it.

Read off the syntax tree, and never narrower than the truth: where two readings are
possible, both count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp, parse_one

# (table, column) of what sites send; an empty column stands for which rows there are.
Source = tuple[str, str]
Sources = frozenset[Source]
NOTHING: Sources = frozenset()


class DependenceError(Exception):
    """A model names what no relation below it has: our own mistake."""


@dataclass(frozen=True)
class Relation:
    """What a table, a model or a subquery rests on.

    `rows`: what decides which rows there are; `grains`: sets of columns that name a row;
    an open relation has any column, and rests on nothing that sites send.
    """

    columns: Mapping[str, Sources]
    rows: Sources = NOTHING
    grains: frozenset[frozenset[str]] = frozenset()
    is_open: bool = False

    @cached_property
    def whole(self) -> Sources:
        return self.rows.union(*self.columns.values())


OPEN = Relation({}, is_open=True)


@dataclass
class _Scope:
    """The relations that a select reads, and what attaches each to the row."""

    select: exp.Select
    outer: _Scope | None
    known: Mapping[str, Relation]
    read: dict[str, Relation] = field(default_factory=dict)
    attached: dict[str, Sources] = field(default_factory=dict)

    def column(self, name: str, table: str) -> Sources:
        """What a column named in this select rests on."""
        found = self._here(name, table)
        if found is None and self.outer is not None:
            return self.outer.column(name, table)
        if found is None:
            raise DependenceError(f"no relation has {table or '?'}.{name}")
        return found

    def _here(self, name: str, table: str) -> Sources | None:
        holders = [
            alias
            for alias, relation in self.read.items()
            if table in ("", alias) and name in relation.columns
        ]
        if holders:
            parts = [self.read[alias].columns[name] | self.attached[alias] for alias in holders]
            return NOTHING.union(*parts)
        if not table:
            for projection in self.select.expressions:
                if isinstance(projection, exp.Alias) and projection.alias == name:
                    return _rests_on(projection.this, self)
        is_open = any(r.is_open and table in ("", alias) for alias, r in self.read.items())
        return NOTHING if is_open else None


def relation_of(select: str, known: Mapping[str, Relation]) -> Relation:
    """What a select gives, in DuckDB's words, from the relations that it may read.

    Raises:
        DependenceError: if it reads a relation or a column that is not known.
    """
    tree = parse_one(select, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return _query(tree, known, None)


def _query(tree: exp.Query, known: Mapping[str, Relation], outer: _Scope | None) -> Relation:
    for cte in tree.ctes:
        known = {**known, cte.alias: _query(cte.this, known, outer)}
    if isinstance(tree, exp.SetOperation):
        return _both(_query(tree.left, known, outer), _query(tree.right, known, outer))
    if isinstance(tree, exp.Subquery):
        return _query(tree.this, known, outer)
    assert isinstance(tree, exp.Select)
    return _select(tree, known, outer)


def _both(first: Relation, second: Relation) -> Relation:
    """A union: columns go by their place."""
    pairs = zip(first.columns.items(), second.columns.values(), strict=True)
    columns = {name: one | other for (name, one), other in pairs}
    return Relation(columns, first.rows | second.rows)


def _select(select: exp.Select, known: Mapping[str, Relation], outer: _Scope | None) -> Relation:
    scope = _Scope(select, outer, known)
    rows, is_fanned = _joined(scope)
    for clause in ("where", "having", "qualify"):
        if select.args.get(clause):
            rows |= _rests_on(select.args[clause], scope)
    columns = _projected(scope, rows)
    grains = set() if is_fanned else _grains_passed(scope)
    grains |= _numbered(select)
    keys = _group_keys(select)
    if keys is not None:
        rows |= NOTHING.union(*(_rests_on(key, scope) for key in keys))
        columns = {name: found | rows for name, found in columns.items()}
        grains = {frozenset(_name(p) for p in select.expressions if not _aggregates(p))}
    if select.args.get("distinct"):
        rows = rows.union(*columns.values())
        grains = {frozenset(columns)}
    return Relation(columns, rows, frozenset(grains))


def _joined(scope: _Scope) -> tuple[Sources, bool]:
    """Read the from clause; what its rows rest on, and whether a join may repeat a row."""
    select = scope.select
    rows, is_fanned = NOTHING, False
    if select.args.get("from_") is None:
        return rows, is_fanned
    rows |= _take(scope, select.args["from_"].this)
    for join in select.args.get("joins") or []:
        below = _take(scope, join.this)
        alias = join.this.alias_or_name
        tied = _tied(scope, join, alias) | below
        is_unique = any(grain <= _equated(join, alias) for grain in scope.read[alias].grains)
        if join.side == "LEFT":
            scope.attached[alias] = tied
        elif join.side:  # right and full joins: anything may be missing
            scope.attached = {name: had | tied for name, had in scope.attached.items()}
        if join.side != "LEFT" or not is_unique:
            rows |= tied
        is_fanned = is_fanned or not is_unique
    return rows, is_fanned


def _take(scope: _Scope, table: exp.Expression) -> Sources:
    """Enter a relation into the scope; gives what its rows rest on."""
    if isinstance(table, exp.Subquery):
        relation = _query(table.this, scope.known, scope)
    else:
        relation = _named(scope, table)
    scope.read[table.alias_or_name] = relation
    scope.attached[table.alias_or_name] = NOTHING
    return relation.rows


def _named(scope: _Scope, table: exp.Expression) -> Relation:
    name = table.name
    for literal in _table_names(scope.select):  # e.g. unplaced rows of one table only
        if f"{name} of {literal}" in scope.known:
            return scope.known[f"{name} of {literal}"]
    if name not in scope.known:
        raise DependenceError(f"{name} is not known")
    return scope.known[name]


def _table_names(select: exp.Select) -> Iterator[str]:
    where = select.args.get("where")
    for equal in where.find_all(exp.EQ) if where else ():
        if equal.left.name == "table_name" and isinstance(equal.right, exp.Literal):
            yield equal.right.name


def _tied(scope: _Scope, join: exp.Join, alias: str) -> Sources:
    using = [name.name for name in join.args.get("using") or []]
    found = NOTHING.union(*(scope.column(name, "") for name in using))
    on = join.args.get("on")
    return found | (_rests_on(on, scope) if on else NOTHING)


def _equated(join: exp.Join, alias: str) -> frozenset[str]:
    """The columns of the joined relation that the join holds equal to something."""
    names = {name.name for name in join.args.get("using") or []}
    on = join.args.get("on")
    parts = list(on.flatten()) if isinstance(on, exp.And) else [on]
    for part in parts:
        if isinstance(part, exp.EQ):
            for side in (part.left, part.right):
                if isinstance(side, exp.Column) and side.table == alias:
                    names.add(side.name)
    return frozenset(names)


def _rests_on(tree: exp.Expression, scope: _Scope) -> Sources:
    """What an expression rests on, subqueries and windows included."""
    if isinstance(tree, exp.Query):
        return _query(tree, scope.known, scope).whole
    if isinstance(tree, exp.Column):
        return scope.column(tree.name, tree.table)
    found = NOTHING.union(*(_rests_on(child, scope) for child in tree.iter_expressions()))
    if isinstance(tree, exp.Window):
        # A place among the rows rests on which rows there are.
        found = found.union(*(relation.rows for relation in scope.read.values()))
    return found


def _projected(scope: _Scope, rows: Sources) -> dict[str, Sources]:
    columns: dict[str, Sources] = {}
    is_grouped = _group_keys(scope.select) is not None
    for projection in scope.select.expressions:
        if projection.is_star:
            for alias in _starred(scope, projection):
                columns |= {
                    name: found | scope.attached[alias]
                    for name, found in scope.read[alias].columns.items()
                }
            continue
        found = _rests_on(projection, scope)
        has_window = projection.find(exp.Window) is not None
        columns[_name(projection)] = found | rows if is_grouped or has_window else found
    return columns


def _starred(scope: _Scope, projection: exp.Expression) -> Sequence[str]:
    table = projection.args.get("table") if isinstance(projection, exp.Column) else None
    return [table.name] if table else list(scope.read)


def _name(projection: exp.Expression) -> str:
    return str(projection.alias_or_name)


def _group_keys(select: exp.Select) -> Sequence[exp.Expression] | None:
    """What a select groups by, or None; an aggregate without group by has no key."""
    group = select.args.get("group")
    if group is None:
        return [] if any(_aggregates(p) for p in select.expressions) else None
    if group.args.get("all"):
        return [p for p in select.expressions if not _aggregates(p)]
    return list(group.expressions)


def _aggregates(tree: exp.Expression) -> bool:
    if isinstance(tree, exp.Query | exp.Window):
        return False
    return isinstance(tree, exp.AggFunc) or any(
        _aggregates(child) for child in tree.iter_expressions()
    )


def _grains_passed(scope: _Scope) -> set[frozenset[str]]:
    """The grains of the first relation that the select passes on under its own names."""
    first = next(iter(scope.read), None)
    if first is None:
        return set()
    passed: dict[str, str] = {}
    for projection in scope.select.expressions:
        inner = projection.this if isinstance(projection, exp.Alias) else projection
        if projection.is_star:
            passed |= {
                n: n for n in scope.read[first].columns if first in _starred(scope, projection)
            }
        elif isinstance(inner, exp.Column) and inner.table in ("", first):
            passed[inner.name] = _name(projection)
    return {
        frozenset(passed[name] for name in grain)
        for grain in scope.read[first].grains
        if grain <= passed.keys()
    }


def _numbered(select: exp.Select) -> set[frozenset[str]]:
    """A row_number over a partition names a row together with the partition's columns."""
    found = set()
    outputs = {_name(p) for p in select.expressions}
    for projection in select.expressions:
        window = projection.this if isinstance(projection, exp.Alias) else None
        if isinstance(window, exp.Window) and isinstance(window.this, exp.RowNumber):
            parts = window.args.get("partition_by") or []
            names = {part.name for part in parts}
            if names <= outputs and all(isinstance(part, exp.Column) for part in parts):
                found.add(frozenset(names | {_name(projection)}))
    return found
