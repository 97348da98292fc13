"""National figures by group: rounded, and withheld where the whole would show a part."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sql.access import Viewer
from sql.disclosure import SUPPRESSED, is_filled
from sql.published_equity import WITHHELD, protected
from sql.published_rates import COUNTS, LEAVES_FEW, TOO_FEW, national_figure
from sql.reader import Reader
from tests.sql.small_release import procedures, write_release
from tests.sql.test_disclosure_solver import FEWEST_CANDIDATES, Cells, rounded

COMMISSIONER = Viewer("D. Demo", "commissioner")


def by_group(home, group):
    with Reader.open(home, COMMISSIONER) as reader:
        return reader.published_equity("S5_30").filter(pl.col("group") == group)


def registry(older, events=0):
    drawn = []
    for site in ("ZZ101", "ZZ102", "ZZ201"):
        of_site = procedures(site, 40, S5_30=events)
        for procedure in of_site[40 - older :]:
            procedure.age_band = "75 and over"
        drawn += of_site
    return drawn


def test_groups_are_published_in_rounded_counts(tmp_path):
    found = by_group(write_release(tmp_path, registry(20)), "age")
    told = dict(found.select("part", "eligible_text").iter_rows())
    assert told["65 to 74"] == "60"
    assert told["75 and over"] == "60"
    assert found.filter(part="75 and over")["percent"].to_list() == [0]


def test_a_group_of_few_stays_unknown_beside_the_rounded_whole(tmp_path):
    # 120 in all (118 to 122), 111 of one group (110: 108 to 112): the other may be any of 6 to
    # 14, and without the 7 that one site may have at most, 0 to 7.
    found = by_group(write_release(tmp_path, registry(3)), "age")
    told = dict(found.select("part", "eligible_text").iter_rows())
    assert (told["65 to 74"], told["75 and over"], told["under 55"]) == ("110", "*", "0")


def test_groups_are_withheld_where_the_whole_would_show_one(tmp_path):
    # 27 events in all (25: 23 to 27), 23 of one group (25): the other's 4 would be 1 to 4.
    drawn = registry(20)
    for number in (*range(8), *range(40, 48), *range(80, 87), 20, 60, 100, 101):
        drawn[number].values["S5_30"] = 1
    found = by_group(write_release(tmp_path, drawn), "age")
    assert set(found["eligible_text"]) == {"*"}
    assert found["note"].unique().to_list() == [WITHHELD]


def test_registries_that_differ_within_the_rounding_publish_the_same_groups(tmp_path):
    one, two = registry(20), registry(20)
    two[-1].age_band = "65 to 74"  # 61 and 59, of 60 and 60
    found = [
        by_group(write_release(tmp_path / str(number), drawn), "age").rows()
        for number, drawn in enumerate((one, two))
    ]
    assert found[0] == found[1]
    assert {row[1]: row[2] for row in found[0]}["75 and over"] == "60"


def figure(eligible, events=0, unknown=0):
    """What is published of so many at eight like sites."""
    if not eligible:
        none = {f"{name}_text": "0" for name in COUNTS} | dict.fromkeys(COUNTS, 0)
        return none | {"note": TOO_FEW}
    outcomes = ["x"] * events + ["u"] * unknown + ["r"] * (eligible - events - unknown)
    shared = [(site, outcomes[site::8]) for site in range(8)]
    by_site = [(site, len(of), of.count("x"), of.count("u")) for site, of in shared]
    return national_figure(pl.DataFrame(by_site, ["site_id", *COUNTS], orient="row"), "events")


def test_a_group_is_withheld_where_another_narrows_what_both_add_up_to():
    # 83 events (85: 83 to 87); by sex 22 and 61 (20 and 60: 76 to 84), so 83 or 84 in all;
    # beside the 69 (70: 68 to 72) the other age would have 13 to 16, and without the 7 that one
    # site may have, 6 to 9.
    whole = figure(240, 83)
    groups = {
        "age": [figure(150, 69), figure(90, 14)],
        "sex": [figure(120, 22), figure(120, 61)],
    }
    for alone, figures in groups.items():
        assert protected(whole, {alone: figures}) == {alone: figures}
    found = protected(whole, groups)
    assert [one["note"] for one in found["age"]] == [WITHHELD, WITHHELD]
    assert [one["events"] for one in found["age"]] == [None, None]
    assert found["sex"] == groups["sex"]


def test_stars_that_add_up_tell_nothing_of_a_star():
    # Six suppressed parts add up to six at least; the whole, suppressed too, is 1 to 12, or more
    # that are nearly all of one site.
    whole = figure(240, 7)
    parts = [figure(40, 1) for _ in range(5)] + [figure(40, 2)]
    halves = [figure(120, 0), figure(120, 7)]
    groups = {"age": parts, "sex": halves}
    assert [one["events_text"] for one in (whole, *parts)] == [SUPPRESSED] * 7
    assert protected(whole, groups) == groups


def test_parts_that_do_not_add_up_to_the_whole_are_withheld():
    parts = [figure(60), figure(20)]
    assert protected(figure(120), {"sex": parts})["sex"][0]["note"] == WITHHELD


def test_a_part_of_too_few_sites_holds_somebody():
    # 120 in all (118 to 122), 119 of one part (120): of the other 1 to 4 would be left.
    parts = [figure(119), figure(1)]
    assert protected(figure(120), {"sex": parts})["sex"][0]["note"] == WITHHELD
    parts = [figure(111), figure(9)]  # 6 to 14, and without one site's 7 still 0 to 7
    assert protected(figure(120), {"sex": parts})["sex"] == parts


def test_a_part_that_is_nearly_all_events_is_withheld_and_its_group_with_it():
    # 19 of 20 happened: without the 1 to 7 that one site may have, nobody else had none.
    parts = [figure(20, 19), figure(100, 40)]
    assert parts[0]["eligible_text"] == SUPPRESSED
    assert parts[0]["note"] == LEAVES_FEW
    assert protected(figure(120, 59), {"sex": parts})["sex"][1]["note"] == WITHHELD


@st.composite
def registries(draw):
    """True counts (eligible, events, unknown): of the whole, and of the parts of each group."""
    share = draw(st.sampled_from([(0.1, 0.0), (0.5, 0.1), (0.6, 0.4), (0.9, 0.1), (1.0, 0.0)]))
    size = draw(st.sampled_from([12, 30, 60]))
    random = draw(st.randoms(use_true_random=False))
    outcome = []
    for _ in range(random.randint(size - 4, size + 4)):
        chance = random.random()
        outcome.append(0 if chance < share[0] else 1 if chance < sum(share) else 2)
    groups = {}
    for group in ("age", "sex", "ethnic group", "deprivation")[: draw(st.integers(2, 4))]:
        weights = [random.choice([0, 1, 4, 20]) for _ in range(random.randint(1, 3))] + [20]
        part = random.choices(range(len(weights)), weights, k=len(outcome))
        groups[group] = [
            counts([o for o, p in zip(outcome, part, strict=True) if p == one])
            for one in range(len(weights))
        ]
    return counts(outcome), groups


def counts(outcome):
    return len(outcome), outcome.count(0), outcome.count(1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(registries())
def test_every_suppressed_count_keeps_five_values_beside_all_groups(registry):
    whole, groups = registry
    true = {("all", 0): whole}
    shown = {("all", 0): figure(*whole)}
    drawn = {group: [figure(*part) for part in parts] for group, parts in groups.items()}
    for group, figures in protected(shown["all", 0], drawn).items():
        true |= {(group, part): count for part, count in enumerate(groups[group])}
        shown |= {(group, part): one for part, one in enumerate(figures)}
    cells = Cells()
    for place, one in shown.items():
        is_withheld = one["eligible"] is None
        n, e, u = (rounded(one[f"{name}_text"]) for name in COUNTS)
        may_be_zero = (False, is_filled(n, u), is_filled(n, e))
        for name, is_any in zip(COUNTS, may_be_zero, strict=True):
            text = one[f"{name}_text"]
            hidden = {"is_withheld": is_withheld, "may_be_zero": is_any}
            cells.add((place, name), text, **hidden, is_national=True)
        cells.add((place, "neither"), None)
    for place in shown:
        others = [((place, name), -1) for name in ("events", "unknown", "neither")]
        cells.tie([((place, "eligible"), 1), *others], 0, 0)
    for group, parts in groups.items():
        for name in (*COUNTS, "neither"):
            places = [(((group, part), name), -1) for part in range(len(parts))]
            cells.tie([((("all", 0), name), 1), *places], 0, 0)
    for place, (n, e, u) in true.items():
        for name, count in zip((*COUNTS, "neither"), (n, e, u, n - e - u), strict=True):
            if 1 <= count <= 7:
                assert cells.candidates((place, name)) >= FEWEST_CANDIDATES, (place, name, count)
