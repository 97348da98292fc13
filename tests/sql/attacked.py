"""Registries near the edges where published counts give one another away, and their true counts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import polars as pl

from sql.publish import strata
from sql.reader_periods import period, quarter
from sql.statistics.survival import YEAR_DAYS
from tests.sql.attack import (
    KINDS,
    NESTED,
    RULES,
    SURVIVALS,
    WAITING,
    Attacker,
    Cell,
    Counts,
    between_survivals,
)
from tests.sql.small_cases import DATA_DATE, FIRST, SITES, Procedure, procedures
from tests.sql.small_release import write_release

SHAPES = ("even", "one dominates", "few sites", "small", "larger")
SIZES = {
    "even": (20, 31, 40, 52),
    "one dominates": (8, 12, 16),
    "few sites": (16, 24, 33),
    "small": (1, 3, 5, 8, 12),
    "larger": (60, 90, 140),
}
SHARES = (0.0, 0.02, 0.08, 0.3, 0.6, 0.93, 1.0)  # of events; complements near the whole too
FOLLOWED_DAYS = 90
RATES = [name for names in NESTED for name in names]


def registry(random: Random) -> list[Procedure]:
    """Procedures of three to six sites over 30 months, with events that cluster at some."""
    shape = random.choice(SHAPES)
    sites = random.sample(list(SITES), 3 if shape == "few sites" else random.randint(4, 6))
    sizes = {site: random.choice(SIZES[shape]) for site in sites}
    if shape == "one dominates":
        sizes[sites[0]] = sum(sizes.values()) + random.randint(-3, 12)
    share = {name: _shares(random, sites) for name in (*RATES, *RULES)}
    unknown = {name: random.choice((0.0, 0.0, 0.05, 0.4)) for name in (*RATES, *RULES)}
    late = random.choice((0.1, 0.5, 0.9))  # procedures of the last twelve months
    parts = _parts(random)
    drawn = []
    for site in sites:
        for procedure in procedures(site, sizes[site]):
            back = random.randint(0, 360) if random.random() < late else random.randint(370, 900)
            procedure.day = max(FIRST, DATA_DATE - timedelta(days=back))
            _outcome(random, procedure, {name: share[name][site] for name in share}, unknown)
            for name, (values, weights) in parts.items():
                setattr(procedure, name, random.choices(values, weights)[0])
            procedure.followed_days = random.choice((100.0, 380.0, 800.0, 1200.0))
            if random.random() < share["S7_90"][site]:
                procedure.survival_days = random.randint(0, 900)
            drawn.append(procedure)
    return drawn


def _shares(random: Random, sites: list[str]) -> dict[str, float]:
    """The share with an event at each site: like, or of one site alone, or as it comes."""
    way = random.choice(("like", "one site", "any"))
    share, chosen = random.choice(SHARES), random.choice(sites)
    if way == "any":
        return {site: random.choice(SHARES) for site in sites}
    return {site: share if way == "like" or site == chosen else 0.0 for site in sites}


def _outcome(
    random: Random, procedure: Procedure, share: dict[str, float], unknown: dict[str, float]
) -> None:
    for name in (*RATES, *RULES):
        value: int | None = int(random.random() < share[name])
        if name.endswith("_90") and procedure.values[name.replace("_90", "_30")] == 1:
            value = 1  # an event of 30 days is one of 90
        value = None if random.random() < unknown[name] and value != 1 else value
        met = None if value is None else 1 - value
        procedure.values[name] = met if name in RULES else value


def _parts(random: Random) -> dict[str, tuple[list[Any], list[int]]]:
    values: dict[str, list[Any]] = {
        "age_band": ["under 55", "65 to 74", "75 and over", None],
        "sex": ["male", "female"],
        "ethnic_group": ["White", "Asian", "Black"],
        "imd_quintile": [1, 2, 3, 4, 5],
    }
    return {
        name: (given, [random.choice((0, 1, 4, 20)) for _ in given[1:]] + [20])
        for name, given in values.items()
    }


def written(home: Path, random: Random) -> tuple[dict[str, pl.DataFrame], dict[str, Counts]]:
    """A registry's release: the tables of its public file, and each site's true counts."""
    drawn = registry(random)
    returned = {p.site: random.randint(1, 40) for p in drawn}
    write_release(home, drawn, expected=returned, more=_progressions(random, drawn))
    folder = home / "releases"
    with duckdb.connect(str(folder / "release-14.public.duckdb"), read_only=True) as public:
        names = [name for (name,) in public.execute("show tables").fetchall()]
        tables = {name: public.sql(f"select * from {name}").pl() for name in names}
    with duckdb.connect(str(folder / "release-14.duckdb"), read_only=True) as full:
        values = full.sql("select * from indicator_value").pl()
    return tables, true_counts(drawn, values, tables)


def _progressions(random: Random, drawn: list[Procedure]) -> list[dict[str, object]]:
    """Survival free of progression: the first of a progression, at some sites only, and death."""
    share = {p.site: random.choice(SHARES) for p in drawn}
    rows: list[dict[str, object]] = []
    for p in drawn:
        end = p.followed_days if p.survival_days is None else p.survival_days
        has_progressed = random.random() < share[p.site]
        has_ended = has_progressed or p.survival_days is not None
        rows.append(
            {
                "indicator_id": "E5_PFS",
                "site_id": p.site,
                "unit_key": p.patient_key,
                "procedure_id": p.id,
                "event_date": p.day,
                "value": int(has_ended),
                "time_days": end * random.choice((0.3, 0.6, 0.9)) if has_progressed else end,
            }
        )
    return rows


def true_counts(
    drawn: list[Procedure], values: pl.DataFrame, tables: dict[str, pl.DataFrame]
) -> dict[str, Counts]:
    """Each site's share of every cell of an attack, counted procedure by procedure."""
    counts: dict[str, Counts] = {site: defaultdict(int) for site in SITES}
    by_key = {(p.site, p.id): p for p in drawn}
    starts = {label: period(label, DATA_DATE).start for label in ("36 months", "12 months")}
    for row in values.filter(pl.col("time_days").is_null()).iter_rows(named=True):
        procedure, rule = by_key[row["site_id"], row["procedure_id"]], row["indicator_id"]
        share, day = counts[procedure.site], procedure.day
        kind = _kind(rule, row["value"])
        if rule in strata()["compliance"]["national_rules"]:
            year = quarter(day).label.split()[0]
            places = [("year", year, rule), ("site", procedure.site, rule), ("total", rule)]
        elif day + timedelta(days=FOLLOWED_DAYS) <= DATA_DATE:
            recent = "12 months" if day >= starts["12 months"] else "earlier"
            places = [("rate", rule, "36 months"), ("rate", rule, recent)]
            places += [("part", rule, *part) for part in _of(procedure)]
        else:
            places = []  # no national rate counts it
        for place in places:
            share[*place, "n"] += 1
            share[*place, kind] += 1
        if rule == "C1" and date(2025, 4, 1) <= day <= date(2025, 6, 30):
            share["returned", procedure.site, "n"] += 1
    for share in counts.values():
        for shorter, longer in NESTED:
            for label in starts:
                of = [("rate", name, label, "x") for name in (longer, shorter)]
                share["between", shorter, label] = share[of[0]] - share[of[1]]
    years = sorted(tables["pub_survival"]["years"].unique())
    for indicator in SURVIVALS:
        _courses(counts, values, indicator, years)
    for share in counts.values():
        followed = share["rate", NESTED[0][0], "36 months", "n"]
        share[WAITING] = share["total", "C1", "n"] - followed
        for cell, adding in between_survivals(years).items():
            share[cell] = sum(factor * share[of] for of, factor in adding)
    return counts


