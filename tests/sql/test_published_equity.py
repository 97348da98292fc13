"""National figures by group: rounded, and withheld where the whole would show a part."""

import polars as pl

from sql.access import Viewer
from sql.published_equity import WITHHELD
from sql.reader import Reader
from tests.sql.small_release import procedures, write_release

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
