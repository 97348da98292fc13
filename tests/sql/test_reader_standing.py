"""What allows a site to treat, who operated, and what was met, over time."""

from datetime import date

import pytest

from sql.access import AccessDenied, Viewer
from sql.reader import Reader
from tests.sql.small_release import Procedure, procedures, write_release

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
COMMISSIONER = Viewer("C. Demo", "commissioner")
SINCE, REVIEW = date(2020, 1, 1), date(2026, 8, 1)


@pytest.fixture
def home(tmp_path):
    drawn = [
        *procedures("ZZ102", 3, C11=1),
        Procedure("ZZ102", "next year", date(2026, 4, 1), operator="operator 0"),
        Procedure("ZZ102", "unclear", date(2026, 4, 2), values={"C11": None}, operator=None),
        *procedures("ZZ301", 2),
    ]
    return write_release(tmp_path, drawn)


def test_spans_are_those_that_allow_a_site_to_treat(home):
    with Reader.open(home, LEAD) as reader:
        assert reader.spans("ZZ102").rows() == [
            ("Specialist centre", "designated", SINCE, None, None),
            ("Governance approval", "approval ZZ102-A1", SINCE, date(2026, 12, 15), REVIEW),
            ("Research study", "study STUDY-1", date(2021, 1, 1), date(2025, 6, 30), None),
            ("Operator signed off", "Operator 3", SINCE, None, None),
        ]


def test_operators_are_numbered_by_their_pseudonyms_and_counted_by_year(home):
    with Reader.open(home, LEAD) as reader:
        assert reader.operators("ZZ102").rows() == [
            ("Operator 1", "2026/27", 1, 0),  # operator 0
            ("Operator 2", "2025/26", 3, 0),  # operator 1; operator 2 only signed off
        ]


def test_procedures_stand_in_their_order_with_what_was_met(home):
    with Reader.open(home, LEAD) as reader:
        found = reader.treated("ZZ102")
        assert found["result"].to_list() == ["not met", "met", "met", "met", "cannot tell"]
        assert found["procedure_date"].is_sorted()


@pytest.mark.parametrize("call", ["spans", "treated", "operators"])
def test_only_who_sees_the_site_sees_how_it_stands(home, call):
    with Reader.open(home, LEAD) as reader, pytest.raises(AccessDenied):
        getattr(reader, call)("ZZ301")
    with Reader.open(home, COMMISSIONER) as reader, pytest.raises(AccessDenied):
        getattr(reader, call)("ZZ102")
