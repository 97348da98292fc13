"""The differencing attack: all that a reader of a release's public file can work out.

Every count that is published, and every count that published ones leave, is an integer unknown
between what its text allows; what must add up is a tie. Who knows one site's rows exactly knows
that no count is less than that site's share of it. A solver gives the least and the most that
each count can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from sql.disclosure import BASE, LARGEST_SUPPRESSED, SUPPRESSED, is_filled, window

LARGE = 2000
COMPLIANCE = {"n": "procedures", "x": "breaches", "u": "cannot_tell"}
RATES = {"n": "eligible", "x": "events", "u": "unknown"}
KINDS = ("n", "x", "u", "r")  # of, with the event, not known, the rest
# Of the same procedures, the longer window last: who has the event in the first has it there.
NESTED = (("S5_30", "S5_90"), ("S7_30", "S7_90"))
RULES = ("C1", "C2", "C6")  # by site and year, the same once more, by year alone

WAITING = ("between", "C1", "followed")  # judged, and not followed for 90 days
SURVIVALS = ("E6_OS", "E5_PFS")  # who is dead has had the end of the second too

Cell = tuple[str, ...]
Counts = dict[Cell, int]


@dataclass
class System:
    """Integer unknowns between bounds, and the ties between them."""

    low: dict[Cell, int] = field(default_factory=dict)
    high: dict[Cell, int] = field(default_factory=dict)
    ties: list[tuple[list[tuple[Cell, int]], int, int]] = field(default_factory=list)

    def add(self, cell: Cell, low: int = 0, high: int = LARGE) -> None:
        self.low[cell], self.high[cell] = low, high

    def tie(self, total: Cell, parts: list[Cell], least: int = 0, most: int = 0) -> None:
        """total - parts lies between least and most."""
        self.ties.append(([(total, 1), *((part, -1) for part in parts)], least, most))

    def broken(self, counts: Mapping[Cell, int]) -> list[object]:
        """What true counts do not satisfy; there must be nothing, or the model is wrong."""
        outside = [cell for cell, n in counts.items() if not self.low[cell] <= n <= self.high[cell]]
        return outside + [
            terms
            for terms, least, most in self.ties
            if not least <= sum(factor * counts[cell] for cell, factor in terms) <= most
        ]

    def pinned(self, cells: list[Cell], counts: Mapping[Cell, int]) -> dict[Cell, tuple[int, int]]:
        """The cells that keep fewer than five values, with the least and the most.

        Every solution tells of all cells: most need no question of their own.
        """
        names = {cell: place for place, cell in enumerate(self.low)}
        bounds = [tuple(side.values()) for side in (self.low, self.high)]
        entries = [
            (row, names[cell], factor)
            for row, (terms, _, _) in enumerate(self.ties)
            for cell, factor in terms
        ]
        at, column, value = zip(*entries, strict=True)
        shape = (len(self.ties), len(names))
        limits = [[tie[side] for tie in self.ties] for side in (1, 2)]
        constraint = LinearConstraint(csr_array((value, (at, column)), shape), *limits)
        seen = np.array([[counts[cell] for cell in names]] * 2)

        def solve(objective: np.ndarray) -> None:
            found = milp(
                objective, integrality=np.ones(len(names)), bounds=bounds, constraints=constraint
            )
            assert found.success, found.message
            point = np.round(found.x).astype(int)
            seen[0], seen[1] = np.minimum(seen[0], point), np.maximum(seen[1], point)

        def is_open(place: int) -> bool:
            return bool(seen[1, place] - seen[0, place] + 1 >= BASE)

        random = np.random.default_rng(0)
        for _ in range(4):
            direction = random.normal(size=len(names))
            solve(direction)
            solve(-direction)
        told = {}
        for cell in cells:
            place = names[cell]
            for sign in (1, -1):
                if not is_open(place):
                    target = np.zeros(len(names))
                    target[place] = sign
                    solve(target)
            if not is_open(place):
                told[cell] = int(seen[0, place]), int(seen[1, place])
        return told


@dataclass(frozen=True)
class Attacker:
    """Who reads: a site's exact counts or none, and whether other sites are named to them."""

    site: str | None = None
    sees_sites: bool = True


