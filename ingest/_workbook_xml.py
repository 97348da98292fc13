"""Look at a workbook's XML part by part, before a reader builds its cells in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import IO
from xml.parsers import expat

from ingest.nhs_numbers import holds_nhs_number

NUMERAL = re.compile("[0-9]+")
REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
MOST_ROWS, MOST_COLUMNS = 1_048_576, 500  # ten times the widest table
MOST_LINES = 100
CELL_TAGS = frozenset({"c", "v", "is", "t", "f", "row"})
VALUE_TAGS = frozenset({"v", "is"})
# Whose runs of text a person reads as one; of a text box all its paragraphs.
TEXT_TAGS = frozenset({"si", "comment", "txBody", "rich", "p"})
MEASURE = re.compile(r"-?[0-9]*\.[0-9]*[1-9][0-9]*")
PAGE_CODE = re.compile(r"&[A-Za-z]")  # of a header: &L before what stands at the left


class NotReadable(Exception):
    """The workbook must not be read, or not in one way only."""

    def __init__(self, code: str, sheet: str | None = None, lines: list[int] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.sheet = sheet
        self.lines = lines or []


@dataclass
class Part:
    """What one XML part says, as far as reading needs it."""

    sheets: dict[str, str] = field(default_factory=dict)  # name to relation
    targets: dict[str, str] = field(default_factory=dict)  # relation to part
    errors: dict[int, dict[int, str]] = field(default_factory=dict)  # row, column
    formulas_without_value: list[int] = field(default_factory=list)
    merged_rows: list[int] = field(default_factory=list)
    holds_number: bool = False  # an NHS number, beside the values of cells
    numbered: set[str] = field(default_factory=set)  # strings with one that cells may show
    rows: set[int] = field(default_factory=set)  # with a value, which may be blank text
    certain_rows: set[int] = field(default_factory=set)  # with a value that is not blank


def scan_part(stream: IO[bytes], most_cells: int) -> Part:
    """One part, streamed; a cell without a value takes no room and is not counted.

    Raises:
        NotReadable: XLSX_XML for a document type, an entity, broken XML or cells that stand
            twice or out of order; XLSX_SIZE for a cell so far from A1 that the area would
            exceed `most_cells`.
    """
    scan = _Scan(most_cells)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.characters
    parser.StartDoctypeDeclHandler = _forbidden
    parser.EntityDeclHandler = _forbidden
    try:
        parser.ParseFile(stream)
    except expat.ExpatError:
        raise NotReadable("XLSX_XML") from None
    return scan.part


def sheet_parts(parts: dict[str, Part]) -> dict[str, Part]:
    """The scanned part of each sheet by its name."""
    book = parts.get("xl/workbook.xml", Part())
    targets = parts.get("xl/_rels/workbook.xml.rels", Part()).targets
    found = {}
    for name, relation in book.sheets.items():
        target = targets.get(relation, "").lower()
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in parts:
            found[name] = parts[path]
    return found


class _Scan:
    """The state of one part's scan."""

    def __init__(self, most_cells: int) -> None:
        self.part = Part()
        self.most_cells = most_cells
        self.row = self.column = self.last_row = self.last_column = 0
        self.last_place = (0, 0)
        self.has_value = self.has_formula = self.is_error = self.is_in_value = False
        self.has_text = self.is_shared = False
        self.value: list[str] = []
        self.run: list[str] = []
        self.runs: list[str] | None = None  # of a text that is read as one
        self.text_tag = ""  # the tag that it began with
        self.is_phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        # A workbook has a million cells: the plain names, without a prefix, come first.
        name = tag if tag in CELL_TAGS else tag.rpartition(":")[2]
        if self.run:
            self._end_run()
        if name == "c":
            self._start_cell(attributes)
        elif name in VALUE_TAGS:
            self.has_value = self.is_in_value = True
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            self.row = _number(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif name != "t":
            self._start_other(name, attributes)

    def _start_other(self, name: str, attributes: dict[str, str]) -> None:
        for value in attributes.values():
            if len(value) >= 10 and not MEASURE.fullmatch(value):
                self.part.holds_number |= holds_nhs_number(value)
        if name in TEXT_TAGS and self.runs is None:
            self.runs, self.text_tag = [], name
        elif name == "p" and self.runs is not None:
            self.runs.append("\n")
        elif name == "rPh":
            self.is_phonetic = True
        elif name == "mergeCell":
            self._note(self.part.merged_rows, _position(attributes.get("ref", ""))[0])
        elif name == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.part.sheets[attributes.get("name", "")] = relation
        elif name == "Relationship":
            self.part.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def end(self, tag: str) -> None:
        name = tag if tag in CELL_TAGS else tag.rpartition(":")[2]
        if self.run:
            self._end_run()
        if name == "c":
            self._end_cell()
        elif name in VALUE_TAGS:
            self.is_in_value = False
        elif name == "rPh":
            self.is_phonetic = False
        elif name == self.text_tag and self.runs is not None:
            self._end_text("".join(self.runs), may_be_shown=name == "si")
            self.runs = None

    def characters(self, text: str) -> None:
        if not self.is_in_value:
            self.run.append(text)
            return
        if self.is_error or self.is_shared:
            self.value.append(text)
        self.has_text = self.has_text or bool(text.strip())

    def _end_run(self) -> None:
        text = "".join(self.run)
        self.run = []
        if self.runs is not None and not self.is_phonetic:
            self.runs.append(text)
        else:
            self._end_text(text, may_be_shown=False)

    def _end_text(self, text: str, *, may_be_shown: bool) -> None:
        if len(text) >= 10 and holds_nhs_number(PAGE_CODE.sub(" ", text)):
            if may_be_shown:
                self.part.numbered.add(text)
            else:
                self.part.holds_number = True

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            self.row, self.column = _position(reference)
        if (self.row, self.column) <= self.last_place:  # a second value for one cell
            raise NotReadable("XLSX_XML")
        self.last_place = (self.row, self.column)
        self.has_value = self.has_formula = self.has_text = False
        self.is_error = attributes.get("t") == "e"
        self.is_shared = attributes.get("t") == "s"
        self.value = []

    def _end_cell(self) -> None:
        if self.has_formula and not self.has_value:
            self._note(self.part.formulas_without_value, self.row)
        if not self.has_value:
            return
        if self.is_shared and self.has_text and not NUMERAL.fullmatch("".join(self.value)):
            raise NotReadable("XLSX_XML")  # the reader would give the first text of all
        self.part.rows.add(self.row)
        if self.has_text and not self.is_shared:
            self.part.certain_rows.add(self.row)
        if self.row > self.last_row or self.column > self.last_column:
            self._extend()
        if self.is_error:
            errors = self.part.errors.setdefault(self.row, {})
            errors[self.column] = "".join(self.value) or "#ERROR"

    def _extend(self) -> None:
        self.last_row = max(self.last_row, self.row)
        self.last_column = max(self.last_column, self.column)
        if (
            self.last_row * self.last_column > self.most_cells
            or self.last_row > MOST_ROWS
            or self.last_column > MOST_COLUMNS
        ):
            raise NotReadable("XLSX_SIZE")

    def _note(self, lines: list[int], row: int) -> None:
        if len(lines) < MOST_LINES and row not in lines:
            lines.append(row)


def _position(reference: str) -> tuple[int, int]:
    """Row and column, from 1, of a cell's reference or of a range's first cell."""
    match = REFERENCE.fullmatch(reference.partition(":")[0])
    if match is None:
        raise NotReadable("XLSX_XML")
    letters, digits = match.groups()
    return int(digits), _column(letters)


@cache
def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _number(text: str) -> int:
    if re.fullmatch("[0-9]{1,7}", text) is None:
        raise NotReadable("XLSX_XML")
    return int(text)


def _forbidden(*_: object) -> None:
    raise NotReadable("XLSX_XML")
