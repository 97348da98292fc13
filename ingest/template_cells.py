"""How the cells of the template are typed, and what may be chosen in them."""

from __future__ import annotations

from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from expectations.dictionary import Column

# Text for whatever is no number or date: a spreadsheet then leaves zeros and codes alone.
NUMBER_FORMATS = {"integer": "0", "decimal": "General", "date": "yyyy-mm-dd"}


class Formats:
    """The formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "bg_color": "#E8EDEE", "num_format": "@"})
        self._text = book.add_format({"num_format": "@"})
        self._typed = {
            kind: book.add_format({"num_format": code}) for kind, code in NUMBER_FORMATS.items()
        }

    def of(self, column: Column) -> Format:
        return self._typed.get(column.type, self._text)


class Lists:
    """The sheet of code lists, each list written once, where drop-down lists find it."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._places: dict[str, int] = {}

    def source(self, name: str, codes: list[str]) -> str:
        """The reference of a list."""
        if name not in self._places:
            self._places[name] = len(self._places)
            for row, text in enumerate([name, *codes]):
                self._sheet.write_string(row, self._places[name], text)
        letter = xl_col_to_name(self._places[name])
        return f"=lists!${letter}$2:${letter}${len(codes) + 1}"


def validation(column: Column, lists: Lists) -> dict[str, Any] | None:
    """What Excel is to offer and to ask about; it warns, and the check has the last word."""
    if column.type == "code" and column.codes is not None:
        source = lists.source(column.codes.name, list(column.codes.codes))
        return {"validate": "list", "source": source, "error_type": "warning"}
    if column.type == "boolean":
        return {"validate": "list", "source": ["Y", "N"], "error_type": "warning"}
    if column.type in ("integer", "decimal") and column.hard is not None:
        low, high = column.hard
        return {
            "validate": column.type,
            "criteria": "between",
            "minimum": low,
            "maximum": high,
            "error_type": "warning",
        }
    return None
