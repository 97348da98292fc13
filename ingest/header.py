"""Match a header with the dictionary: by name, never by place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.dictionary import Column, Table
from ingest.identifying_names import identifies
from ingest.nhs_numbers import holds_nhs_number
from ingest.reading import ExportRefused, Place, Source, listed, notice, refused, together

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ()/.%-]{0,59}")


@dataclass(frozen=True)
class Matching:
    """Which position of a header is which column of the dictionary."""

    columns: Mapping[str, int]
    unnamed: tuple[int, ...]
    missing: tuple[str, ...]
    notices: tuple[str, ...]


def fold(name: str) -> str:
    """A name without regard to case, surrounding space, and space, underscore or hyphen."""
    plain = unicodedata.normalize("NFKC", name).strip().strip("\ufeff").strip()
    return re.sub(r"[\s_-]+", "_", plain).casefold()


def matched_names(header: Sequence[str], table: Table) -> int:
    """How many names of the header the dictionary knows."""
    known = _names(table)
    return sum(fold(name) in known for name in header)


def is_header(header: Sequence[str], table: Table) -> bool:
    """True where at least half of the names, and one, are known."""
    named = [name for name in header if name.strip()]
    return bool(named) and 2 * matched_names(named, table) >= len(named)


def require_header(header: Sequence[str], table: Table, source: Source, line: int) -> None:
    """Refuse a first row that is not this table's header; its cells are not echoed."""
    if not is_header(header, table):
        raise refused(
            "HEADER",
            source.file,
            f"line {line} is not the header of {table.name}; "
            "the column names must be the first line.",
            [source.place("HEADER", line)],
        )


def match_header(
    header: Sequence[str], table: Table, source: Source, line: int, *, may_link: bool = False
) -> Matching:
    """The place of each column in the header, with `may_link` also of those never stored.

    Raises:
        ExportRefused: IDENTIFIER, HEADER_DUPLICATE, HEADER_UNKNOWN or HEADER_MISSING; each
            column at fault is one of its places.
    """
    known = _names(table, table.never_stored if may_link else {})
    columns: dict[str, int] = {}
    unnamed: list[int] = []
    at_fault: dict[str, list[str]] = {}
    for position, name in enumerate(header):
        folded = fold(name)
        if not folded:
            unnamed.append(position)
        elif folded in known and known[folded] in columns:
            at_fault.setdefault("HEADER_DUPLICATE", []).append(known[folded])
        elif folded in known:
            columns[known[folded]] = position
        else:
            is_identifying = identifies(name) or holds_nhs_number(name)
            code = "IDENTIFIER" if is_identifying else "HEADER_UNKNOWN"
            at_fault.setdefault(code, []).append(_shown(name, position))
    absent = [name for name in table.columns if name not in columns]
    needed = [name for name in absent if not table.columns[name].is_optional]
    if needed:
        at_fault["HEADER_MISSING"] = needed
    if at_fault:
        raise together([_refusal(code, at_fault[code], source, line) for code in at_fault])
    missing = tuple(absent)
    return Matching(columns, tuple(unnamed), missing, _notices(header, columns, missing, source))


def _names(table: Table, besides: Mapping[str, Column] | None = None) -> Mapping[str, str]:
    """Every folded name and alias of a table's columns, and of the columns besides."""
    columns = {**table.columns, **(besides or {})}
    aliases = {fold(a): c.name for c in columns.values() for a in c.aliases}
    return aliases | {fold(name): name for name in columns}


def _shown(name: str, position: int) -> str:
    """The name itself where it looks like one, else its position: it may be a value."""
    plain = name.strip()
    is_name = NAME.fullmatch(plain) and sum(map(str.isdigit, plain)) < 6
    return plain if is_name else f"column {position + 1}"


SAYS = {
    "IDENTIFIER": "columns that identify a patient: {}.",
    "HEADER_DUPLICATE": "columns that stand twice: {}.",
    "HEADER_UNKNOWN": "unknown columns: {}.",
    "HEADER_MISSING": "missing columns: {}.",
}


def _refusal(code: str, names: Sequence[str], source: Source, line: int) -> ExportRefused:
    places: list[Place] = [source.place(code, line, name) for name in names]
    return refused(code, source.file, SAYS[code].format(listed(names)), places)


def _notices(
    header: Sequence[str], columns: Mapping[str, int], missing: Sequence[str], source: Source
) -> tuple[str, ...]:
    as_sent = {name: header[position].strip() for name, position in columns.items()}
    folded = [name for name, sent in as_sent.items() if sent != name and fold(sent) == name]
    aliases = [f"{sent} for {name}" for name, sent in as_sent.items() if fold(sent) != name]
    spaced = [name for name, at in columns.items() if header[at] != header[at].strip()]
    said = []
    if folded or spaced:
        names = listed(dict.fromkeys([*folded, *spaced]))
        said.append(notice("HEADER_FOLDED", file=source.file, columns=names))
    if aliases:
        said.append(notice("HEADER_ALIAS", file=source.file, columns=listed(aliases)))
    if missing:
        said.append(notice("OPTIONAL_MISSING", file=source.file, columns=listed(missing)))
    return tuple(said)
