"""Plant faults in the rows of an export, and note the findings that each must give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from expectations.dictionary import tables
from sample_data._exports import Export, ExportRow, Finding
from sample_data._patients import Patient
from sample_data._rows import Row


@dataclass(frozen=True)
class Expected:
    """A finding that a fault must give; `table` is empty for the faulty row itself.

    In another table it stands at the one row of the patient that has the faulty row's key,
    or, where `which` tells, at each row of the patient that it is true of.
    """

    rule: str
    severity: str
    column: str
    table: str = ""
    which: Callable[[Facts, Row], bool] | None = None


@dataclass(frozen=True)
class Facts:
    """What a fault may ask about the row in which it could be planted."""

    export: Export
    row: ExportRow
    patient: Patient | None

    @property
    def values(self) -> Row:
        return self.row.values

    @property
    def is_last_version(self) -> bool:
        """True where no later export sends the record again."""
        return self.export.last.end >= self.row.record.versions[-1][0]

    def sent(self, table: str) -> list[ExportRow]:
        """The rows of the same patient in the same export."""
        return [row for row in self.export.rows.get(table, ()) if row.owner == self.row.owner]

    def known(self, table: str) -> list[Row]:
        """The rows of the same patient that the site holds at the end of the export."""
        until = self.export.last.end
        rows = (
            record.on(until)
            for record in self.export.held.records
            if record.owner == self.row.owner and record.table == table
        )
        return [row for row in rows if row is not None]

    def procedure(self) -> ExportRow | None:
        """The one procedure of the patient in this export, or the one that the row names."""
        name, mdt = self.values.get("procedure_id"), self.values.get("mdt_id")
        found = [
            row
            for row in self.sent("procedure")
            if name in {None, row.values["procedure_id"]} and mdt in {None, row.values["mdt_id"]}
        ]
        return found[0] if len(found) == 1 else None

    def day(self, column: str) -> date:
        return date.fromisoformat(self.values[column])

    @property
    def is_plain(self) -> bool:
        """True where nothing of the patient is protected: no complication, alive."""
        held, owner = self.export.held, self.row.owner
        has_complication = any(
            record.owner == owner and record.table == "complication" for record in held.records
        )
        return self.patient is not None and self.patient.death is None and not has_complication


Where = Callable[[Facts], bool]
Edit = Callable[[Facts], Mapping[str, str]]
Beside = Callable[[Facts], Iterable[tuple[ExportRow, Mapping[str, str]]]]


@dataclass(frozen=True)
class Fault:
    """One planted fault."""

    id: str
    site: str
    label: str  # of the export; a W or B fault may go to another quarter of the site
    table: str
    edit: Edit
    finds: tuple[Expected, ...]
    where: Where = lambda facts: True
    is_patient_wide: bool = False  # no other fault may touch the patient in this export
    is_repeat: bool = False  # the faulty row is sent besides the sound one, as a later row
    beside: Beside = lambda facts: ()  # other rows that the same mistake changes


@dataclass(frozen=True)
class Planted:
    """A fault and where it went."""

    fault: Fault
    export: Export


def plant(faults: Sequence[Fault], exports: Sequence[Export]) -> list[Planted]:
    """Plant each fault in the first row that fits; a fault that fits nowhere is left out.

    Patient-wide faults go first, so that the others keep off their patients.
    """
    planted: dict[str, Planted] = {}
    taken: set[tuple[str, str]] = set()  # (export, patient or record) already faulty
    for fault in sorted(faults, key=lambda fault: not fault.is_patient_wide):
        for export in _candidates(fault, exports):
            row = next(_fitting(fault, export, taken), None)
            if row is not None:
                _spoil(fault, export, row)
                marks = [row.owner] if fault.is_patient_wide else []
                taken |= {(export.path, mark) for mark in [*marks, _mark(fault, export, row)]}
                taken.add((export.path, f"any {row.owner}"))
                planted[fault.id] = Planted(fault, export)
                break
    return [planted[fault.id] for fault in faults if fault.id in planted]


def _candidates(fault: Fault, exports: Sequence[Export]) -> Iterator[Export]:
    of_site = [export for export in exports if export.site == fault.site]
    yield from (export for export in of_site if export.label == fault.label)
    if all(expected.severity in "WB" for expected in fault.finds):
        for export in of_site:
            is_ordinary = export.verdict == "accepted" and export.label == export.last.label
            if is_ordinary and export.label != fault.label:
                yield export


def _fitting(fault: Fault, export: Export, taken: set[tuple[str, str]]) -> Iterator[ExportRow]:
    for row in export.rows.get(fault.table, ()):
        facts = _facts(export, row)
        if (export.path, row.owner) in taken or not fault.where(facts):
            continue
        own = {(export.path, _mark(fault, export, row))}
        if fault.is_patient_wide:
            own.add((export.path, f"any {row.owner}"))
        if not own & taken and _fits(fault, facts):
            yield row


def _facts(export: Export, row: ExportRow) -> Facts:
    people = export.held.patients.values()
    patient = next((each for each in people if each.pseudonym == row.owner), None)
    return Facts(export, row, patient)


def _fits(fault: Fault, facts: Facts) -> bool:
    changed = fault.edit(facts)
    is_changed = any(facts.values[name] != cell for name, cell in changed.items())
    return fault.is_repeat or is_changed or any(True for _ in fault.beside(facts))


def _mark(fault: Fault, export: Export, row: ExportRow) -> str:
    """The record that a fault spoils; of a row sent besides, the key that it is given."""
    facts = _facts(export, row)
    cells = fault.edit(facts) if fault.is_repeat else {}
    names = tables()[fault.table].key
    key = (cells.get(name, cell) for name, cell in zip(names, row.record.key, strict=True))
    return "|".join((fault.table, *key))


def _spoil(fault: Fault, export: Export, row: ExportRow) -> None:
    facts = _facts(export, row)
    key = {name: row.values[name] for name in tables()[fault.table].key}
    changed = dict(fault.edit(facts))
    if set(changed) - set(row.values):
        raise KeyError(f"{fault.id}: {', '.join(set(changed) - set(row.values))}")
    others = [(other, dict(cells)) for other, cells in fault.beside(facts)]
    spoilt = row
    if fault.is_repeat:
        spoilt = ExportRow(row.values | changed, row.record)
        export.rows[fault.table].append(spoilt)
    else:
        row.values |= changed
    for other, cells in others:
        other.values |= cells
    for expected in fault.finds:
        finding = Finding(expected.rule, expected.severity, expected.column, fault.id)
        places = _places(fault, expected, facts, key) if expected.table else [spoilt]
        for place in places:
            place.findings.append(finding)


def _places(
    fault: Fault, expected: Expected, facts: Facts, key: Mapping[str, str]
) -> list[ExportRow]:
    found = [
        other
        for other in facts.sent(expected.table)
        if expected.which is not None
        or all(other.values.get(name, cell) == cell for name, cell in key.items())
    ]
    if expected.which is not None:
        found = [other for other in found if expected.which(facts, other.values)]
    if not found or (len(found) > 1 and expected.which is None):
        raise ValueError(f"{fault.id}: {len(found)} rows of {expected.table}")
    return found


def put(
    fault_id: str,
    place: tuple[str, str],
    cell: tuple[str, str, str],
    kind: str,
    *,
    where: Where = lambda facts: True,
) -> Fault:
    """A fault that one column rule finds.

    Args:
        place: site and label of the export.
        cell: table, column and the faulty value.
        kind: of the column rule, such as CODE.
    """
    table, column, value = cell
    places = tables()[table].columns[column].places_record
    is_query = kind == "PLAUSIBLE" or (kind == "REQUIRED" and not places)
    finds = (Expected(f"{table}.{column}.{kind}", "W" if is_query else "R", column),)
    return Fault(fault_id, *place, table, lambda facts: {column: value}, finds, where)


def constant(**changed: str) -> Edit:
    """An edit that is the same in every row."""
    return lambda facts: changed


def with_finding(fault: Fault, *more: Expected) -> Fault:
    """The same fault, with findings beside its own."""
    return replace(fault, finds=fault.finds + more)
