"""Death within 30 and 90 days of the procedure (S7)."""

from __future__ import annotations

from tests.sql.drawing import values


def test_mortality_30d_counts_day_30_and_not_day_31(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | procedure_date | death_date
        same_day     | 2024-01-01     | 2024-01-01
        day_30       | 2024-01-01     | 2024-01-31
        day_31       | 2024-01-01     | 2024-02-01
        alive        | 2024-01-01     |
        """
    )
    found = values(connection, "ind_mortality_30d_per_procedure")
    assert found == {"same_day": 1, "day_30": 1, "day_31": 0, "alive": 0}


def test_mortality_90d_counts_day_90_and_not_day_91(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | procedure_date | death_date
        day_90       | 2024-01-01     | 2024-03-31
        day_91       | 2024-01-01     | 2024-04-01
        """
    )
    assert values(connection, "ind_mortality_90d_per_procedure") == {"day_90": 1, "day_91": 0}


def test_a_procedure_is_eligible_once_its_window_has_elapsed_at_the_complete_to_date(warehouse):
    connection = warehouse(
        complete_to="2024-03-31",
        procedure="""
        procedure_id | procedure_date | death_date
        elapsed_90   | 2024-01-01     |
        elapsed_89   | 2024-01-02     |
        elapsed_30   | 2024-03-01     |
        elapsed_29   | 2024-03-02     | 2024-03-03
        not_complete | 2024-04-01     |
        """,
    )
    found = values(connection, "ind_mortality_30d_per_procedure")
    assert found == {"elapsed_90": 0, "elapsed_89": 0, "elapsed_30": 0}
    assert values(connection, "ind_mortality_90d_per_procedure") == {"elapsed_90": 0}


def test_a_vital_status_that_is_not_known_on_the_day_is_unknown_and_not_left_out(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | patient
        known_30     | a
        known_29     | b
        lost_30      | c
        not_sent     | d
        dead_undated | e
        dead_by_30   | f
        """,
        vital_status="""
        patient | status | status_date
        a       | ALIVE  | 2024-01-31
        b       | ALIVE  | 2024-01-30
        c       | LOST   | 2024-01-31
        e       | DEAD   | 2024-06-01
        f       | DEAD   | 2024-01-31
        """,
    )
    found = values(connection, "ind_mortality_30d_per_procedure")
    assert found == {
        "known_30": 0,
        "known_29": None,
        "lost_30": 0,
        "not_sent": None,
        "dead_undated": None,
        "dead_by_30": 1,
    }
    reasons = values(connection, "ind_mortality_30d_per_procedure", "reason")
    assert reasons["not_sent"] == "vital status on day 30 not known"
    assert reasons["known_30"] is None
