"""Nobody works a small count out of what is published: not even who knows one site exactly."""

from __future__ import annotations

from random import Random

import pytest

from sql.differencing import holds, is_kept, is_of_many, told
from sql.disclosure import UNKNOWN, hes, window
from tests.sql.attack import System, attack
from tests.sql.attacked import attackers, written

SEEDS = (
    3,
    13,
    29,
    1007,
)  # each was told before a rule of sql/differencing.py or its neighbours stood


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_of_a_random_registry_can_be_worked_out(tmp_path, seed):
    random = Random(seed)
    tables, counts = written(tmp_path, random)
    for name, attacker in attackers(counts, random).items():
        assert not attack(tables, counts, attacker), name


def test_the_attack_finds_what_a_site_takes_from_a_total():
    # 11 events are published as 10 (8 to 12); who had 9 of them knows that others had 0 to 3.
    system = System()
    for cell, low, high in (("all",), 8, 12), (("own",), 9, 9), (("others",), 0, 100):
        system.add(cell, low, high)
    system.tie(("all",), [("own",), ("others",)])
    counts = {("all",): 11, ("own",): 9, ("others",): 2}
    assert not system.broken(counts)
    assert system.pinned([("others",)], counts) == {("others",): (0, 3)}
    assert system.broken(counts | {("others",): 4})


@pytest.mark.parametrize(
    ("total", "sites", "is_so"),
    [
        (15, [2, 5, 6], True),
        (10, [2, 3, 5], False),
        (20, [9, 3, 8], True),
        (20, [13, 5, 2], False),
        (20, [0, 0, 20], False),
        (3, [1, 1, 1], False),
        (0, [0, 0, 0], True),
    ],
)
def test_a_national_count_stands_ten_above_every_site(total, sites, is_so):
    assert is_of_many(hes(total), [hes(count) for count in sites]) is is_so


@pytest.mark.parametrize("own", range(41))
def test_shown_or_not_a_count_leaves_five_values_to_the_other_sites(own):
    """Whoever knows the rule, too: of all that the others may have, none is alone."""
    said = {}
    for others in range(60):
        for first in range(others + 1):  # however two others share it
            rounded, sites = hes(own + others), (own, first, others - first)
            is_shown = is_of_many(rounded, [hes(count) for count in sites])
            said.setdefault(rounded if is_shown else None, set()).add(others)
    for values in said.values():
        assert values == {0} or len(values) >= 5 or min(values) > 7 or max(values) > 50


def test_what_is_left_without_one_site_keeps_five_values():
    windows = {"all": window(20), "event": window(15), "rest": UNKNOWN}
    adding = [("all", ["event", "rest"])]  # the rest is 1 to 9
    assert not told(windows, {}, adding)
    assert not told(windows, {"rest": {"A": 5}}, adding)
    assert told(windows, {"rest": {"A": 6}}, adding) == {"rest"}
    assert not told(
        {"all": window(60), "event": window(15), "rest": UNKNOWN}, {"rest": {"A": 6}}, adding
    )


def test_sites_and_years_keep_their_values_from_whoever_knows_one_site():
    # Sites of 10, 10 and a star: of 30 (28 to 32) the star is 4 at least.
    sites = [window(10), window(10), window(None)]
    assert not is_kept(sites, [window(30)], [12])
    assert is_kept([window(10), window(15), window(None)], [window(30)], [12])
    # The others have 1 to 7 in all: of two years the one withheld is no more.
    assert not is_kept([window(10), window(None)], [window(10), UNKNOWN], [12, 12])


def test_a_count_of_some_raises_no_site_above_what_is_published_of_it():
    sites = [window(10), window(10), window(None)]
    assert not holds(sites, window(30))
    assert holds(sites, window(15))
