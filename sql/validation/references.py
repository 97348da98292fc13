"""The recorded answers of other programs and papers, as they ship with the product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

FOLDER = Path(__file__).parents[1] / "references"


def table(name: str) -> pl.DataFrame:
    """A table of answers; an empty cell is null. Its columns: README.md beside it."""
    return pl.read_csv(FOLDER / name, infer_schema_length=None)


def answers(name: str) -> dict[str, Any]:
    """Answers that are no table, by what they are of."""
    read: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return read
