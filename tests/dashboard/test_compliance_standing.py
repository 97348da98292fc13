"""What ends at a site, and which of its approvals is to be reviewed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from dashboard.charts_time import rows_of
from dashboard.pages.compliance_standing import reviews_due
from tests.dashboard.conftest import said

UNTIL = date(2026, 9, 30)


def approval(last_day: date | None, next_review: date | None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lane": ["Governance approval"],
            "named": ["approval A1"],
            "last_day": [last_day],
            "next_review": [next_review],
        },
        schema_overrides={"last_day": pl.Date, "next_review": pl.Date},
    )


@pytest.mark.parametrize(
    ("last_day", "next_review", "says"),
    [
        (None, date(2026, 9, 29), "was planned for 29 Sep 2026, and no later one is on record."),
        (None, date(2026, 9, 30), "is planned for 30 Sep 2026."),
        (UNTIL, date(2026, 12, 29), "is planned for 29 Dec 2026."),
        (None, date(2026, 12, 30), ""),
        (date(2026, 9, 29), date(2026, 9, 1), ""),
        (None, None, ""),
    ],
    ids=["overdue", "today", "in 90 days", "later", "approval has ended", "none planned"],
)
def test_a_review_is_told_when_it_is_due_or_near(last_day, next_review, says):
    told = reviews_due(approval(last_day, next_review), UNTIL)
    assert [text.removeprefix("Governance approval A1: its review ") for text in told] == (
        [says] if says else []
    )


def test_the_page_tells_the_review_of_the_sites_approval(open_page):
    assert "its review was planned for 1 Aug 2026" in said(open_page("compliance", "lead"))


def test_what_is_met_is_drawn_under_what_cannot_be_told_and_what_is_not_met():
    treated = pl.DataFrame(
        {
            "procedure_date": [UNTIL] * 4,
            "result": ["cannot tell", "not met", "met", "cannot tell"],
        }
    )
    schema = {"lane": pl.String, "named": pl.String, "first_day": pl.Date, "last_day": pl.Date}
    drawn = rows_of(pl.DataFrame(schema=schema), treated, UNTIL, UNTIL)
    assert drawn["result"].to_list() == ["met", "cannot tell", "cannot tell", "not met"]
