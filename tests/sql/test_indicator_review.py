"""Silence about complications is counted as silence."""


def test_a_procedure_is_told_by_a_complication_or_by_a_confirmation(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | procedure_date | no_complication_confirmed
        confirmed    | 2024-01-01     | true
        denied       | 2024-01-01     | false
        complicated  | 2024-01-01     |
        silent       | 2024-01-01     |
        day_30       | 2026-08-31     |
        day_29       | 2026-09-01     |
        """,
        complication="""
        complication_id | procedure_id
        1               | complicated
        """,
    )
    found = connection.sql(
        "select procedure_id, value from ind_complication_review_30d_per_procedure"
    ).fetchall()
    assert dict(found) == {
        "confirmed": 1,
        "denied": 0,
        "complicated": 1,
        "silent": 0,
        "day_30": 0,
    }
