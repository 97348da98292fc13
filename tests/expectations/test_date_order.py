"""A date that must not come before another of its row: declared once, checked, and said."""

import duckdb
import pytest

from expectations.dictionary import tables
from expectations.rules import catalogue
from expectations.suite import suite
from ingest.compiled import RowCheck, compiled

SAME_DAY = {
    "governance_approval.decision_date": "application_date",
    "governance_approval.valid_to": "valid_from",
    "research_enrolment.withdrawal_date": "consent_date",
    "complication.resolved_date": "onset_date",
    "complication.yellow_card_date": "onset_date",
}
DAY_AFTER = {
    "operator_training.expiry_date": "training_date",
    "procedure.readmission_30d_date": "discharge_date",
}


def test_an_order_is_declared_between_two_dates_of_a_table():
    for table in tables().values():
        for column in table.columns.values():
            if column.earlier is not None:
                assert column.type == table.columns[column.earlier].type == "date"
                assert (column.not_before is None) != (column.after is None)
                assert column.hard is None, "one HARD rule a column, with one message"


@pytest.mark.parametrize("place", [*SAME_DAY, *DAY_AFTER])
def test_a_date_is_in_order_from_the_day_that_is_declared(place):
    earlier = {**SAME_DAY, **DAY_AFTER}[place]
    same_day_stands = place in SAME_DAY
    assert _fails(place, earlier, "2025-01-10", "2025-01-10") is (not same_day_stands)
    assert _fails(place, earlier, "2025-01-10", "2025-01-11") is False
    assert _fails(place, earlier, "2025-01-10", "2025-01-09") is True
    for missing in ((None, "2025-01-09"), ("2025-01-10", None), (None, None)):
        assert _fails(place, earlier, *missing) is False


@pytest.mark.parametrize("place", [*SAME_DAY, *DAY_AFTER])
def test_the_message_names_the_other_date(place):
    rule = catalogue()[f"{place}.HARD"]
    assert (rule.severity, rule.code) == ("R", "RANGE")
    assert {**SAME_DAY, **DAY_AFTER}[place] in rule.message


def _fails(place: str, earlier: str, first: str | None, second: str | None) -> bool:
    table, column = place.split(".")
    expectation = next(
        one for one in suite(table).expectations if one.meta["rule"] == f"{place}.HARD"
    )
    check = compiled(expectation, {column: "DATE", earlier: "DATE"})
    assert isinstance(check, RowCheck)
    with duckdb.connect() as connection:
        row = f'select $first::date as "{earlier}", $second::date as "{column}"'
        found = connection.execute(
            f"select coalesce({check.fails} and not ({check.ignored}), false) from ({row})",
            {"first": first, "second": second},
        )
        return bool(found.fetchall()[0][0])
