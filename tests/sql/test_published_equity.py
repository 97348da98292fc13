"""National figures by group: rounded, and withheld where the whole would show a part."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sql.access import Viewer
from sql.disclosure import SUPPRESSED, is_filled
from sql.published_equity import WITHHELD, protected
from sql.published_rates import COUNTS, TOO_FEW, national_figure
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
    # 120 in all, 117 of one group (115: 113 to 117): the other may be any of 1 to 7.
    found = by_group(write_release(tmp_path, registry(1)), "age")
    told = dict(found.select("part", "eligible_text").iter_rows())
    assert (told["65 to 74"], told["75 and over"], told["under 55"]) == ("115", "*", "0")


def test_groups_are_withheld_where_the_whole_would_show_one(tmp_path):
    # 12 events in all (10: 8 to 12), 8 of one group (10): the other's 4 would be 1 to 4.
    drawn = registry(20)
    for number in (0, 1, 2, 20, 21, 40, 41, 42, 60, 80, 81, 100):
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
    by_site = [
        (eligible // 8 + (site < eligible % 8), events * (site == 0), unknown * (site == 0))
        for site in range(8)
    ]
    return national_figure(pl.DataFrame(by_site, COUNTS, orient="row"), "events")


def test_a_group_is_withheld_where_another_narrows_what_both_add_up_to():
    # 52 events (50: 48 to 52); by sex 33 and 19 (35 and 20: 51 to 59), so 51 or 52 in all;
    # beside the 47 (45: 43 to 47) the other age would be 4 to 7.
    whole = figure(200, 52)
    groups = {
        "age": [figure(150, 47), figure(50, 5)],
        "sex": [figure(100, 33), figure(100, 19)],
    }
    for alone, figures in groups.items():
        assert protected(whole, {alone: figures}) == {alone: figures}
    found = protected(whole, groups)
    assert [one["note"] for one in found["age"]] == [WITHHELD, WITHHELD]
    assert [one["events"] for one in found["age"]] == [None, None]
    assert found["sex"] == groups["sex"]


def test_a_group_is_withheld_where_the_whole_alone_would_be_told_by_all():
    # Six suppressed parts add up to six at least: the whole, suppressed too, is 6 or 7.
    whole = figure(120, 7)
    parts = [figure(20, 1) for _ in range(5)] + [figure(20, 2)]
    halves = [figure(60, 0), figure(60, 7)]
    found = protected(whole, {"age": parts, "sex": halves})
    assert {one["note"] for one in found["age"]} == {WITHHELD}
    assert found["sex"] == halves


def test_parts_that_do_not_add_up_to_the_whole_are_withheld():
    parts = [figure(60), figure(20)]
    assert protected(figure(120), {"sex": parts})["sex"][0]["note"] == WITHHELD


def test_a_part_of_too_few_sites_holds_somebody():
    # 120 in all (118 to 122), 119 of one part (120): of the other 1 to 4 would be left.
    parts = [figure(119), figure(1)]
    assert protected(figure(120), {"sex": parts})["sex"][0]["note"] == WITHHELD
    parts = [figure(115), figure(5)]
    assert protected(figure(120), {"sex": parts})["sex"] == parts


def test_a_star_beside_a_part_that_nearly_fills_its_whole_may_be_a_zero():
    # 20 of 20 happened: unknown is a star whatever it is, and the whole says that it is none.
    parts = [figure(20, 20), figure(100, 40)]
    assert parts[0]["unknown_text"] == SUPPRESSED
    assert protected(figure(120, 60), {"sex": parts}) == {"sex": parts}


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
            cells.add((place, name), text, is_withheld=is_withheld, may_be_zero=is_any)
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
