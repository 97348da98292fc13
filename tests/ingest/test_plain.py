"""A text is called plain only where no cell could be stripped, and none holds a character
that a finding is made of."""

import random
import re

import pytest

from expectations.dictionary import site_tables
from ingest.delimited import read_delimited
from ingest.plain import is_plain
from ingest.raw_table import CONTROL, raw_table
from ingest.reading import Source

PLAIN = "a,b\nfirst value,2\n,\n"
CHARACTERS = [
    "a",
    "B",
    "7",
    " ",
    "  ",
    ",",
    ",",
    "\n",
    "\t",
    '"',
    "\x07",
    "\x7f",
    "é",
    "\u200b",
    "_",
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_words_numbers_and_empty_cells_are_plain(delimiter):
    assert is_plain(PLAIN.replace(",", delimiter).encode(), delimiter)


@pytest.mark.parametrize(
    "cell",
    [
        " 2",
        "2 ",
        " ",
        "\t2",
        "2\t",
        "a\x07b",
        "a\x7fb",
        "é",
        "\u00a0",
        "a\u200bb",
        '" 2"',
        '"a\nb"',
    ],
)
def test_a_cell_that_would_be_stripped_or_found_is_not_plain(cell):
    assert not is_plain(PLAIN.replace("2", cell).encode(), ",")


def test_a_space_where_the_text_begins_or_ends_is_not_plain():
    assert not is_plain(b" a,b\n1,2\n", ",")
    assert not is_plain(b"a,b\n1,2 ", ",")


def test_of_a_plain_text_no_cell_changes_when_stripped_and_none_holds_a_control_character():
    source = random.Random(532)
    n_plain = 0
    for _ in range(20_000):
        text = "".join(source.choices(CHARACTERS, k=source.randint(1, 9)))
        if is_plain(text.encode(), ","):
            n_plain += 1
            for cell in re.split("[,\n]", text):
                assert cell == cell.strip()
                assert not re.search(CONTROL, cell)
    assert n_plain > 500


def test_a_table_reads_the_same_whether_or_not_its_file_is_plain():
    table = site_tables()["operator"]
    columns = list(table.columns)
    rows = [
        ["" if (n + place) % 3 == 0 else f"{name[:3]}-{n}" for place, name in enumerate(columns)]
        for n in range(9)
    ]
    rows.append(["x"] * len(columns))
    plain = "\n".join(",".join(row) for row in [columns, *rows]) + "\n"
    spaced = plain.replace("x,x", "x, x")
    source = Source("operator.csv", "operator")
    read = [
        raw_table(read_delimited(text.encode(), source, table), table, source)
        for text in (plain, spaced)
    ]
    assert is_plain(plain.encode(), ",")
    assert not is_plain(spaced.encode(), ",")
    assert read[0][0].frame.equals(read[1][0].frame)
    assert read[0][1:] == read[1][1:]
    assert read[0][0].frame.null_count().sum_horizontal().item() > 0