def attack(
    tables: Mapping[str, pl.DataFrame],
    counts: Mapping[str, Counts],
    attacker: Attacker,
) -> dict[Cell, tuple[int, int]]:
    """The true counts of 1 to 7, none of the attacker's own, that keep fewer than five values.

    Args:
        tables: every table of the public file.
        counts: by site, its true share of every cell.
    """
    system = read(tables, counts, attacker)
    total = {cell: sum(share[cell] for share in counts.values()) for cell in system.low}
    assert not system.broken(total), system.broken(total)[:3]
    own = counts.get(attacker.site or "", {})
    small = [
        cell
        for cell, n in total.items()
        if any(1 <= left <= LARGEST_SUPPRESSED for left in (n, n - own.get(cell, 0)))
        and not (own and n == own[cell])
    ]
    return system.pinned(small, total)


def read(
    tables: Mapping[str, pl.DataFrame], counts: Mapping[str, Counts], attacker: Attacker
) -> System:
    """Everything that the attacker reads and knows, as unknowns and ties."""
    system = System()
    rates = pl.col("indicator_id").is_in([name for names in NESTED for name in names])
    rules = pl.col("rule_id").is_in(RULES)
    kept = {"pub_national": rates, "pub_equity": rates}
    kept |= dict.fromkeys(("pub_compliance", "pub_compliance_national"), rules)
    tables = {**tables} | {name: tables[name].filter(claim) for name, claim in kept.items()}
    _sites(system, tables, attacker)
    _years(system, tables)
    _rates(system, tables["pub_national"])
    _parts(system, tables["pub_equity"])
    for name in ("pub_survival", "pub_incidence"):
        _life_tables(system, tables[name])
    years = sorted(tables["pub_survival"]["years"].unique())
    entered = [("life", name, str(years[0]), "entered") for name in SURVIVALS]
    system.tie(entered[0], entered[1:])  # of the same patients
    for cell, adding in between_survivals(years).items():
        system.add(cell)
        system.ties.append(([(cell, -1), *adding], 0, 0))
    for cell, n in counts.get(attacker.site or "", {}).items():
        if cell in system.low:
            is_own = attacker.site in cell
            system.low[cell] = n if is_own else max(system.low[cell], n)
            system.high[cell] = n if is_own else system.high[cell]
    return system


def _sites(system: System, tables: Mapping[str, pl.DataFrame], attacker: Attacker) -> None:
    """Named sites: procedures, breaches and a status by rule, and returns."""
    for row in tables["pub_compliance"].iter_rows(named=True):
        site, rule, status = row["site_id"], row["rule_id"], row["status"]
        bounds = dict.fromkeys(KINDS, (0, LARGE))
        if attacker.sees_sites:
            bounds["n"] = allowed(row["procedures_text"])
            if row["breaches_text"] is not None:
                bounds["x"] = allowed(row["breaches_text"])
            if status in ("met", "cannot tell"):
                bounds["u"] = (0, 0) if status == "met" else (1, LARGE)
        _whole(system, ("site", site, rule), bounds)
        system.tie(("site", site, rule, "n"), [("site", site, "C1", "n")])
    for row in tables["pub_ascertainment"].iter_rows(named=True):
        if (site := row["site_id"]) is not None:
            shown = allowed(row["procedures_text"]) if attacker.sees_sites else (0, LARGE)
            system.add(("returned", site, "n"), *shown)
            system.tie(("site", site, "C1", "n"), [("returned", site, "n")], 0, LARGE)


def _years(system: System, tables: Mapping[str, pl.DataFrame]) -> None:
    """National compliance by year: sites and years add up to the same totals."""
    found = tables["pub_compliance_national"]
    sites = tables["pub_compliance"]["site_id"].unique().to_list()
    for row in found.iter_rows(named=True):
        _whole(system, ("year", row["financial_year"], row["rule_id"]), _bounds(row, COMPLIANCE))
    for rule in found["rule_id"].unique():
        years = found.filter(rule_id=rule)["financial_year"].to_list()
        of_sites = "C1" if ("site", sites[0], rule, "n") not in system.low else rule
        for kind in KINDS if rule == of_sites else ("n",):
            total = ("total", rule, kind)
            system.add(total)
            system.tie(total, [("year", year, rule, kind) for year in years])
            system.tie(total, [("site", site, of_sites, kind) for site in sites])
        for year in years:
            system.tie(("year", year, rule, "n"), [("year", year, "C1", "n")])


