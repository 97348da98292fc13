"""A CSV file as a typed polars frame: what cannot be typed becomes null."""

from pathlib import Path

import polars as pl

KINDS = {"integer": pl.Int64, "decimal": pl.Float64, "date": pl.Date}


def typed(path: Path, types: dict[str, str]) -> pl.DataFrame:
    """The columns of the file by the dictionary's types."""
    text = pl.scan_csv(path, infer_schema=False)
    return text.select(_value(name, kind) for name, kind in types.items()).collect()


def _value(name: str, kind: str) -> pl.Expr:
    text = pl.col(name)
    if kind == "boolean":
        return pl.when(text == "Y").then(True).when(text == "N").then(False).alias(name)
    if kind == "date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    return text.cast(KINDS.get(kind, pl.String), strict=False)