def _kind(rule: str, value: int | None) -> str:
    has_event = value == 0 if rule.startswith("C") else value == 1
    return KINDS[2] if value is None else KINDS[1] if has_event else KINDS[3]


def _of(procedure: Procedure) -> list[Cell]:
    imd = procedure.imd_quintile
    return [
        ("age", procedure.age_band or "not known"),
        ("sex", procedure.sex or "not known"),
        ("ethnic group", procedure.ethnic_group or "not known"),
        ("deprivation", f"fifth {imd}" if imd else "not known"),
    ]


def _courses(
    counts: dict[str, Counts], values: pl.DataFrame, indicator: str, years: list[int]
) -> None:
    """Who entered, had the end, stayed and left, by landmark."""
    known = values.filter(pl.col("indicator_id") == indicator, pl.col("value").is_not_null())
    for row in known.iter_rows(named=True):
        share, time = counts[row["site_id"]], row["time_days"] / YEAR_DAYS
        for year in years:
            place = ("life", indicator, str(year))
            stayed = time > year or (time == year and not row["value"])
            end = "at_risk" if stayed else "events" if row["value"] else "left"
            share[*place, "entered"] += 1
            share[*place, end] += 1
            if not stayed:
                break


def attackers(counts: dict[str, Counts], random: Random) -> dict[str, Attacker]:
    """A commissioner, a site that knows its own rows exactly, and both together.

    The site is the largest, or any.
    """
    treating = [site for site in counts if counts[site]]
    largest = max(treating, key=lambda site: sum(counts[site].values()))
    site = random.choice((largest, random.choice(treating)))
    return {
        "a commissioner": Attacker(),
        "a site": Attacker(site, sees_sites=False),
        "a commissioner with a site": Attacker(site),
    }
