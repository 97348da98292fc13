"""What each outlier rule flags at the registry's volumes, as a simulation measured it.

Made by a benchmark (tests/benchmarks/test_outlier_rules.py), which writes both files anew.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

FILE = Path(__file__).with_name("outlier_rules.csv")
ABOUT = FILE.with_suffix(".toml")


@dataclass(frozen=True)
class Simulation:
    """How the table was made.

    Attributes:
        registries: drawn in each setting. volumes: procedures of each site, by months.
    """

    made: date
    seed: int
    registries: int
    in_control: int
    volumes: dict[int, tuple[int, ...]]


def about() -> Simulation:
    """When, from what and how often it was drawn."""
    told: dict[str, Any] = tomllib.loads(ABOUT.read_text("utf-8"))
    return Simulation(
        told["made"],
        told["seed"],
        told["registries"],
        told["in_control"],
        {int(months): tuple(sizes) for months, sizes in told["volumes"].items()},
    )


def table() -> pl.DataFrame:
    """One row per (months, rate, relative_risk, rule).

    Returns:
        alert, alarm: how often the site is flagged: at a relative risk of 1 any site, each flag
        false; above it the one site whose rate is so much higher. alarm is null where a rule
        has one level. any_alert: how often any site of the registry is, at a risk of 1.
    """
    return pl.read_csv(FILE)
