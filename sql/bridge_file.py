"""A change bridge as one file: the first state, what each step moved, and what each step was.

It names no patient: a unit that is one stands under a digest. It is a build product of two
releases, and goes with either of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from sql.change_bridge import MOVES, Standing, states
from sql.files import finish, unfinished

Kind = Literal[
    "definition",
    "time",
    "register",
    "policy",
    "answers",
    "new data",
    "correction",
    "roll-back",
    "withdrawal",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
STEP = "step"
SAID = "ire.bridge"  # under which the parts that are no rows stand in the file


@dataclass(frozen=True)
class End:
    """One of the two releases."""

    number: int
    at: datetime
    register: int
    policy: int  # the load of policy values; 0: those shipped
    code_version: str
    data_date: date


@dataclass(frozen=True)
class Step:
    """What one step of the bridge changed, and how far the data go after it.

    `submissions`: those that came in or went, all of one site and kind, next to each other
    in the order of the ledger. `left_out`: records that their sites left out of them.
    """

    kind: Kind
    data_date: date
    site: str | None = None
    submissions: tuple[str, ...] = ()
    at: str | None = None
    left_out: int = 0


@dataclass(frozen=True)
class Bridge:
    """What stands between two releases. `rows` are MOVES of each step, those of step 0 the
    whole first state."""

    first: End
    second: End
    steps: tuple[Step, ...]
    code_version: str  # of the code that built the states between
    rows: pl.DataFrame

    def states(self) -> list[Standing]:
        """Of the rows that were read, the first release's state, and that after each step."""
        parts = self.rows.partition_by(STEP, as_dict=True, include_key=False)
        none = pl.DataFrame(schema=MOVES)
        start = parts.get((0,), none).drop("is_there")
        moves = [parts.get((n,), none) for n in range(1, len(self.steps) + 1)]
        dates = [self.first.data_date, *(step.data_date for step in self.steps)]
        return list(states(start, moves, dates))


def bridge_path(home: Path, first: int, second: int) -> Path:
    return home / "bridges" / f"{first}-{second}.parquet"


def write(path: Path, bridge: Bridge) -> None:
    """Write a bridge whole, or not at all."""
    told = {
        "first": asdict(bridge.first),
        "second": asdict(bridge.second),
        "steps": [asdict(step) for step in bridge.steps],
        "code_version": bridge.code_version,
    }
    path.parent.mkdir(exist_ok=True)
    written = unfinished(path)
    said = json.dumps(told, default=_text)
    bridge.rows.write_parquet(written, metadata={SAID: said}, statistics=True)
    finish(written, path)


def read(
    path: Path, *, sites: Collection[str], indicators: Collection[str] | None = None
) -> Bridge:
    """A bridge with the rows of these sites and, where given, indicators only.

    Raises:
        FileNotFoundError: if it has not been worked out.
    """
    told = json.loads(pl.read_parquet_metadata(path)[SAID])
    wanted = pl.col("site_id").is_in(list(sites))
    if indicators is not None:
        wanted &= pl.col("indicator_id").is_in(list(indicators))
    return Bridge(
        first=_end(told["first"]),
        second=_end(told["second"]),
        steps=tuple(_step(one) for one in told["steps"]),
        code_version=told["code_version"],
        rows=pl.scan_parquet(path).filter(wanted).collect(),
    )


def joined(first: pl.DataFrame, moves: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of a bridge: of step 0 the whole first state, then the moves of each step."""
    parts = [first.with_columns(is_there=pl.lit(True)), *moves]
    numbered = [part.with_columns(pl.lit(n, pl.Int32).alias(STEP)) for n, part in enumerate(parts)]
    return pl.concat(numbered).select(STEP, *MOVES)


def _end(told: dict[str, Any]) -> End:
    days = {"at": datetime.fromisoformat(told["at"])}
    return End(**{**told, **days, "data_date": date.fromisoformat(told["data_date"])})


def _step(told: dict[str, Any]) -> Step:
    until, names = date.fromisoformat(told["data_date"]), tuple(told["submissions"])
    return Step(**{**told, "data_date": until, "submissions": names})


def _text(value: date | datetime) -> str:
    return value.isoformat()
