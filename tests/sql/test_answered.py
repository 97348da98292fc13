"""Answered queries: out of the open count while the answer stands, and there to be seen."""

import json
from datetime import date, timedelta

import pytest

from sql.access import Viewer
from sql.publish import write_public
from sql.reader import Reader
from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, load_register

LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1")
LAST = TODAY + timedelta(days=30)
ANSWER = {
    "site_ods_code": "ZZ102",
    "finding_id": "f1",
    "value_digest": "d1",
    "reason": "read off the chart twice",
    "by": "data manager",
    "at": "2026-10-01T08:00:00+00:00",
    "expires": LAST.isoformat(),
}
FINDINGS = """
    finding_id | value_digest | rule | table_name | record_key | source_file   | source_line
    f1         | d1           | D03  | procedure  | a          | procedure.csv | 2
    f2         | d2           | D03  | procedure  | b          | procedure.csv | 3
"""


@pytest.fixture
def reading(home):
    """The Reader of a release built with these answers."""
    opened = []

    def of(*answers):
        one = accept(
            home,
            1,
            site="ZZ102",
            patient="patient\np",
            procedure="procedure_id | patient | procedure_date\na|p|2026-02-01\nb|p|2026-02-02",
            findings=FINDINGS,
        )
        register = load_register(home)
        given = {"number": 1, "today": TODAY, "built_at": BUILT, "answers": answers}
        full = build(home, [one], register=register, **given)
        write_public(full, full.with_name("release-1.public.duckdb"))
        (full.parent / "CURRENT").write_text(json.dumps({"release": 1}))
        opened.append(Reader.open(home, LEAD))
        return opened[-1]

    yield of
    for reader in opened:
        reader.__exit__(None, None, None)


def counted(reader, today=None):
    (row,) = reader.findings(today=today).to_dicts()
    (of_site,) = reader.findings(by="site", today=today).to_dicts()
    assert (row["findings"], row["answered"]) == (of_site["findings"], of_site["answered"])
    return row["findings"], row["answered"]


def test_without_an_answer_every_query_is_open(reading):
    assert counted(reading()) == (2, 0)


def test_an_answered_query_is_not_counted_as_open_and_is_shown_with_its_reason(reading):
    reader = reading(ANSWER)
    assert counted(reader) == (1, 1)
    first, second = reader.finding_rows(today=TODAY).to_dicts()
    assert (first["answer"], first["answered_by"]) == ("read off the chart twice", "data manager")
    assert first["answered_until"] == LAST
    assert first["answered_at"].isoformat() == ANSWER["at"]
    assert second["answer"] is None


def test_an_answer_stands_up_to_its_last_day_without_a_new_build(reading):
    reader = reading(ANSWER)
    assert counted(reader, LAST) == (1, 1)
    assert counted(reader, LAST + timedelta(days=1)) == (2, 0)
    rows = reader.finding_rows(today=LAST + timedelta(days=1))
    assert rows["answer"].null_count() == rows["answered_by"].null_count() == 2


@pytest.mark.parametrize(
    "other", [{"value_digest": "of another value"}, {"site_ods_code": "ZZ101"}]
)
def test_an_answer_to_another_value_or_of_another_site_closes_nothing(reading, other):
    assert counted(reading(ANSWER | other)) == (2, 0)


def test_without_a_day_the_count_is_that_of_the_build(reading):
    ended = ANSWER | {"expires": (BUILT.date() - timedelta(days=1)).isoformat()}
    assert counted(reading(ended)) == (2, 0)
    assert isinstance(BUILT.date(), date)
