"""Steps between states add up to the difference of the two ends, whatever the states are."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from sql.change_bridge import (
    COUNTS,
    KEY,
    VALUES,
    Standing,
    after,
    contributions,
    counts,
    moved,
    states,
    units,
)

FIRST = date(2023, 1, 1)
DATA_DATES = (date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30))


def drawn(random):
    """A state: some of thirty units of two indicators and sites, on any day, known or not."""
    chosen = random.permutation(30)[: random.integers(0, 31)]
    rows = [
        (
            f"I{n % 2}",
            f"ZZ{n % 3}01",
            f"u{n}",
            "procedure",
            f"p{n}",
            FIRST + timedelta(days=int(random.integers(0, 1400))),
            random.choice(np.array([0, 1, None], dtype=object)),
        )
        for n in chosen
    ]
    frame = pl.DataFrame(rows, schema=VALUES, orient="row").sort(KEY)
    return Standing(frame, DATA_DATES[random.integers(0, 3)])


@pytest.mark.parametrize("label", ["36 months", "12 months", "2025/26 Q4"])
def test_the_steps_between_random_states_add_up(label):
    random = np.random.default_rng(5)
    for _ in range(15):
        found = [drawn(random) for _ in range(4)]
        steps = contributions(found, label)
        direct = contributions([found[0], found[-1]], label)
        total = steps.group_by("indicator_id", "site_id").agg(pl.col(n).sum() for n in COUNTS)
        total = total.filter(pl.any_horizontal(pl.col(n) != 0 for n in COUNTS))
        keys = ["indicator_id", "site_id"]
        assert total.sort(keys).equals(direct.drop("step").sort(keys))


def test_what_moved_leads_from_each_state_to_the_next():
    random = np.random.default_rng(6)
    found = [drawn(random) for _ in range(12)]
    moves = [moved(before.values, later.values) for before, later in pairwise(found)]
    replayed = list(states(found[0].values, moves, [one.data_date for one in found]))
    for one, again in zip(found, replayed, strict=True):
        assert again.values.sort(KEY).equals(one.values)
        assert counts(again, "36 months").equals(counts(one, "36 months"))


def test_a_state_that_did_not_move_has_no_rows():
    state = drawn(np.random.default_rng(7))
    nothing = moved(state.values, state.values)
    assert nothing.is_empty()
    assert after(state.values, nothing).sort(KEY).equals(state.values)


def test_units_enter_leave_and_change_as_the_counts_do():
    random = np.random.default_rng(8)
    for _ in range(10):
        before, later = drawn(random), drawn(random)
        listed = units(before, later, "36 months")
        change = contributions([before, later], "36 months")
        entered = listed.filter(change="entered").height - listed.filter(change="left").height
        assert entered == change["eligible"].sum()
        is_now = (pl.col("value") == 1).sum().cast(pl.Int64)
        was = (pl.col("value_before") == 1).sum().cast(pl.Int64)
        assert listed.select(is_now - was).item() == change["events"].sum()