def _rates(system: System, found: pl.DataFrame) -> None:
    """National rates: the last 12 of 36 months, and what is left, the 24 before."""
    for row in found.iter_rows(named=True):
        _whole(system, ("rate", row["indicator_id"], row["period"]), _bounds(row, RATES))
    for indicator in found["indicator_id"].unique(maintain_order=True):
        parts = [("rate", indicator, period) for period in ("12 months", "earlier")]
        _whole(system, parts[1], {})
        for kind in KINDS:
            whole = ("rate", indicator, "36 months", kind)
            system.tie(whole, [(*part, kind) for part in parts])
    for period in ("36 months", "12 months"):
        # All count the same procedures: those followed for 90 days.
        same = [("rate", name, period, "n") for names in NESTED for name in names]
        for one, other in pairwise(cell for cell in same if cell in system.low):
            system.tie(one, [other])
        for shorter, longer in NESTED:
            short, long = (("rate", name, period, "x") for name in (shorter, longer))
            between = ("between", shorter, period)  # an event of 90 days, and none of 30
            system.add(between)
            system.tie(long, [short, between])
    if ("total", "C1", "n") in system.low:  # they are some of those whose compliance is judged
        system.add(WAITING)
        system.tie(("total", "C1", "n"), [("rate", NESTED[0][0], "36 months", "n"), WAITING])


def _parts(system: System, found: pl.DataFrame) -> None:
    for row in found.iter_rows(named=True):
        place = ("part", row["indicator_id"], row["group"], row["part"])
        _whole(system, place, _bounds(row, RATES))
    for indicator, group in found.select("indicator_id", "group").unique().iter_rows():
        parts = found.filter(indicator_id=indicator, group=group)["part"]
        for kind in KINDS:
            places = [("part", indicator, group, part, kind) for part in parts]
            system.tie(("rate", indicator, "36 months", kind), places)


def _life_tables(system: System, found: pl.DataFrame) -> None:
    """Who entered a year ended, stayed to be at risk, or left without an end."""
    names = [
        name
        for name in ("entered", "events", "competing", "at_risk")
        if f"{name}_text" in found.columns
    ]
    for indicator in found["indicator_id"].unique(maintain_order=True):
        rows = found.filter(indicator_id=indicator).sort("years").to_dicts()
        for row in rows:
            place = ("life", indicator, str(row["years"]))
            is_withheld = (row["note"] or "").startswith(("withheld", "fewer than three"))
            for name in names:
                # Who entered are those who stayed; after a withheld year nothing is known of them.
                least = int(not is_withheld and name != "entered")
                text = row[f"{name}_text"]
                bounds = (least, LARGE) if text == SUPPRESSED else allowed(text)
                system.add((*place, name), *bounds)
            system.add((*place, "left"))
            parts = [(*place, name) for name in (*names[1:], "left")]
            system.tie((*place, "entered"), parts)
        for before, row in pairwise(rows):
            stayed = ("life", indicator, str(before["years"]), "at_risk")
            system.tie(("life", indicator, str(row["years"]), "entered"), [stayed])


def between_survivals(years: Sequence[int]) -> dict[Cell, list[tuple[Cell, int]]]:
    """Those who live with a progression, by landmark, as sums of counts of the two tables.

    Of those at risk of death so many are not at risk of a progression any more; and so many
    ends of the second table, up to a year, are no deaths.
    """
    overall, free = (("life", name) for name in SURVIVALS)
    found = {}
    for number, year in enumerate(years, start=1):
        at = [(*name, str(year), "at_risk") for name in (overall, free)]
        ends = [
            ((*name, str(until), "events"), factor)
            for name, factor in ((free, 1), (overall, -1))
            for until in years[:number]
        ]
        found["between", "at risk", str(year)] = [(at[0], 1), (at[1], -1)]
        found["between", "ends", str(year)] = ends
    return found


def _whole(system: System, place: Cell, bounds: Mapping[str, tuple[int, int]]) -> None:
    """A count and its three parts."""
    for kind in KINDS:
        system.add((*place, kind), *bounds.get(kind, (0, LARGE)))
    system.tie((*place, "n"), [(*place, kind) for kind in KINDS[1:]])


def _bounds(row: Mapping[str, object], names: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """What a row of national counts allows; of what is withheld nothing is known."""
    texts = {kind: str(row[f"{name}_text"]) for kind, name in names.items()}
    if texts["n"] == SUPPRESSED:
        return {}
    bounds = {kind: allowed(text) for kind, text in texts.items()}
    n, x, u = (None if text == SUPPRESSED else int(text) for text in texts.values())
    for kind, count, other in (("x", x, u), ("u", u, x)):
        if count is None and str(row["note"]).startswith("withheld"):
            bounds[kind] = (0, LARGE)
        elif count is None:  # any but none: too few, or too near one site's
            bounds[kind] = (0 if is_filled(n, other) else 1, LARGE)
    return bounds


def allowed(text: str) -> tuple[int, int]:
    return window(None if text == SUPPRESSED else int(text))
