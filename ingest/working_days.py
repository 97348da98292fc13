"""Working days in England, as the rules read them."""

from __future__ import annotations

from datetime import date
from functools import cache

import duckdb
import polars as pl

from sql.working_days import FIRST, LAST, bank_holidays, working_days

__all__ = ["bank_holidays", "load_working_days"]


def load_working_days(connection: duckdb.DuckDBPyConnection) -> None:
    """Make working_day (day, working_days): how many there were up to and with the day."""
    connection.register("arriving", _counted().to_arrow())
    connection.execute("create table working_day as from arriving")
    connection.unregister("arriving")


@cache
def _counted() -> pl.DataFrame:
    is_worked = pl.col("day").is_in(list(working_days()))
    return pl.DataFrame(
        {"day": pl.date_range(date(FIRST, 1, 1), date(LAST, 12, 31), eager=True)}
    ).with_columns(is_worked.cast(pl.Int64).cum_sum().alias("working_days"))
