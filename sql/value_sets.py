"""The value set of the EQ-5D-5L: a file that the registry is given, never one that it ships.

EuroQol's tariffs need a licence. A set stands in REGISTRY_HOME/value_sets/ as
`<day>_<name>.csv` with the columns profile (five levels, 11111 to 55555) and value; it is in
force from that day until a later one is. The whole series is worked out with one set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

NAME = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})_([A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)\.csv$")
PROFILE = r"^[1-5]{5}$"
NOT_RECOMMENDED = frozenset({"ENG5L_DEVLIN2018"})  # NICE position statement of 2019
LOWEST, HIGHEST = -1.0, 1.0
SCHEMA = {"profile": pl.String, "value": pl.Float64}


NO_VALUES = pl.DataFrame(schema=SCHEMA)


class ValueSetError(Exception):
    """A value set cannot be used; the message says which file, what was found and allowed."""


@dataclass(frozen=True)
class ValueSet:
    """The set in force: its name (None: none is), its first day, and profile with value."""

    name: str | None
    since: date | None
    values: pl.DataFrame


def in_force(folder: Path, today: date) -> ValueSet:
    """The latest set whose day is not after today; one without values where there is none.

    Raises:
        ValueSetError: if a file's name or content is not as above.
    """
    found = sorted(
        (day, name, path)
        for path in folder.glob("*.csv")
        for day, name in [_named(path)]
        if day <= today
    )
    if not found:
        return ValueSet(None, None, NO_VALUES)
    day, name, path = found[-1]
    return ValueSet(name, day, _read(path))


def _named(path: Path) -> tuple[date, str]:
    match = NAME.match(path.name)
    if match is None:
        raise ValueSetError(f"{path.name}: name it like 2022-01-01_NAME_OF_THE_SET.csv")
    if match[2] in NOT_RECOMMENDED:
        raise ValueSetError(f"{path.name}: NICE does not recommend this value set; use another")
    return date.fromisoformat(match[1]), match[2]


def _read(path: Path) -> pl.DataFrame:
    try:
        found = pl.read_csv(path, schema=SCHEMA, null_values="")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ValueSetError(
            f"{path.name}: cannot be read as a table; columns: profile, value"
        ) from error
    is_profile = pl.col("profile").str.contains(PROFILE).fill_null(False)
    is_value = pl.col("value").is_between(LOWEST, HIGHEST).fill_null(False)
    wrong = found.filter(~is_profile | ~is_value)
    if wrong.height or found.is_empty():
        raise ValueSetError(
            f"{path.name}: rows without a profile of five levels (1 to 5) and a value from "
            f"{LOWEST:g} to {HIGHEST:g}: {wrong.height}; correct them and load it again"
        )
    if found["profile"].n_unique() != found.height:
        raise ValueSetError(f"{path.name}: a profile stands twice; give each one value")
    return found
