"""An NHS number that a text box of a workbook breaks over paragraphs."""

import io

import pytest
import xlsxwriter

from ingest._workbook_child import _scan
from ingest._workbook_xml import NotReadable
from tests.trials.nhs_places import numbers

NUMBER = numbers(1)[0]


def workbook(said):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.insert_textbox(1, 1, "a box before it")
        sheet.insert_textbox(9, 9, said)
    return made.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        NUMBER,
        f"{NUMBER[:3]}\n{NUMBER[3:6]}\n{NUMBER[6:]}",
        f"seen\n{NUMBER[:3]} {NUMBER[3:6]}\n{NUMBER[6:]}\nwell",
        "\n".join(NUMBER),
    ],
)
def test_it_is_found_however_it_is_broken(said):
    with pytest.raises(NotReadable) as refused:
        _scan(workbook(said), 10_000)
    assert refused.value.code == "IDENTIFIER"


def test_a_text_box_without_one_is_no_hindrance():
    assert _scan(workbook("three procedures\nin 2025\n12 lesions"), 10_000)
