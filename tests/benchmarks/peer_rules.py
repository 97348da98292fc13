"""The column rules of a table as plain values, for a validator that knows nothing of ours."""

from collections.abc import Sequence
from typing import Any

from expectations.dictionary import site_tables
from expectations.suite import suite

KINDS = {
    "ExpectColumnValuesToNotBeNull": "not_null",
    "ExpectColumnValuesToBeInSet": "in",
    "ExpectColumnValuesToMatchRegex": "match",
    "ExpectColumnValuesToBeBetween": "between",
    "ExpectColumnValueLengthsToBeBetween": "length",
}


def plain_rules(table: str, columns: Sequence[str]) -> dict[str, Any]:
    """Types, key and rules of some of a table's columns.

    Each rule has id, column and kind (KINDS), and what that kind asks: values, pattern,
    or low and high; `when` names a column and the values at which it is in force.
    """
    about = site_tables()[table]
    rules = [
        _plain(expectation)
        for expectation in suite(table).expectations
        if getattr(expectation, "column", None) in columns
    ]
    types = {name: about.columns[name].type for name in columns}
    return {"types": types, "key": about.key[0], "rules": rules}


def _plain(expectation: Any) -> dict[str, Any]:
    condition = expectation.row_condition
    when = condition and {"column": condition.column.name, "values": list(condition.parameter)}
    return {
        "id": expectation.meta["rule"],
        "column": expectation.column,
        "kind": KINDS[type(expectation).__name__],
        "when": when,
        "values": list(getattr(expectation, "value_set", None) or ()),
        "pattern": getattr(expectation, "regex", None),
        "low": getattr(expectation, "min_value", None),
        "high": getattr(expectation, "max_value", None),
    }
