"""What looks like an identifier, told a second time: K08b and K08e."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from expectations.dictionary import site_tables
from tests.sample_data.reading import Sent

TEN_DIGITS = re.compile(r"^[0-9]{10}$")
POSTCODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}(?![A-Za-z0-9])")


def identifier_queries(sent: Iterable[Sent]) -> Iterator[tuple[Sent, str, str]]:
    """The row, the rule and the column of each value that may identify a patient."""
    numbers: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for row in sent:
        for name, column in site_tables()[row.table].columns.items():
            if column.free_text and POSTCODE.search(row.cells[name]):
                yield row, "K08e", name
            if column.type == "text" and TEN_DIGITS.match(row.cells[name]):
                numbers[row.table, name].append(row)
    for (_, name), rows in numbers.items():
        passing = [row for row in rows if _passes(row.cells[name])]
        if 2 * len(passing) <= len(rows):
            for row in passing:
                yield row, "K08b", name


def _passes(digits: str) -> bool:
    """True for an NHS number by its check digit."""
    total = sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9])
