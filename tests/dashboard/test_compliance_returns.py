"""Returns and case ascertainment on the page of compliance."""

from __future__ import annotations

import polars as pl

from dashboard.pages.compliance_returns import returns_frame, sentences
from tests.dashboard.conftest import said

QUARTERS = pl.DataFrame(
    [
        {"site_id": site, "site_name": name, "state": state, "is_late": is_late}
        for site, name, state, is_late in (
            ("A", "Site A", "reported", False),
            ("A", "Site A", "reported", True),
            ("A", "Site A", "nil return", False),
            ("A", "Site A", "missing", False),
            ("A", "Site A", "not due", False),
            ("B", "Site B", "reported", False),
        )
    ]
)
CASES = pl.DataFrame(
    {"site_id": ["A", "B"], "procedures": [19, None], "expected": [20, None]},
    schema_overrides={"procedures": pl.Int64, "expected": pl.Int64},
)


def test_what_was_due_sent_late_and_missing_is_counted_by_site():
    shown = returns_frame(QUARTERS, CASES)
    counts = shown.select("site_id", "due", "reported", "nil", "late", "missing").rows()
    assert counts == [("A", 4, 2, 1, 1, 1), ("B", 1, 1, 0, 0, 0)]
    assert shown.select("n_of", "said").rows() == [("19/20", "95.0 %"), ("no count", "–")]


def test_each_site_has_its_sentence():
    assert sentences(returns_frame(QUARTERS, CASES)) == [
        "Site A (A): 4 quarters due, 2 reported, 1 nil return, 1 late, 1 missing; "
        "19 procedures in the registry for 20 that its hospital statistics count.",
        "Site B (B): 1 quarter due, 1 reported, no nil return, none missing; "
        "it gave no count of its hospital statistics.",
    ]


def test_many_sites_have_one_sentence_that_names_those_that_miss_a_return():
    of_a = QUARTERS.filter(pl.col("site_id") == "A")
    many = [of_a.with_columns(site_id=pl.lit(site)) for site in "CDE"]
    quarters = pl.concat([QUARTERS, *many])
    assert sentences(returns_frame(quarters, CASES)) == [
        "5 sites: 17 quarters due, 9 reported, 4 nil returns, 4 late, 4 missing, of A, C, D and E."
    ]


def test_no_per_cent_is_made_of_fewer_than_ten():
    few = CASES.with_columns(procedures=pl.lit(9), expected=pl.lit(9))
    assert returns_frame(QUARTERS, few)["said"].to_list() == ["–", "–"]


def test_a_lead_sees_own_returns_and_a_commissioner_the_published_ones(open_page):
    assert "quarters due, " in said(open_page("compliance", "lead"))
    for path in ("compliance", "home"):
        assert "Expected (rounded)" in said(open_page(path, "commissioner"))
