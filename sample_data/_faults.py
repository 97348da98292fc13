"""Plant faults in the rows of an export, and note the findings that each must give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from expectations.dictionary import tables
from sample_data._exports import Export, ExportRow, Finding
from sample_data._patients import Patient
from sample_data._rows import Row


@dataclass(frozen=True)
class Expected:
    """A finding that a fault must give; `table` is empty for the faulty row itself."""

    rule: str
    severity: str
    column: str
    table: str = ""
    is_listed: bool = True


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
                taken |= {(export.path, mark) for mark in [*marks, _mark(fault.table, row)]}
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
    patients = {patient.pseudonym: patient for patient in export.held.patients.values()}
    for row in export.rows.get(fault.table, ()):
        own = {(export.path, row.owner), (export.path, _mark(fault.table, row))}
        if fault.is_patient_wide:
            own.add((export.path, f"any {row.owner}"))
        facts = Facts(export, row, patients.get(row.owner))
        if not own & taken and fault.where(facts) and _fits(fault, facts):
            yield row


def _fits(fault: Fault, facts: Facts) -> bool:
    changed = fault.edit(facts)
    return fault.is_repeat or any(facts.values[name] != cell for name, cell in changed.items())


def _mark(table: str, row: ExportRow) -> str:
    return "|".join((table, *row.record.key))


def _spoil(fault: Fault, export: Export, row: ExportRow) -> None:
    patients = {patient.pseudonym: patient for patient in export.held.patients.values()}
    facts = Facts(export, row, patients.get(row.owner))
    key = {name: row.values[name] for name in tables()[fault.table].key}
    changed = dict(fault.edit(facts))
    if set(changed) - set(row.values):
        raise KeyError(f"{fault.id}: {', '.join(set(changed) - set(row.values))}")
    spoilt = row
    if fault.is_repeat:
        spoilt = ExportRow(row.values | changed, row.record)
        export.rows[fault.table].append(spoilt)
    else:
        row.values |= changed
    for expected in fault.finds:
        finding = Finding(
            expected.rule, expected.severity, expected.column, fault.id, expected.is_listed
        )
        if not expected.table:
            spoilt.findings.append(finding)
            continue
        found = [
            other
            for other in facts.sent(expected.table)
            if all(other.values.get(name, cell) == cell for name, cell in key.items())
        ]
        if len(found) != 1:
            raise ValueError(f"{fault.id}: {len(found)} rows of {expected.table} in {export.path}")
        found[0].findings.append(finding)


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


def with_finding(fault: Fault, *more: Expected) -> Fault:
    """The same fault, with findings beside its own."""
    return replace(fault, finds=fault.finds + more)
