"""At a site: an extract with NHS numbers or local ids becomes one with pseudonyms."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.dictionary import PATIENT
from ingest.decode import decode
from ingest.delimited import DELIMITERS
from ingest.header import fold
from ingest.identifying_names import identifies, letters
from ingest.nhs_numbers import is_nhs_number, plain_digits
from ingest.pseudonym import linkage_pseudonym, local_pseudonym
from ingest.reading import ExportRefused, Source, listed, refused, shown_name

BASIS = "pseudo_basis"


@dataclass(frozen=True)
class Identities:
    """Which columns say who a patient is, and whose local ids they are."""

    number: str | None = None  # None: the column whose name is that of NHS numbers
    local: str | None = None  # used where there is no number
    site: str = ""


@dataclass(frozen=True)
class Pseudonymised:
    """The new file's text, its rows by what they were made from, and what still identifies."""

    text: str
    by_number: int
    by_local_id: int
    identifying: tuple[str, ...]


def pseudonymised(
    content: bytes, name: str, identities: Identities, linkage_key: bytes
) -> Pseudonymised:
    """The CSV file with patient_pseudo_id in place of what says who a patient is.

    `pseudo_basis` is filled in where the file has it, and added to a patient file.

    Raises:
        ExportRefused: where a column is not there, or a row has neither a number with its
            check digit nor a local id; lines are named, nothing of a cell is.
    """
    source = Source(shown_name(name), "")
    header, lines, records = _records(decode(content, source).text, source)
    places = _places(header, identities, source)
    kept = [n for n in range(len(header)) if n not in places.values()]
    made = [_pseudonym(record, places, identities, linkage_key) for record in records]
    wrong = [line for line, one in zip(lines, made, strict=True) if one is None]
    if wrong:
        says = "neither an NHS number with its check digit nor a local id stands on line"
        at = [source.place("CHECK_DIGIT", line) for line in wrong]
        raise refused(
            "IDENTIFIER", source.file, f"{says} {listed(wrong)}; nothing was written.", at
        )
    is_patient_file = fold(name.rpartition(".")[0]) == "patient"
    columns = [header[n] for n in kept]
    if is_patient_file and BASIS not in map(fold, columns):
        columns.append(BASIS)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([PATIENT, *columns])
    for record, (pseudonym, basis) in zip(records, filter(None, made), strict=True):
        cells = [record[n] for n in kept] + [""] * (len(columns) - len(kept))
        filled = [basis if fold(c) == BASIS else v for c, v in zip(columns, cells, strict=True)]
        writer.writerow([pseudonym, *filled])
    bases = [basis for _, basis in filter(None, made)]
    return Pseudonymised(
        written.getvalue(),
        bases.count("NHS_NUMBER"),
        bases.count("LOCAL"),
        tuple(column for column in columns if identifies(column)),
    )


def _records(text: str, source: Source) -> tuple[list[str], list[int], list[list[str]]]:
    """The header, and each record that is not empty with the line where it starts."""
    head = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    lines, records, start = [], [], 0
    try:
        reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
        for record in reader:
            line, start = start + 1, reader.line_num
            if any(cell.strip() for cell in record):
                lines.append(line)
                records.append(record)
    except csv.Error:
        at = [source.place("QUOTING", start + 1)]
        raise refused("QUOTING", source.file, places=at) from None
    ragged = [n for n, r in zip(lines, records, strict=True) if len(r) != len(records[0])]
    if ragged:
        says = f"line {listed(ragged)} has not as many fields as the header."
        raise refused("RAGGED", source.file, says, [source.place("RAGGED", n) for n in ragged])
    return records[0], lines[1:], records[1:]


def _places(header: Sequence[str], identities: Identities, source: Source) -> Mapping[str, int]:
    """Where the number and the local id stand in the header."""
    folded = [fold(name) for name in header]
    if PATIENT in folded:
        raise _missing(source, f"it has {PATIENT} already.")
    places = {}
    for what, name in (("number", identities.number), ("local", identities.local)):
        if name is not None:
            if folded.count(fold(name)) != 1:
                raise _missing(source, f"not one column is called as --{OPTION[what]} says.")
            places[what] = folded.index(fold(name))
    if identities.number is None:
        found = [n for n, name in enumerate(header) if _is_of_numbers(name)]
        if len(found) > 1 or not (found or places):
            raise _missing(source, "no one column of NHS numbers; name it with --column.")
        if found:
            places["number"] = found[0]
    if "local" in places and not identities.site:
        raise _missing(source, "a local id needs --site as well.")
    return places


OPTION = {"number": "column", "local": "local-column"}


def _is_of_numbers(name: str) -> bool:
    return identifies(name) and letters(name).startswith(("nhs", "newnhs", "patientnhs"))


def _missing(source: Source, says: str) -> ExportRefused:
    return refused("HEADER_MISSING", source.file, says, [source.place("HEADER_MISSING", 1)])


def _pseudonym(
    record: Sequence[str], places: Mapping[str, int], identities: Identities, linkage_key: bytes
) -> tuple[str, str] | None:
    """The pseudonym and what it was made from; None where the row has nothing to make it from."""
    number = record[places["number"]].strip() if "number" in places else ""
    local = record[places["local"]].strip() if "local" in places else ""
    if number:
        digits = plain_digits(number)
        if not is_nhs_number(digits):
            return None
        return linkage_pseudonym(linkage_key, digits), "NHS_NUMBER"
    if local:
        return local_pseudonym(linkage_key, identities.site, local), "LOCAL"
    return None
