"""Disclosure control: one rounding, and nothing but functions of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql.disclosure import (
    hes,
    is_national,
    is_protected,
    leaves_few,
    narrowed,
    parted,
    percent,
    text,
    whole,
    window,
)
from sql.validation import references


def test_counts_are_rounded_as_hes_rounds_them():
    rows = references.table("sdc_rules.csv")
    assert rows.height == 28
    for row in rows.iter_rows(named=True):
        assert text(hes(row["true"])) == str(row["hes"]), row


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (17, "15"), (18, "20")],
)
def test_one_to_seven_are_suppressed_and_eight_is_ten(count, shown):
    assert text(hes(count)) == shown


def test_a_negative_count_is_an_error():
    with pytest.raises(ValueError, match="not negative"):
        hes(-1)


@given(st.integers(0, 2000))
def test_every_nonzero_published_count_hides_at_least_five(count):
    low, high = window(hes(count))
    assert low <= count <= high
    assert {hes(n) for n in range(low, high + 1)} == {hes(count)}
    assert count == 0 or high - low + 1 >= 5


@pytest.mark.parametrize(
    ("events", "n", "shown"),
    [
        (hes(9), hes(60), (17, 9, 28)),
        (0, hes(60), (0, 0, 6)),
        (hes(60), hes(60), (100, 94, 100)),
        (hes(5), hes(60), None),  # numerator suppressed
        (hes(10), hes(17), None),  # rounded denominator 15
        (hes(10), hes(18), (50, 30, 70)),  # rounded denominator 20
        (0, hes(0), None),
        (None, None, None),
    ],
)
def test_a_per_cent_needs_a_rounded_denominator_of_20(events, n, shown):
    found = percent(events, n)
    assert (found and (found.percent, found.lower, found.upper)) == shown


def test_whole_per_cents_round_halves_up_without_floating_point():
    assert [whole(5, 40), whole(1, 200), whole(15, 40), whole(199, 200)] == [13, 1, 38, 100]


@pytest.mark.parametrize(
    ("sites", "is_shown"),
    [
        ([30, 30, 30], True),
        ([30, 30], False),
        ([30, 30, 0], False),
        ([100, 10, 10], False),
        ([40, 20, 20], True),
        ([None, None, None], False),  # 7 of 9 could be one site's
        ([10, None, None, None, None], False),  # 12 of 16
        ([], False),
    ],
)
def test_a_national_figure_needs_three_sites_and_none_with_over_two_thirds(sites, is_shown):
    assert is_national(sites, 10) is is_shown


def test_a_national_figure_is_of_eight_at_least():
    # Of five sites and suppressed it would be 5 to 7.
    assert is_national([None] * 5, 10)
    assert not is_national([None] * 5, None)


@given(st.lists(st.integers(0, 60), max_size=8))
def test_dominance_is_never_overlooked_by_judging_rounded_counts(counts):
    if is_national([hes(count) for count in counts], hes(sum(counts))):
        assert 3 * max(counts) <= 2 * sum(counts)
        assert sum(count > 0 for count in counts) >= 3
        assert hes(sum(counts)) is not None


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((60, 10, 5), (60, 10, None)),
        ((60, 10, 0), (60, 10, 0)),
        ((20, 20, 3), (20, 20, None)),
        ((20, 20, 0), (20, 20, None)),  # zero, too, or the star would say "not zero"
        ((10, 2, 9), (10, None, 10)),
        ((10, 0, 9), (10, None, 10)),
        ((3, 0, 0), (None, 0, 0)),
    ],
)
def test_a_part_is_suppressed_where_the_other_nearly_fills_the_whole(counts, shown):
    assert parted(*(hes(count) for count in counts)) == shown


@pytest.mark.parametrize(
    ("counts", "is_so"),
    [
        ((17, 8, 9), True),  # of 13 to 17 two parts of 8 at least leave 0 or 1
        ((22, 13, 8), True),
        ((22, 10, 10), False),  # 0 to 6 are left
        ((20, 20, 0), False),  # 0 to 4
        ((20, 5, 15), False),
    ],
)
def test_two_parts_may_leave_too_few_of_a_whole(counts, is_so):
    assert leaves_few(*(hes(count) for count in counts)) is is_so


@given(st.tuples(*[st.integers(0, 40)] * 3))
def test_what_two_parts_leave_of_a_whole_keeps_five_values(counts):
    shown = parted(*(hes(count) for count in (sum(counts), *counts[:2])))
    least = [0 if count is None else window(count)[0] for count in shown]
    most = window(shown[0])[1] - least[1] - least[2]
    assert most == 0 or leaves_few(*shown) or most + 1 >= 5


def test_two_sets_of_cells_with_one_total_may_not_narrow_a_suppressed_cell():
    sites, years = [0, 10, 0], [0, None, 10]
    windows = [[window(cell) for cell in cells] for cells in (sites, years)]
    assert not is_protected(*windows)
    assert not is_protected(*windows[::-1])
    wider = [window(cell) for cell in [None, 10, 0]]
    assert is_protected(wider, windows[1])
    assert is_protected([(0, 10**9)] * 2, windows[1])


def test_counts_are_narrowed_by_all_that_they_add_up_to():
    windows = {
        "all": (48, 52),
        "men": (33, 37),
        "women": (18, 22),
        "old": (43, 47),
        "young": (1, 7),
    }
    sums = [("all", ["men", "women"]), ("all", ["old", "young"])]
    found = narrowed(windows, sums)
    assert (found["all"], found["young"], found["men"]) == ((51, 52), (4, 7), (33, 34))


def test_counts_that_do_not_add_up_are_contradicted_and_not_narrowed_for_ever():
    found = narrowed(
        {"all": (60, 64), "one": (8, 12), "other": (8, 12)}, [("all", ["one", "other"])]
    )
    assert any(low > high for low, high in found.values())
