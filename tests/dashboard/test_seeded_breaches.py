"""Every breach seeded in the demo stands on the Compliance page of those who may see it, only.

The seeds are read from the answer key and the exports, by hand; the pages read the release.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from sql.access import DEMO_VIEWERS, AccessDenied, Viewer
from sql.reader import Reader
from tests.browser import walk
from tests.dashboard.conftest import said

# The rule of the matrix in which a finding of this rule is not met; others stand beside it.
BESIDE = ("P04", "O15", "P02")
JUDGED_BY = {
    **dict.fromkeys(("D04", "D05", "D06"), "C1"),
    **dict.fromkeys(("D02", "T10", "T11"), "C2"),
    "D09": "C3",
    "D08": "C4",
    "D10": "C5",
    **dict.fromkeys(("P01", "P02"), "C6"),
    "P09": "C7",
    **dict.fromkeys(("P03a", "P03b"), "C8"),
    **{rule: rule for rule in ("P04", "O15")},
}
# Beside the column of a finding: what else of the row makes it one.
READS = {"O15": ("device_related_suspected",), "P02": ("tof_count_at_first_pulse",)}
VIEWERS = {
    **DEMO_VIEWERS,
    "lead of ZZ401": Viewer("Dr F. Drawn", "site lead", ("ZZ401",), "ZZ4"),
    "governance of ZZ1 and ZZ2": Viewer(
        "Dr G. Drawn", "governance lead", ("ZZ101", "ZZ102", "ZZ201"), "ZZ1"
    ),
}


@dataclass(frozen=True)
class Seed:
    """One breach of the answer key, and whether the site has corrected its row since."""

    judged_by: str
    site: str
    procedure: str
    is_current: bool

    @property
    def shown(self) -> tuple[str, str, str]:
        return (self.judged_by, self.site, self.procedure)


def seeds() -> Iterator[Seed]:
    for path, export in walk.exports().items():
        found = [one for one in export["findings"] if one["severity"] == "B"]
        tables = walk.read(walk.SAMPLE / path) if found else {}
        first_line = 1 if export["site"] == "ZZ301" else 2  # Parquet counts from 1
        for one in found:
            row = tables[one["table"]][one["line"] - first_line]
            key = tuple(row[name] for name in walk.declared(one["table"])["key"])
            current = walk.current()[export["site"]].get(one["table"], {}).get(key)
            judged_by = JUDGED_BY[one["rule"]]
            if one["rule"] == "P02" and row["nmb_used"] == "Y":
                judged_by = "P02"  # a block, and not a complete one
            read = (one["column"], *READS.get(one["rule"], ()))
            is_current = all(row[name] == (current or {}).get(name) for name in read)
            yield Seed(judged_by, export["site"], row["procedure_id"] or "", is_current)


SEEDS = tuple(seeds())


@contextmanager
def reading(home, name) -> Iterator[Reader]:
    with Reader.open(home, VIEWERS[name]) as reader:
        yield reader


def listed(reader: Reader) -> set[tuple[str, str, str]]:
    """What the page's tables hold for a viewer: rule, site, procedure."""
    rules = reader.compliance()["rule_id"].unique().drop_nulls()
    shown = {
        (rule, site, procedure)
        for rule in rules
        for site, procedure, result in reader.breaches(rule)[
            "site_id", "procedure_id", "result"
        ].iter_rows()
        if result == "not met"
    }
    beside = reader.breaches_beside()["rule", "site_id", "procedure_id"]
    return shown | set(beside.iter_rows())


def test_the_key_seeds_every_kind_of_breach_at_every_kind_of_site():
    assert {seed.judged_by for seed in SEEDS} == {*JUDGED_BY.values(), "P02"}
    assert len(SEEDS) == 58
    assert len({seed.site for seed in SEEDS}) == 8
    assert sum(not seed.is_current for seed in SEEDS) == 2  # sent again, and right


@pytest.mark.parametrize("name", [name for name, who in VIEWERS.items() if who.may("see rows")])
def test_a_viewer_with_rows_sees_every_seed_of_own_sites_and_none_of_another(demo_home, name):
    with reading(demo_home, name) as reader:
        shown = listed(reader)
    who = VIEWERS[name]
    own = {seed.shown for seed in SEEDS if seed.is_current and who.may("see rows", seed.site)}
    assert own
    assert own - shown == set()
    assert {site for _, site, _ in shown if not who.may("see rows", site)} == set()
    corrected = {seed.shown for seed in SEEDS if not seed.is_current}
    assert not corrected & shown


@pytest.mark.parametrize("name", [name for name, who in VIEWERS.items() if who.may("see rows")])
def test_what_stands_beside_the_matrix_is_what_was_seeded(demo_home, name):
    with reading(demo_home, name) as reader:
        found = reader.breaches_beside()
    beside = {
        seed.shown
        for seed in SEEDS
        if seed.is_current and seed.judged_by in BESIDE and VIEWERS[name].may("see rows", seed.site)
    }
    assert set(found["rule", "site_id", "procedure_id"].iter_rows()) == beside
    assert not found["reason"].null_count()
    assert not found["remedy"].null_count()


def test_a_site_of_another_is_refused_and_a_commissioner_every_case(demo_home):
    with reading(demo_home, "lead") as reader, pytest.raises(AccessDenied):
        reader.breaches_beside(site="ZZ302")
    with reading(demo_home, "commissioner") as reader:
        for rule in sorted(set(JUDGED_BY.values())):
            with pytest.raises(AccessDenied):
                reader.breaches(rule)
        with pytest.raises(AccessDenied):
            reader.breaches_beside()


@pytest.mark.parametrize("name", DEMO_VIEWERS)
def test_the_page_lists_the_seeds_of_own_sites_only(open_page, demo_home, name):
    who = DEMO_VIEWERS[name]
    own = [s for s in SEEDS if s.is_current and who.may("see rows", s.site)]
    rule = next((s.judged_by for s in own if s.judged_by.startswith("C")), "C1")
    page = open_page("compliance", name, at_home=demo_home, rule=rule)
    assert not page.exception
    text = said(page)
    for seed in own:
        if seed.judged_by in (rule, *BESIDE):
            assert f"{seed.site},{seed.procedure}" in text, seed
    ids_of_own = {seed.procedure for seed in own}
    for seed in SEEDS:
        if not who.may("see rows", seed.site):
            assert f"{seed.site},{seed.procedure}" not in text
            if seed.procedure not in ids_of_own:
                assert seed.procedure not in text
