"""A code that is not of its list is no value to the rules; what was sent stays as it was."""

import duckdb
import pytest

from tests.ingest.clean_case import case
from tests.ingest.clean_export import home_with_register
from tests.ingest.test_nulls import State


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    return home_with_register(tmp_path_factory.mktemp("codes")).newest_register()


@pytest.mark.parametrize(
    ("column", "sent", "read"),
    [
        ("approach", "OPEN", "OPEN"),
        ("approach", "ROBOTIC", None),
        ("approach", "OPEN;PERCUTANEOUS", None),  # of one code, not of a set
        ("guidance", "CT;XRAY", "CT"),
        ("guidance", "XRAY", None),
    ],
)
def test_the_rules_read_the_codes_of_the_list(register, column, sent, read):
    rows = case(1)
    rows["procedure"][0][column] = sent
    with duckdb.connect() as connection:
        State(connection, [rows], register)
        cells = f"select sent.{column}, state.{column} from sent_procedure as sent"
        both = f"{cells} inner join procedure as state using (row_id)"
        assert connection.execute(both).fetchall() == [(sent, read)]
